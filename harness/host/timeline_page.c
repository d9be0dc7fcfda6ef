// SPDX-License-Identifier: GPL-2.0
/*
 * The timeline as a drawing and as a page. Both are one file each, need nothing
 * else, follow the reader's light or dark preference, and are narrow enough for
 * a telephone: every role has a rail, every step a dot on it and its text beside.
 *
 *	remover traffic0
 *	   |       o   hook  nf_hook.c:41		live, 1
 *	   +-------+   ==> before a read: gives way	(switch)
 *	   o       |   nf_hook_exit  nf_hook.c:88	going, 0
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "schedule.h"
#include "timeline.h"
#include "util.h"
#include "xml.h"

#define WIDTH     430
#define MIN_TEXT  240
#define ROW       34
#define HEAD      40
#define RAIL      22
#define RAIL_LEFT 14

static const char style[] =
	":root{--bg:#fff;--fg:#1c1f23;--dim:#667;--rail:#c6ccd4;--sw:#b35900;--bad:#c0182b;\n"
	"--free:#7a3cc2;--band:#f3f5f8}\n"
	"@media(prefers-color-scheme:dark){:root{--bg:#15181c;--fg:#e6e8eb;--dim:#9aa3ad;\n"
	"--rail:#3c444d;--sw:#ffa94d;--bad:#ff6b78;--free:#c69cff;--band:#1f242a}}\n"
	".tl{background:var(--bg)}\n"
	".tl text{font:12px system-ui,sans-serif;fill:var(--fg)}.tl .d{fill:var(--dim);font-size:11px}\n"
	".tl .f{font-family:ui-monospace,monospace;font-weight:600}\n"
	".tl .r{stroke:var(--rail);stroke-width:2}.tl .o{fill:var(--fg)}.tl .l{stroke:var(--fg);\n"
	"stroke-width:2;fill:none}.tl .m{fill:var(--band)}\n"
	".tl .s .f,.tl .s .d{fill:var(--sw)}.tl .s .o{fill:var(--sw)}\n"
	".tl .x .d{fill:var(--free)}.tl .x .o{fill:var(--free)}\n"
	".tl .b .f,.tl .b .d{fill:var(--bad)}.tl .b .o{fill:var(--bad)}";

static const char *const classes[] = {
	[STEP_PLAIN] = "p", [STEP_SWITCH] = "s",  [STEP_DECISIVE] = "s",
	[STEP_FREE] = "x",  [STEP_FAILURE] = "b",
};

/**
 * struct drawing - where things are
 * @out: where it is written to
 * @timeline: what is drawn
 * @rail: by role, its rail from 0
 * @nr_rails: how many
 * @text_x: where texts begin
 * @width: of the whole; more than WIDTH if many rails leave too little for texts
 */
struct drawing {
	FILE *out;
	const struct timeline *timeline;
	unsigned int rail[EXPLORE_ROLES];
	unsigned int nr_rails;
	unsigned int text_x;
	unsigned int width;
};

static void make_rails(struct drawing *d)
{
	unsigned int role;

	for (role = 0; role < EXPLORE_ROLES; role++) {
		if (d->timeline->roles & 1u << role)
			d->rail[role] = d->nr_rails++;
	}
	d->text_x = RAIL_LEFT + d->nr_rails * RAIL + 4;
	d->width = d->text_x + MIN_TEXT > WIDTH ? d->text_x + MIN_TEXT : WIDTH;
}

static unsigned int rail_x(const struct drawing *d, unsigned int role)
{
	return RAIL_LEFT + d->rail[role] * RAIL;
}

/* About so many bytes of a text fit: capitals are wider than the rest. */
static size_t fitting(const char *text, double width, double char_width)
{
	size_t i;

	for (i = 0; text[i]; i++) {
		/* Not inside a character: in UTF-8 its first byte has the width. */
		if ((text[i] & 0xc0) == 0x80)
			continue;
		width -= isupper((unsigned char)text[i]) ? 1.4 * char_width : char_width;
		if (width < 0)
			break;
	}
	return i;
}

/* Texts are cut where the drawing ends. */
static void put_text(const struct drawing *d, const char *class, unsigned int y, const char *text,
		     double char_width)
{
	double width = d->width - d->text_x;
	char cut[TIMELINE_TEXT_LEN + 64];

	snprintf(cut, sizeof(cut), "%s", text);
	if (cut[fitting(cut, width, char_width)])
		strcpy(cut + fitting(cut, width - 3 * char_width, char_width), "...");
	fprintf(d->out, "<text class=\"%s\" x=\"%u\" y=\"%u\">", class, d->text_x, y);
	xml_text(d->out, cut);
	fprintf(d->out, "</text>");
}

/* The names of the roles stand on their rails. */
static void put_heads(const struct drawing *d, unsigned int height)
{
	unsigned int role;

	for (role = 0; role < EXPLORE_ROLES; role++) {
		unsigned int x = rail_x(d, role);

		if (!(d->timeline->roles & 1u << role))
			continue;
		fprintf(d->out, "<text class=\"d\" x=\"%u\" y=\"%u\" ", x, HEAD - 8);
		fprintf(d->out, "transform=\"rotate(-35 %u %u)\">", x, HEAD - 8);
		xml_text(d->out, role_name(role));
		fprintf(d->out, "</text><line class=\"r\" x1=\"%u\" y1=\"%u\" ", x, HEAD);
		fprintf(d->out, "x2=\"%u\" y2=\"%u\"/>\n", x, height);
	}
}

static void put_connection(const struct drawing *d, const struct step *from, const struct step *to,
			   unsigned int y)
{
	unsigned int x1 = rail_x(d, from->role), x2 = rail_x(d, to->role);

	fprintf(d->out, "<path class=\"l\" d=\"M%u %u C%u %u %u %u %u %u\"/>", x1, y - ROW, x1,
		y - ROW / 2, x2, y - ROW / 2, x2, y);
}

/* What was done comes first: if anything is cut off, it is not that. */
static char *step_details(const struct step *step)
{
	return format("%s%s%s%s%s, %d ref%s", step->what, *step->what ? " · " : "", step->place,
		      *step->place ? " · " : "", module_state_name(step->state), step->refs,
		      step->refs == 1 ? "" : "s");
}

static void put_row(const struct drawing *d, size_t i, unsigned int y)
{
	const struct step *step = &d->timeline->steps[i];
	bool big = step->mark != STEP_PLAIN;
	const char *arrow = big && step->mark <= STEP_DECISIVE ? "⇢ " : "";
	char *head = format("%s%s", arrow, step->function);
	char *details = step_details(step);

	fprintf(d->out, "<g class=\"%s\">", classes[step->mark]);
	if (step->in_module)
		fprintf(d->out, "<rect class=\"m\" x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\"/>",
			d->text_x - 4, y - ROW / 2 + 1, d->width - d->text_x + 4, ROW - 2);
	if (i > d->timeline->begin)
		put_connection(d, step - 1, step, y);
	fprintf(d->out, "<circle class=\"o\" cx=\"%u\" cy=\"%u\" r=\"%u\"/>", rail_x(d, step->role),
		y, big ? 6 : 4);
	put_text(d, "f", y - 2, head, 7.3);
	put_text(d, "d", y + 12, details, 5.6);
	fprintf(d->out, "<title>event %" PRIu64 ", %.6f ms: ", step->event, step->time / 1e6);
	xml_text(d->out, role_name(step->role));
	fputs(": ", d->out);
	xml_text(d->out, head);
	fputs(" ", d->out);
	xml_text(d->out, details);
	fputs("</title></g>\n", d->out);
	free(head);
	free(details);
}

/**
 * timeline_write_svg() - draw a timeline
 * @out: where to
 * @timeline: the timeline, drawn from its first step that is always shown
 * @input: what it was made of
 */
void timeline_write_svg(FILE *out, const struct timeline *timeline,
			const struct timeline_input *input)
{
	unsigned int height = HEAD + (timeline->nr - timeline->begin) * ROW + 8;
	struct drawing d = { .out = out, .timeline = timeline };
	size_t i;

	make_rails(&d);
	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"tl\" viewBox=\"0 0 %u %u\"\n"
		"width=\"100%%\" style=\"max-width:%upx\" role=\"img\" aria-label=\"",
		d.width, height, d.width + d.width / 2);
	xml_text(out, input->title);
	fprintf(out, "\">\n<style>%s</style>\n", style);
	put_heads(&d, height);
	for (i = timeline->begin; i < timeline->nr; i++)
		put_row(&d, i, HEAD + (i - timeline->begin) * ROW + ROW / 2);
	fprintf(out, "</svg>\n");
}

static const char page_style[] =
	"body{margin:0 auto;padding:1rem;max-width:48rem;background:var(--bg);color:var(--fg);\n"
	"font:15px/1.45 system-ui,sans-serif}h1{font-size:1.15rem;color:var(--bad)}\n"
	"pre{overflow-x:auto;font:12px/1.35 ui-monospace,monospace;background:var(--band);\n"
	"padding:.6rem}.w{white-space:pre-wrap;overflow-wrap:anywhere}\n"
	"summary{cursor:pointer;color:var(--dim)}";

static void put_folded(FILE *out, const char *summary, const struct timeline *timeline,
		       const struct timeline_input *input)
{
	char *text;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		fatal("out of memory");
	timeline_write_text(stream, timeline, input, true);
	if (fclose(stream))
		fatal("out of memory");
	fprintf(out, "<details><summary>%s</summary><pre>", summary);
	xml_text(out, text);
	fprintf(out, "</pre></details>\n");
	free(text);
}

/**
 * timeline_write_page() - write a page about a failing cycle
 * @out: where to
 * @timeline: the timeline
 * @input: what it was made of
 * @reproducer: line for `make repro`, or NULL
 */
void timeline_write_page(FILE *out, const struct timeline *timeline,
			 const struct timeline_input *input, const char *reproducer)
{
	fprintf(out,
		"<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>");
	xml_text(out, input->title);
	fprintf(out, "</title>\n<style>%s%s</style></head><body>\n<h1>", style, page_style);
	xml_text(out, input->title);
	fprintf(out, "</h1>\n<p>");
	xml_text(out, timeline->decisive);
	fprintf(out, "</p>\n");
	timeline_write_svg(out, timeline, input);
	if (reproducer) {
		fprintf(out, "<p>Run it again:</p>\n<pre class=\"w\">make repro REPRO='");
		xml_text(out, reproducer);
		fprintf(out, "'</pre>\n");
	}
	put_folded(out, "The whole cycle as text", timeline, input);
	fprintf(out, "</body></html>\n");
}
