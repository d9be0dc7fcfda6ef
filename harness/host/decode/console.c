// SPDX-License-Identifier: GPL-2.0
/*
 * Console decoder: lines become reports under construction, stacks are handed
 * to the report they belong to, and a panic to the report that caused it. What
 * the lines look like is in console_kinds.c.
 *
 * Two processors may print at once. If the kernel says who printed a line
 * (PRINTK_CALLER), that decides; otherwise a stack is told by the pid in its
 * "CPU: ... PID: ..." line, and other lines go to the latest report of a kind
 * they can belong to.
 *
 * An interrupt may come between the lines of a report and print one of its own:
 *
 *	WARNING: lib/debugobjects.c:629 at debug_print_object ... init/1
 *		Kernel panic - not syncing: Kernel mode fault at addr ...
 *		CPU: 0 ... PID: 1			the stack of both
 *
 * A message that comes late still reaches the WARNING it belongs to. If a panic
 * keeps it from coming, the WARNING has nothing to say, and is the panic's.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "decode/console_internal.h"
#include "wire.h"

/* How many of the latest reports may still get lines */
#define NR_RECENT 4
/* A register dump speaks for the panic at most so many bytes later */
#define REGS_REACH 4096

/**
 * struct decoder - state of one console_decode()
 * @builds: reports so far, in the order of their first lines
 * @nr: entries used of @builds
 * @room: entries allocated of @builds
 * @current: index of the report the next plain line belongs to, @nr if none
 * @stamped: the kernel prints timestamps: a line without is user space's
 * @panicked: the kernel panicked: whatever follows is about that
 * @regs: instruction pointer of the latest register dump
 * @regs_at: where that dump was, plus 1; 0 if there was none
 * @opened_at: where the decoration before a headline starts, plus 1
 * @opened_end: where that decoration ends
 */
struct decoder {
	struct console_build *builds;
	size_t nr;
	size_t room;
	size_t current;
	bool stamped;
	bool panicked;
	struct console_frame regs;
	size_t regs_at;
	size_t opened_at;
	size_t opened_end;
};

static bool same_slice(struct slice a, struct slice b)
{
	return a.len == b.len && !memcmp(a.p, b.p, a.len);
}

static void add_detail(struct console_build *build, struct slice text)
{
	while (text.len && *text.p == ' ') {
		text.p++;
		text.len--;
	}
	console_append_part(build->report.detail, text);
}

static bool may_belong(const struct console_build *build, const struct console_line *line)
{
	return build->stamped == line->stamped && same_slice(build->caller, line->caller);
}

/* The latest report of one of @kinds that @line can belong to; NULL if none */
static struct console_build *latest(struct decoder *d, const struct console_line *line,
				    unsigned long kinds)
{
	size_t i;

	for (i = d->nr; i > 0 && i + NR_RECENT > d->nr; i--) {
		struct console_build *build = &d->builds[i - 1];

		if (kinds & KIND(build->report.kind) && may_belong(build, line))
			return build;
	}
	return NULL;
}

static struct console_build *current(struct decoder *d, const struct console_line *line)
{
	struct console_build *build;

	if (line->caller.len)
		return latest(d, line, ANY_KIND);
	build = d->current < d->nr ? &d->builds[d->current] : NULL;
	return build && may_belong(build, line) ? build : NULL;
}

static void belongs(struct decoder *d, struct console_build *build, const struct console_line *line)
{
	d->current = build - d->builds;
	build->report.length = line->end - build->report.offset;
}

/* "comm/pid", perhaps followed by more; comm may contain a slash */
static void set_task(struct console_build *build, struct slice task)
{
	size_t i;

	for (i = task.len; i > 0 && task.p[i - 1] != '/'; i--)
		;
	if (i > 0 && i < task.len && isdigit((unsigned char)task.p[i]))
		build->pid = strtol(task.p + i, NULL, 10);
}

static struct slice star(const struct slice *stars, unsigned char n)
{
	return n ? stars[n] : (struct slice){ stars[0].p, 0 };
}

/* Fills in the title, "$n" and "%n" replaced by what the n-th star stands for */
static void set_title(struct console_build *build, const char *title, const struct slice *stars)
{
	char *buf = build->report.title;

	buf[0] = '\0';
	for (; *title; title++) {
		if (title[0] == '$')
			console_append_stable(buf, CONSOLE_TITLE_LEN, stars[*++title - '0']);
		else if (title[0] == '%')
			console_append(buf, CONSOLE_TITLE_LEN, stars[*++title - '0']);
		else
			console_append(buf, CONSOLE_TITLE_LEN, (struct slice){ title, 1 });
	}
}

/* A hint of 0x0 names nothing. */
static void set_place(struct console_build *build, struct slice text)
{
	struct console_frame place = { 0 };

	if (console_parse_symbol(text, &place) && (place.symbol[0] || place.address))
		build->place = place;
}

static void apply_rule(struct decoder *d, struct console_build *build,
		       const struct console_rule *rule, const struct slice *stars)
{
	build->rule = rule;
	build->report.kind = rule->kind;
	build->wants_message = rule->message;
	set_title(build, rule->title, stars);
	if (rule->symbol)
		set_place(build, stars[rule->symbol]);
	if (rule->regs && d->regs_at && build->report.offset < d->regs_at + REGS_REACH)
		build->place = d->regs;
	if (rule->ip)
		build->place.address = console_parse_hex(stars[rule->ip]);
	if (rule->address)
		build->report.address = console_parse_hex(stars[rule->address]);
	if (rule->task)
		set_task(build, stars[rule->task]);
	if (rule->amount)
		build->amount = strtoull(stars[rule->amount].p, NULL, 10);
}

static struct console_build *add_build(struct decoder *d)
{
	if (d->nr == d->room) {
		size_t room = d->room ? 2 * d->room : 8;
		struct console_build *builds = realloc(d->builds, room * sizeof(*builds));

		if (!builds)
			return NULL;
		d->builds = builds;
		d->room = room;
	}
	memset(&d->builds[d->nr], 0, sizeof(*d->builds));
	return &d->builds[d->nr++];
}

static int open_report(struct decoder *d, const struct console_line *line,
		       const struct console_rule *rule, const struct slice *stars)
{
	struct console_build *build;

	if (d->nr == CONSOLE_MAX_REPORTS)
		return -ENOSPC;
	build = add_build(d);
	if (!build)
		return -ENOMEM;
	build->pid = -1;
	build->caller = line->caller;
	build->stamped = line->stamped;
	build->report.count = 1;
	build->report.offset = line->offset;
	if (d->opened_at && d->opened_end == line->offset)
		build->report.offset = d->opened_at - 1;
	apply_rule(d, build, rule, stars);
	add_detail(build, line->text);
	belongs(d, build, line);
	return 0;
}

static bool has_stack(const struct console_build *build, enum console_stack stack)
{
	size_t i;

	for (i = 0; i < build->report.nr_frames; i++)
		if (build->report.frames[i].stack == stack)
			return true;
	return false;
}

/* Whether a fault is the one that @build already reports */
static bool is_same_place(const struct decoder *d, const struct console_build *build,
			  const struct console_rule *rule, const struct slice *stars)
{
	uint64_t address = console_parse_hex(star(stars, rule->address));

	if (rule->address && build->report.address && address == build->report.address)
		return true;
	return d->regs_at && build->place.symbol[0] && !strcmp(build->place.symbol, d->regs.symbol);
}

static struct console_build *joined(struct decoder *d, const struct console_line *line,
				    const struct console_rule *rule, const struct slice *stars)
{
	struct console_build *build = latest(d, line, rule->joins);

	if (!build && rule->joins == ANY_KIND && d->nr)
		build = &d->builds[d->nr - 1];
	if (build && rule->same_place && !is_same_place(d, build, rule, stars))
		return NULL;
	return build;
}

static void join_report(struct decoder *d, struct console_build *build,
			const struct console_line *line)
{
	build->stack = CONSOLE_STACK_NONE;
	build->wants_message = false;
	add_detail(build, line->text);
	belongs(d, build, line);
}

static const struct console_rule *find_rule(const struct console_rule *rules, struct slice text,
					    struct slice *stars)
{
	for (; rules->pattern; rules++)
		if (glob_match(rules->pattern, text, stars))
			return rules;
	return NULL;
}

/*
 * User space may print what looks like a report. The one thing of that kind that
 * is one is the contents of /sys/kernel/debug/kmemleak.
 */
static bool is_from_kernel(const struct decoder *d, const struct console_line *line,
			   const struct console_rule *rule)
{
	return line->stamped || !d->stamped || rule->kind == CONSOLE_LEAK;
}

static bool is_panic(const struct console_line *line)
{
	struct slice stars[GLOB_MAX_STARS + 1];

	return glob_match("Kernel panic - not syncing: *", line->text, stars);
}

/*
 * A panic takes over from a detector that was about to say what it found: all
 * that is known of that is the detector's own function.
 */
static struct console_build *cut_off(struct decoder *d, const struct console_rule *rule,
				     const struct slice *stars)
{
	struct console_build *build = d->nr ? &d->builds[d->nr - 1] : NULL;

	if (!build || !build->rule->message || build->report.nr_frames ||
	    !console_is_internal(build->place.symbol))
		return NULL;
	memset(&build->place, 0, sizeof(build->place));
	apply_rule(d, build, rule, stars);
	return build;
}

/* Returns 1 if @line was a headline, 0 if not, or a negative errno. */
static int take_headline(struct decoder *d, const struct console_line *line)
{
	struct slice stars[GLOB_MAX_STARS + 1];
	const struct console_rule *rule = find_rule(console_headlines, line->text, stars);
	struct console_build *build;
	int err;

	if (!rule || !is_from_kernel(d, line, rule))
		return 0;
	d->panicked |= is_panic(line);
	build = joined(d, line, rule, stars);
	if (!build && d->panicked)
		build = cut_off(d, rule, stars);
	if (build) {
		join_report(d, build, line);
		return 1;
	}
	err = open_report(d, line, rule, stars);
	return err ? err : 1;
}

static struct console_build *latest_wanting(struct decoder *d, const struct console_line *line)
{
	size_t i;

	for (i = d->nr; i > 0 && i + NR_RECENT > d->nr; i--)
		if (d->builds[i - 1].wants_message && may_belong(&d->builds[i - 1], line))
			return &d->builds[i - 1];
	return NULL;
}

static bool take_message(struct decoder *d, const struct console_line *line)
{
	struct console_build *build = latest_wanting(d, line);
	struct slice stars[GLOB_MAX_STARS + 1];
	const struct console_rule *rule;

	if (!build || !line->text.len)
		return false;
	rule = find_rule(console_messages, line->text, stars);
	if (build != current(d, line) && rule->kind == CONSOLE_WARNING)
		return false;
	build->wants_message = false;
	if (glob_match("Modules linked in:*", line->text, stars) ||
	    glob_match("CPU: *", line->text, stars))
		return false;
	apply_rule(d, build, rule, stars);
	add_detail(build, line->text);
	belongs(d, build, line);
	return true;
}

/* Drawings and the head of a register dump come before the headline itself. */
static void note_decoration(struct decoder *d, const struct console_line *line)
{
	static const char *const decorations[] = {
		"====*",
		"------------[ cut here ]*",
	};
	struct slice stars[GLOB_MAX_STARS + 1];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(decorations); i++) {
		if (glob_match(decorations[i], line->text, stars)) {
			d->opened_at = line->offset + 1;
			d->opened_end = line->end;
		}
	}
}

/* "CPU: 0 UID: 0 PID: 33 Comm: ..." heads a stack: whose is it? */
static bool take_cpu_line(struct decoder *d, const struct console_line *line)
{
	struct slice stars[GLOB_MAX_STARS + 1];
	size_t i;
	long pid;

	if (!glob_match("CPU: * PID: * Comm: *", line->text, stars))
		return false;
	pid = strtol(stars[2].p, NULL, 10);
	if (line->caller.len || d->panicked)
		return true;
	for (i = d->nr; i > 0 && i + NR_RECENT > d->nr; i--) {
		if (d->builds[i - 1].pid == pid) {
			d->current = i - 1;
			return true;
		}
	}
	if (d->current < d->nr && d->builds[d->current].pid >= 0)
		d->current = d->nr;
	return true;
}

static bool take_heading(struct decoder *d, const struct console_line *line)
{
	const struct console_heading *heading = console_headings;
	struct slice stars[GLOB_MAX_STARS + 1];
	struct console_build *build;

	while (heading->pattern && !glob_match(heading->pattern, line->text, stars))
		heading++;
	if (!heading->pattern)
		return false;
	build = heading->kinds == ANY_KIND ? current(d, line) : latest(d, line, heading->kinds);
	if (!build)
		return false;
	build->stack = has_stack(build, heading->stack) ? CONSOLE_STACK_NONE : heading->stack;
	belongs(d, build, line);
	if (heading->ends)
		d->current = d->nr;
	return true;
}

static bool take_note(struct decoder *d, const struct console_line *line)
{
	const struct console_note *note = console_notes;
	struct console_build *build = current(d, line);
	struct slice stars[GLOB_MAX_STARS + 1];

	if (!build)
		return false;
	while (note->pattern && !(note->kinds & KIND(build->report.kind) &&
				  glob_match(note->pattern, line->text, stars)))
		note++;
	if (!note->pattern)
		return false;
	add_detail(build, line->text);
	if (note->address)
		build->report.address = console_parse_hex(stars[note->address]);
	if (note->task)
		set_task(build, stars[note->task]);
	if (note->work)
		build->work.address = console_parse_hex(stars[note->work]);
	belongs(d, build, line);
	return true;
}

/* Whether the stack being read has a frame that was found reliably */
static bool is_reliable(const struct console_build *build)
{
	const struct console_report *report = &build->report;
	size_t i;

	for (i = report->nr_frames; i > 0; i--)
		if (report->frames[i - 1].stack == build->stack && report->frames[i - 1].reliable)
			return true;
	return false;
}

static int add_frame(struct console_build *build, const struct console_frame *frame)
{
	struct console_report *report = &build->report;
	struct console_frame *frames;

	if (report->nr_frames >= CONSOLE_MAX_FRAMES)
		return 0;
	if (!frame->reliable && is_reliable(build))
		return 0;
	frames = realloc(report->frames, (report->nr_frames + 1) * sizeof(*frames));
	if (!frames)
		return -ENOMEM;
	report->frames = frames;
	frames[report->nr_frames] = *frame;
	frames[report->nr_frames++].stack = build->stack;
	return 0;
}

/* The kinds (KIND() bits) that are followed by a register dump */
static unsigned long stalls(void)
{
	unsigned long kinds = 0;
	unsigned int i;

	for (i = 0; i < NR_CONSOLE_KINDS; i++)
		kinds |= console_kinds[i].stalls ? KIND(i) : 0;
	return kinds;
}

/*
 * "RIP: 0033:function+0x1c/0x40 [module]": before a panic, where the fault was;
 * after the headline of a stall, all that UML can say about the place
 */
static int take_regs(struct decoder *d, const struct console_line *line)
{
	struct slice stars[GLOB_MAX_STARS + 1];
	struct console_build *build;

	if (!glob_match("RIP: *:*", line->text, stars))
		return 0;
	memset(&d->regs, 0, sizeof(d->regs));
	d->regs.reliable = true;
	if (!console_parse_symbol(stars[2], &d->regs))
		return 1;
	d->regs_at = line->offset + 1;
	build = latest(d, line, stalls());
	if (!build || has_stack(build, CONSOLE_STACK_MAIN))
		return 1;
	build->place = d->regs;
	build->stack = CONSOLE_STACK_MAIN;
	belongs(d, build, line);
	return add_frame(build, &d->regs) ? -ENOMEM : 1;
}

static int take_frame(struct decoder *d, const struct console_line *line)
{
	struct console_build *build = current(d, line);
	struct console_frame frame;

	if (!build || !build->stack || !console_parse_frame(line->text, &frame))
		return 0;
	belongs(d, build, line);
	return add_frame(build, &frame);
}

/* What the guest says about itself is no report, whatever it quotes. */
static bool is_word(const struct console_line *line, bool stamped)
{
	struct slice stars[GLOB_MAX_STARS + 1];

	return (line->stamped || !stamped) &&
	       (glob_match(WIRE_LOG_FAILURE "*", line->text, stars) ||
		glob_match(WIRE_LOG_BROKEN "*", line->text, stars));
}

static int take_line(struct decoder *d, const struct console_line *line)
{
	int err;

	d->stamped |= line->stamped;
	if (is_word(line, d->stamped))
		return 0;
	err = take_headline(d, line);
	if (err)
		return err < 0 ? err : 0;
	if (take_message(d, line))
		return 0;
	note_decoration(d, line);
	err = take_regs(d, line);
	if (err)
		return err < 0 ? err : 0;
	if (take_cpu_line(d, line) || take_note(d, line) || take_heading(d, line))
		return 0;
	return take_frame(d, line);
}

/* Another detector's view of the same adds a stack, but must not count twice. */
static void fold_into(struct console_build *first, struct console_build *build)
{
	if (first->rule == build->rule) {
		first->report.count += build->report.count;
		first->amount += build->amount;
	}
	if (first->report.nr_frames) {
		free(build->report.frames);
		return;
	}
	first->report.frames = build->report.frames;
	first->report.nr_frames = build->report.nr_frames;
}

static bool same_title(const struct console_report *a, const struct console_report *b)
{
	return a->kind == b->kind && !strcmp(a->title, b->title);
}

/* Before titles have places: the same stack means the same place. */
static bool same_stack(const struct console_report *a, const struct console_report *b)
{
	size_t i;

	if (!same_title(a, b) || !a->nr_frames || a->nr_frames != b->nr_frames)
		return false;
	for (i = 0; i < a->nr_frames; i++)
		if (a->frames[i].address != b->frames[i].address ||
		    a->frames[i].offset != b->frames[i].offset ||
		    strcmp(a->frames[i].symbol, b->frames[i].symbol))
			return false;
	return true;
}

/* Folds what a detector repeats into the first report that is the @same. */
static void fold_repeated(struct decoder *d, bool (*same)(const struct console_report *a,
							  const struct console_report *b))
{
	size_t i, k, kept = 0;

	for (i = 0; i < d->nr; i++) {
		struct console_build *build = &d->builds[i];

		for (k = console_kinds[build->report.kind].repeated ? 0 : kept; k < kept; k++)
			if (same(&d->builds[k].report, &build->report))
				break;
		if (k < kept)
			fold_into(&d->builds[k], build);
		else
			d->builds[kept++] = *build;
	}
	d->nr = kept;
}

static void add_leak_total(struct console_build *build)
{
	char text[64];

	if (build->report.kind != CONSOLE_LEAK || !build->amount)
		return;
	snprintf(text, sizeof(text), "%llu bytes in all", build->amount);
	add_detail(build, slice_of(text));
}

/*
 * SIGTERM and the like make UML clean up on whatever stack it happens to be on.
 * What it complains about from then on is nobody's bug.
 */
static bool is_killed(const struct console_build *build)
{
	size_t i;

	for (i = 0; i < build->report.nr_frames; i++)
		if (!strcmp(build->report.frames[i].symbol, "last_ditch_exit"))
			return true;
	return false;
}

static void drop_after_kill(struct decoder *d)
{
	size_t i = 0;

	while (i < d->nr && !is_killed(&d->builds[i]))
		i++;
	if (i == d->nr)
		return;
	d->builds[i].rule = &console_killed;
	d->builds[i].report.kind = console_killed.kind;
	set_title(&d->builds[i], console_killed.title, NULL);
	while (d->nr > i + 1)
		free(d->builds[--d->nr].report.frames);
}

static int finish(struct decoder *d, struct symbols *syms, struct console_report **reports,
		  size_t *nr)
{
	size_t i;

	drop_after_kill(d);
	fold_repeated(d, same_stack);
	for (i = 0; i < d->nr; i++)
		console_finish(&d->builds[i], i < CONSOLE_MAX_SYMBOLIZED ? syms : NULL);
	fold_repeated(d, same_title);
	*reports = calloc(d->nr ? d->nr : 1, sizeof(**reports));
	if (!*reports)
		return -ENOMEM;
	for (i = 0; i < d->nr; i++) {
		add_leak_total(&d->builds[i]);
		(*reports)[i] = d->builds[i].report;
	}
	*nr = d->nr;
	return 0;
}

/* The last line, if it has no end, was cut off: it could say anything. */
static size_t whole_lines(const char *text, size_t len)
{
	while (len && text[len - 1] != '\n')
		len--;
	return len;
}

static void drop_builds(struct decoder *d)
{
	while (d->nr)
		free(d->builds[--d->nr].report.frames);
}

/**
 * console_word() - find out where the guest says what became of it
 * @text: the console; any bytes
 * @len: its length, bytes
 *
 * Return: offset of the first such line; @len if there is none.
 */
size_t console_word(const char *text, size_t len)
{
	size_t pos = 0, whole = whole_lines(text, len);
	struct console_line line;
	bool stamped = false;

	while (console_next_line(text, whole, &pos, &line)) {
		stamped |= line.stamped;
		if (is_word(&line, stamped))
			return line.offset;
	}
	return len;
}

/**
 * console_decode() - find out what a console says went wrong
 * @text: the console; any bytes. A last line without its end is left out.
 * @len: its length, bytes
 * @syms: names what the console could not (freed module text) and adds source
 *	lines to the first CONSOLE_MAX_SYMBOLIZED reports; may be NULL
 * @reports: receives the reports in order, at most CONSOLE_MAX_REPORTS of them;
 *	free with console_reports_free(), also if there are none
 * @nr: receives their number
 *
 * Takes time linear in @len, and memory for the reports only.
 *
 * Return: 0, or -ENOMEM, @reports and @nr then untouched.
 */
int console_decode(const char *text, size_t len, struct symbols *syms,
		   struct console_report **reports, size_t *nr)
{
	struct decoder d = { 0 };
	struct console_line line;
	size_t pos = 0;
	int err = 0;

	len = whole_lines(text, len);
	while (!err && console_next_line(text, len, &pos, &line))
		err = take_line(&d, &line);
	if (!err || err == -ENOSPC)
		err = finish(&d, syms, reports, nr);
	if (err)
		drop_builds(&d);
	free(d.builds);
	return err;
}

/**
 * console_reports_free() - free what console_decode() returned
 * @reports: the reports
 * @nr: their number
 */
void console_reports_free(struct console_report *reports, size_t nr)
{
	while (nr)
		free(reports[--nr].frames);
	free(reports);
}
