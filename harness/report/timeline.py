# SPDX-License-Identifier: GPL-2.0
"""
Where things are in the drawing of a timeline: every role has a rail, every step a dot
on it and its text beside. It is narrow enough for a telephone, and texts are cut where
it ends.

    remover traffic0
       |       o   hook                       nf_hook.c:41, live, 1 ref
       +-------+   => hook                    before a read: gives way to all others
       o       |   nf_hook_exit               nf_hook.c:88, going, 0 refs
"""

WIDTH, MIN_TEXT, ROW, HEAD, RAIL, RAIL_LEFT = 430, 240, 34, 40, 22, 14
BIG, SMALL = 7.3, 5.6
CLASSES = {"plain": "p", "switch": "s", "decisive": "s", "free": "x", "failure": "b"}


def fitting(text, width, char_width):
    """How many characters of a text fit: capitals are wider than the rest."""
    for i, char in enumerate(text):
        width -= (1.4 if "A" <= char <= "Z" else 1) * char_width
        if width < 0:
            return i
    return len(text)


def cut(text, width, char_width):
    """The text, or as much of it as there is room for."""
    if fitting(text, width, char_width) == len(text):
        return text
    return text[:fitting(text, width - 3 * char_width, char_width)] + "..."


def details(step):
    """What was done comes first: if anything is cut off, it is not that."""
    count = f"{step['state']}, {step['refs']} ref{'s' if step['refs'] != 1 else ''}"
    return " · ".join(part for part in (step["what"], step["place"], count) if part)


def row(step, y, x, width):
    """A step with its dot at x, y and so much room for its texts."""
    arrow = "⇢ " if step["mark"] in ("switch", "decisive") else ""
    head, detail = arrow + step["function"], details(step)
    return {**step, "y": y, "x": x, "class": CLASSES[step["mark"]], "big": step["mark"] != "plain",
            "head": cut(head, width, BIG), "detail": cut(detail, width, SMALL),
            "said": f"event {step['event']}, {step['time'] / 1e6:.6f} ms: {step['role']}: "
                    f"{head} {detail}"}


def drawing(timeline):
    """All that the template asks for."""
    rails = {role: RAIL_LEFT + i * RAIL for i, role in enumerate(timeline["roles"])}
    text_x = RAIL_LEFT + len(rails) * RAIL + 4
    width = max(text_x + MIN_TEXT, WIDTH)
    shown = timeline["steps"][timeline["begin"]:]
    return {"title": timeline["title"], "rails": rails, "text_x": text_x, "width": width,
            "height": HEAD + len(shown) * ROW + 8, "head": HEAD, "row": ROW,
            "rows": [row(step, HEAD + i * ROW + ROW // 2, rails[step["role"]], width - text_x)
                     for i, step in enumerate(shown)]}
