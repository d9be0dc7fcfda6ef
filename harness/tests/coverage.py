# SPDX-License-Identifier: GPL-2.0
"""
Adds up what gcov says of several builds of the same sources: a line counts as run
if it ran in any. Prints each file's share, then the lines that never ran.
"""

import json
import sys


def read(stream):
    """How often each line of each host source ran."""
    files = {}
    for text in stream:
        for entry in json.loads(text)["files"]:
            if entry["file"].startswith(("host/", "common/")):
                lines = files.setdefault(entry["file"], {})
                for line in entry["lines"]:
                    number = line["line_number"]
                    lines[number] = lines.get(number, 0) + line["count"]
    return files


def ranges(numbers):
    """"3-5, 9" of [3, 4, 5, 9]."""
    spans = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(f"{a}-{b}" if b > a else f"{a}" for a, b in spans)


def main():
    files = read(sys.stdin)
    total = ran = 0
    for name, lines in sorted(files.items()):
        hit = sum(1 for count in lines.values() if count)
        total, ran = total + len(lines), ran + hit
        print(f"{100 * hit / len(lines):5.1f} %  {name}")
    print("\nnever run:")
    for name, lines in sorted(files.items()):
        missed = sorted(number for number, count in lines.items() if not count)
        if missed:
            print(f"    {name}: {ranges(missed)}")
    print(f"\n{100 * ran / max(total, 1):.1f} % of {total} lines")
    return 0 if total else 2


if __name__ == "__main__":
    sys.exit(main())
