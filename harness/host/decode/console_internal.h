/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared by the parts of the console decoder, and by nobody else:
 *
 *	console_line.c	bytes -> lines, patterns, frames
 *	console_kinds.c	what the kernel prints: the tables of patterns
 *	console.c	lines -> reports under construction
 *	console_title.c	a report under construction -> title and frames
 *	console_print.c	a report -> text for people
 *	console_json.c	a report -> JSON for programs
 */
#ifndef MODRACE_CONSOLE_INTERNAL_H
#define MODRACE_CONSOLE_INTERNAL_H

#include "compiler.h"
#include "decode/console.h"

#define KIND(kind) (1UL << (kind))
#define ANY_KIND   ((1UL << NR_CONSOLE_KINDS) - 1)

#define GLOB_MAX_STARS         9
#define CONSOLE_LINE_LEN       1024
#define CONSOLE_MAX_FRAMES     96
#define CONSOLE_MAX_SYMBOLIZED 64

/**
 * struct slice - a piece of the console text, not terminated, not owned
 * @p: first byte
 * @len: bytes
 */
struct slice {
	const char *p;
	size_t len;
};

/**
 * struct console_line - one message of the console
 * @text: the message, without timestamp, caller, and line end; at most
 *	CONSOLE_LINE_LEN bytes
 * @caller: "T123" or "C1" if the kernel says who printed it, else empty
 * @stamped: it has a timestamp
 * @offset: where the line starts in the console text
 * @end: where the next one starts
 */
struct console_line {
	struct slice text;
	struct slice caller;
	bool stamped;
	size_t offset;
	size_t end;
};

/**
 * enum place - how a title says where it happened
 * @PLACE_NONE: not at all
 * @PLACE_STACK: " in F [M]", F the first module function of the stack, else
 *	the function the headline names, else the first of the stack
 * @PLACE_SYMBOL: " in F [M]", F the function the headline names, else as above
 * @PLACE_ACCESS: " in F [M]" if the headline names module code, else
 *	" in F, called from G [M]", G the first module function of the stack
 * @PLACE_JUMP: ": F [M]", F what used to be at the address jumped to
 * @PLACE_LEAK: ": F [M]", F found as by PLACE_STACK
 * @PLACE_HANG: " in F [M] <- G", F found as by PLACE_STACK, G what it has called
 */
enum place {
	PLACE_NONE,
	PLACE_STACK,
	PLACE_SYMBOL,
	PLACE_ACCESS,
	PLACE_JUMP,
	PLACE_LEAK,
	PLACE_HANG,
};

/**
 * struct console_rule - a line that opens a report, or joins an open one
 * @pattern: see glob_match()
 * @title: title without the place; %n stands for the n-th star of @pattern, $n
 *	for the same without what varies
 * @kind: of a report it opens
 * @joins: if the latest report is of one of these kinds (KIND() bits), the line
 *	belongs to that report and opens none
 * @place: completes the title
 * @symbol: the star that holds "function+0x1/0x2 [module]", 0 if none
 * @address: the star that holds the address accessed, 0 if none
 * @ip: the star that holds the address of the instruction, 0 if none
 * @task: the star that holds "comm/pid", 0 if none
 * @amount: the star that holds the bytes leaked, 0 if none
 * @same_place: joins only a report of the same place or address
 * @regs: the instruction pointer is in the register dump just before
 * @message: the next line is a message that says more, see console_messages
 */
struct console_rule {
	const char *pattern;
	const char *title;
	enum console_kind kind;
	unsigned long joins;
	enum place place;
	unsigned char symbol;
	unsigned char address;
	unsigned char ip;
	unsigned char task;
	unsigned char amount;
	bool same_place;
	bool regs;
	bool message;
};

/**
 * struct console_heading - a line that says which stack comes next
 * @pattern: see glob_match()
 * @kinds: the kinds of report (KIND() bits) it belongs to
 * @stack: what follows; CONSOLE_STACK_NONE ends a stack
 * @ends: ends the report
 */
struct console_heading {
	const char *pattern;
	unsigned long kinds;
	enum console_stack stack;
	bool ends;
};

/**
 * struct console_note - a line worth keeping in the detail
 * @pattern: see glob_match()
 * @kinds: the kinds of report (KIND() bits) it belongs to
 * @address: the star that holds the address accessed, 0 if none
 * @task: the star that holds "comm/pid", 0 if none
 * @work: the star that holds the address of a work item's function, which the
 *	kernel could not name, 0 if none
 */
struct console_note {
	const char *pattern;
	unsigned long kinds;
	unsigned char address;
	unsigned char task;
	unsigned char work;
};

/**
 * struct console_build - a report under construction
 * @report: what is known so far; the title lacks its place
 * @rule: the headline's rule, or that of the message that followed it
 * @place: the function the headline names; its symbol may be empty
 * @work: the work item's function, if that is no longer there
 * @caller: who prints it, see struct console_line
 * @stamped: its lines have timestamps
 * @pid: of the task it is about, -1 if unknown
 * @stack: where the next frame goes
 * @wants_message: the next line is its message
 * @object: the unloaded module's variable it is about; may be empty
 * @amount: bytes leaked
 */
struct console_build {
	struct console_report report;
	const struct console_rule *rule;
	struct console_frame place;
	struct console_frame work;
	struct slice caller;
	bool stamped;
	long pid;
	enum console_stack stack;
	bool wants_message;
	char object[CONSOLE_SYMBOL_LEN + CONSOLE_MODULE_LEN];
	unsigned long long amount;
};

/**
 * struct console_part - one stack of a report, as it is shown
 * @name: what it is called
 * @left_out: frames of the detector at its top
 * @first: the first frame that is shown
 * @end: the first one that belongs to another stack
 */
struct console_part {
	const char *name;
	size_t left_out;
	size_t first;
	size_t end;
};

extern const struct console_rule console_headlines[];
extern const struct console_rule console_messages[];
extern const struct console_rule console_killed;
extern const struct console_heading console_headings[];
extern const struct console_note console_notes[];
extern const char *const console_internals[];

/* console_line.c */
bool console_next_line(const char *text, size_t len, size_t *pos, struct console_line *line);
bool glob_match(const char *pattern, struct slice text, struct slice *stars);
bool console_parse_frame(struct slice text, struct console_frame *frame);
bool console_parse_symbol(struct slice text, struct console_frame *frame);
uint64_t console_parse_hex(struct slice text);
void console_append_stable(char *buf, size_t size, struct slice text);
void console_append(char *buf, size_t size, struct slice text);
void console_append_part(char *detail, struct slice text);

/* console_title.c */
bool console_is_internal(const char *symbol);
void console_symbolize(struct console_build *build, struct symbols *syms);
void console_finish(struct console_build *build, struct symbols *syms);

/* console_print.c */
struct console_part console_part_at(const struct console_report *report, size_t start);

static inline struct slice slice_of(const char *text)
{
	return (struct slice){ text, __builtin_strlen(text) };
}

#endif /* MODRACE_CONSOLE_INTERNAL_H */
