// SPDX-License-Identifier: GPL-2.0
/*
 * Finishes a report: cleans up its stacks, names what the guest could not name,
 * adds source lines and inlined functions, and completes the title with the
 * place.
 */
#include <stdlib.h>
#include <string.h>

#include "decode/console_internal.h"
#include "decode/symbols.h"

#define LOWEST_ADDRESS 4096

/* The name in the source: the compiler appends ".cold", ".isra.0", ... */
static struct slice source_name(const char *symbol)
{
	return (struct slice){ symbol, strcspn(symbol, ".") };
}

/**
 * console_is_internal() - whether a function only reports or detects
 * @symbol: its name, with what the compiler appended
 *
 * Return: whether console_internals lists it.
 */
bool console_is_internal(const char *symbol)
{
	struct slice stars[GLOB_MAX_STARS + 1];
	size_t i;

	for (i = 0; console_internals[i]; i++)
		if (glob_match(console_internals[i], source_name(symbol), stars))
			return true;
	return false;
}

/* A stack that has frames found through the frame pointer needs no others. */
static void drop_unreliable(struct console_report *report)
{
	bool reliable[NR_CONSOLE_STACKS] = { false };
	size_t i, kept = 0;

	for (i = 0; i < report->nr_frames; i++)
		reliable[report->frames[i].stack] |= report->frames[i].reliable;
	for (i = 0; i < report->nr_frames; i++)
		if (report->frames[i].reliable || !reliable[report->frames[i].stack])
			report->frames[kept++] = report->frames[i];
	report->nr_frames = kept;
}

/*
 * The first frame of the main stack that is the function the headline names, or
 * what was inlined into it
 */
static size_t named_frame(const struct console_build *build)
{
	const struct console_frame *frames = build->report.frames;
	size_t i, first = 0;

	for (i = 0; i < build->report.nr_frames && build->place.symbol[0]; i++) {
		if (frames[i].inlined)
			continue;
		if (frames[i].stack == CONSOLE_STACK_MAIN &&
		    !strcmp(frames[i].symbol, build->place.symbol))
			return first;
		first = i + 1;
	}
	return 0;
}

/* The function itself, for one that was inlined into it */
static const char *outer_symbol(const struct console_report *report, size_t i)
{
	while (report->frames[i].inlined && i + 1 < report->nr_frames)
		i++;
	return report->frames[i].symbol;
}

/* At the top of a stack, detectors and what is above the headline's function */
static void mark_internal(struct console_build *build)
{
	struct console_report *report = &build->report;
	bool seen[NR_CONSOLE_STACKS] = { false };
	size_t i, named = named_frame(build);

	for (i = 0; i < report->nr_frames; i++) {
		struct console_frame *frame = &report->frames[i];
		bool above = frame->stack == CONSOLE_STACK_MAIN && i < named;

		frame->internal = !seen[frame->stack] &&
				  (above || console_is_internal(frame->symbol) ||
				   console_is_internal(outer_symbol(report, i)));
		seen[frame->stack] |= !frame->internal;
	}
}

/*
 * Looks up a frame. What the guest named is looked up by name, which holds
 * wherever the module was loaded. What it did not name was a module's, and gone by
 * then, or a place in the kernel of which only the address is left on the console.
 */
static size_t look_up(struct symbols *syms, const struct console_frame *frame, bool is_return,
		      struct symbol_place *chain)
{
	size_t i, n;

	if (frame->symbol[0])
		return symbols_lookup_name(syms, frame->module, frame->symbol, frame->offset,
					   is_return, chain, SYMBOLS_MAX_CHAIN);
	n = symbols_lookup(syms, frame->address, is_return, chain, SYMBOLS_MAX_CHAIN);
	for (i = 0; i < n; i++)
		chain[i].unloaded = *chain[i].module;
	return n;
}

static void fill_frame(struct console_frame *frame, const struct symbol_place *place)
{
	snprintf(frame->symbol, sizeof(frame->symbol), "%.*s", CONSOLE_SYMBOL_LEN - 1,
		 place->symbol);
	snprintf(frame->module, sizeof(frame->module), "%.*s", CONSOLE_MODULE_LEN - 1,
		 place->module);
	snprintf(frame->file, sizeof(frame->file), "%.*s", CONSOLE_FILE_LEN - 1, place->file);
	frame->line = place->line;
	frame->offset = place->offset;
	frame->size = place->size;
	frame->inlined = place->inlined;
	frame->unloaded = place->unloaded;
}

/*
 * A frame found by scanning the stack may be a pointer to a function just as well;
 * that is what it is if it points where one begins.
 */
static bool is_return(const struct console_build *build, size_t i)
{
	const struct console_frame *frame = &build->report.frames[i];

	if (frame->stack == CONSOLE_STACK_VARIABLE || (build->rule->regs && i == 0))
		return false;
	return frame->reliable || !frame->symbol[0] || frame->offset;
}

/**
 * console_symbolize() - name and expand the frames of a report
 * @build: the report
 * @syms: symbols
 *
 * Frames stay as they are if memory runs out.
 */
void console_symbolize(struct console_build *build, struct symbols *syms)
{
	struct console_report *report = &build->report;
	struct symbol_place chain[SYMBOLS_MAX_CHAIN];
	struct console_frame *frames;
	size_t i, k, n, nr = 0;

	frames = calloc(report->nr_frames * SYMBOLS_MAX_CHAIN + 1, sizeof(*frames));
	if (!frames)
		return;
	for (i = 0; i < report->nr_frames; i++) {
		n = look_up(syms, &report->frames[i], is_return(build, i), chain);
		frames[nr] = report->frames[i];
		for (k = 0; k < n; k++) {
			frames[nr + k] = report->frames[i];
			fill_frame(&frames[nr + k], &chain[k]);
		}
		nr += n ? n : 1;
	}
	free(report->frames);
	report->frames = frames;
	report->nr_frames = nr;
}

/* Names a function of which the guest could tell the address only. */
static void name_frame(struct console_frame *frame, struct symbols *syms, bool is_return)
{
	struct symbol_place chain[SYMBOLS_MAX_CHAIN];
	size_t n;

	if (frame->symbol[0] || !frame->address)
		return;
	n = look_up(syms, frame, is_return, chain);
	if (n)
		fill_frame(frame, &chain[n - 1]);
}

/* Makes "fops [mod]" of "fops+0x10 [mod] (unloaded)". */
static void note_object(struct console_build *build, const char *text)
{
	const char *module = strstr(text, " [");

	if (!module || !strstr(module, "(unloaded)"))
		return;
	snprintf(build->object, sizeof(build->object), "%.*s%.*s", (int)strcspn(text, "+ "), text,
		 (int)strcspn(module, "]") + 1, module);
}

static void describe_address(struct console_build *build, struct symbols *syms)
{
	char text[256];

	if (!build->report.address ||
	    symbols_describe_address(syms, build->report.address, text, sizeof(text)))
		return;
	console_append_part(build->report.detail, slice_of("The address is "));
	console_append(build->report.detail, CONSOLE_DETAIL_LEN, slice_of(text));
	note_object(build, text);
}

static const struct console_frame *first_frame(const struct console_report *report, bool module)
{
	size_t i;

	for (i = 0; i < report->nr_frames; i++) {
		const struct console_frame *frame = &report->frames[i];

		if (frame->stack == CONSOLE_STACK_MAIN && !frame->internal && !frame->inlined &&
		    (!module || frame->module[0]))
			return frame;
	}
	return NULL;
}

static void append_place(struct console_report *report, const char *before,
			 const struct console_frame *frame)
{
	char *title = report->title;

	if (!frame || !(frame->symbol[0] || frame->address))
		return;
	console_append(title, CONSOLE_TITLE_LEN, slice_of(before));
	console_append(title, CONSOLE_TITLE_LEN,
		       frame->symbol[0] ? source_name(frame->symbol) : slice_of("unknown code"));
	if (!frame->module[0])
		return;
	console_append(title, CONSOLE_TITLE_LEN, slice_of(" ["));
	console_append(title, CONSOLE_TITLE_LEN, slice_of(frame->module));
	console_append(title, CONSOLE_TITLE_LEN, slice_of("]"));
}

static const struct console_frame *place_from_stack(const struct console_build *build)
{
	const struct console_frame *frame = first_frame(&build->report, true);
	const struct console_frame *named = &build->place;

	if (named->module[0])
		return named;
	if (!frame && named->symbol[0] && !console_is_internal(named->symbol))
		return named;
	if (!frame)
		frame = first_frame(&build->report, false);
	return frame ? frame : named;
}

/* Whether the headline names a place, be it by an address nobody can name */
static bool is_named(const struct console_build *build)
{
	if (build->place.symbol[0])
		return !console_is_internal(build->place.symbol);
	return build->place.address;
}

static void place_access(struct console_build *build)
{
	struct console_report *report = &build->report;

	if (!is_named(build)) {
		append_place(report, " in ", place_from_stack(build));
		return;
	}
	append_place(report, " in ", &build->place);
	if (build->place.module[0])
		return;
	append_place(report, ", called from ", first_frame(report, true));
	if (!build->object[0] || first_frame(report, true))
		return;
	console_append(report->title, CONSOLE_TITLE_LEN, slice_of(", on "));
	console_append(report->title, CONSOLE_TITLE_LEN, slice_of(build->object));
}

static void set_plain_title(struct console_report *report, const char *title)
{
	report->title[0] = '\0';
	console_append(report->title, CONSOLE_TITLE_LEN, slice_of(title));
}

/* The instruction itself could not be fetched: where was it meant to be? */
static void place_jump(struct console_build *build)
{
	struct console_report *report = &build->report;

	if (build->place.unloaded) {
		report->kind = CONSOLE_FREED_TEXT;
		set_plain_title(report, "jump into freed module text");
		append_place(report, ": ", &build->place);
		return;
	}
	report->kind = CONSOLE_FAULT;
	set_plain_title(report, build->place.address < LOWEST_ADDRESS ?
					"jump to NULL" :
					"jump into unmapped memory");
	append_place(report, ", called from ", first_frame(report, true));
}

/* Whether the register dump shows an instruction pointer that is no code */
static bool is_jump(const struct console_build *build)
{
	const struct console_rule *rule = build->rule;

	if (rule->place == PLACE_JUMP)
		return true;
	return rule->place == PLACE_ACCESS && rule->kind == CONSOLE_FAULT &&
	       build->place.reliable && !build->place.symbol[0] &&
	       (!rule->address || build->place.address == build->report.address);
}

/*
 * An access through a pointer near NULL: the instruction itself could be fetched, so the
 * module it lies in had its text still, however far its removal was. A kernel that does
 * not say what is wrong with an address says 0 of those it does not know, too.
 */
static bool is_null_access(const struct console_build *build)
{
	const struct console_rule *rule = build->rule;
	const char *detail = build->report.detail;

	return rule->kind == CONSOLE_FAULT && rule->place == PLACE_ACCESS && rule->address &&
	       (strstr(detail, ": not mapped") || strstr(detail, ": no mm")) &&
	       build->report.address < LOWEST_ADDRESS && build->place.address >= LOWEST_ADDRESS;
}

static void place_null_access(struct console_build *build)
{
	struct console_report *report = &build->report;
	size_t i;

	build->place.unloaded = false;
	for (i = 0; i < report->nr_frames; i++) {
		if (!strcmp(report->frames[i].module, build->place.module))
			report->frames[i].unloaded = false;
	}
	set_plain_title(report, "NULL dereference");
	place_access(build);
}

/* Of a stack, whom a function has called; what was inlined into that does not count. */
static const struct console_frame *callee_of(const struct console_report *report,
					     const struct console_frame *frame)
{
	while (frame > report->frames && (frame - 1)->inlined)
		frame--;
	return frame > report->frames ? frame - 1 : NULL;
}

/* The removal has begun, but what the guest itself could name was there. */
static void place_hang(struct console_build *build)
{
	struct console_report *report = &build->report;
	const struct console_frame *frame = place_from_stack(build);
	size_t i;

	for (i = 0; i < report->nr_frames; i++)
		report->frames[i].unloaded = false;
	append_place(report, " in ", frame);
	if (frame != &build->place)
		append_place(report, " <- ", callee_of(report, frame));
}

static void append_title_place(struct console_build *build)
{
	struct console_report *report = &build->report;

	if (is_null_access(build)) {
		place_null_access(build);
		return;
	}
	if (is_jump(build) || (build->rule->kind == CONSOLE_FAULT && build->place.unloaded)) {
		place_jump(build);
		return;
	}
	switch (build->rule->place) {
	case PLACE_STACK:
		append_place(report, " in ", place_from_stack(build));
		break;
	case PLACE_SYMBOL:
		append_place(report, " in ",
			     is_named(build) ? &build->place : place_from_stack(build));
		break;
	case PLACE_ACCESS:
		place_access(build);
		break;
	case PLACE_LEAK:
		append_place(report, ": ", place_from_stack(build));
		break;
	case PLACE_HANG:
		place_hang(build);
		break;
	case PLACE_JUMP:
	case PLACE_NONE:
		break;
	}
}

/*
 * A fault is taken where the registers say, a place the stack does not show. A
 * jump has left its return address on top of the stack, which no frame pointer
 * leads to yet.
 */
static void add_fault_frame(struct console_build *build)
{
	struct console_report *report = &build->report;
	struct console_frame *frames;

	if (!build->rule->regs)
		return;
	if (is_jump(build) && report->nr_frames)
		report->frames[0].reliable = true;
	frames = calloc(report->nr_frames + 1, sizeof(*frames));
	if (!frames)
		return;
	frames[0] = build->place;
	frames[0].stack = CONSOLE_STACK_MAIN;
	frames[0].reliable = true;
	if (report->nr_frames)
		memcpy(&frames[1], report->frames, report->nr_frames * sizeof(*frames));
	free(report->frames);
	report->frames = frames;
	report->nr_frames++;
}

/**
 * console_finish() - complete a report when all its lines have been seen
 * @build: the report
 * @syms: symbols, or NULL to do without
 */
void console_finish(struct console_build *build, struct symbols *syms)
{
	add_fault_frame(build);
	drop_unreliable(&build->report);
	if (syms) {
		name_frame(&build->place, syms, !build->rule->regs && !build->rule->ip);
		name_frame(&build->work, syms, false);
		console_symbolize(build, syms);
		describe_address(build, syms);
	}
	mark_internal(build);
	append_title_place(build);
	if (build->work.module[0] && !strchr(build->report.title, '['))
		append_place(&build->report, ", in the freed work item ", &build->work);
}
