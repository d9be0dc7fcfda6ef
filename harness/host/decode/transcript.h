/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What one guest has said: its records on the verdict channel and the text of its
 * console, and which stood where.
 *
 *	channel  H  B1 load  S  B1 settle  B1 unload            B2 load ...
 *	console     |        |           WARNING: ...           |
 *	marks       ^        ^                                  ^    offset, cycle, phase
 *
 * It knows nothing of where the bytes come from. Where a guest goes back to a checkpoint
 * in place of being booted again, its transcript is cut back to what it was there.
 */
#ifndef MODRACE_TRANSCRIPT_H
#define MODRACE_TRANSCRIPT_H

#include "plan/run.h"

#define MAX_LOADS 32

/**
 * struct load - where a module was loaded
 * @module: the module
 * @sections: "name=address" for each of its sections, blanks between
 */
struct load {
	char module[WIRE_NAME_LEN];
	char sections[WIRE_TEXT_LEN];
};

/**
 * struct mark - where the console stood when a heartbeat had come
 * @offset: of the first console byte after it
 * @cycle: the heartbeat's cycle
 * @phase: the heartbeat's phase
 */
struct mark {
	size_t offset;
	uint64_t cycle;
	enum phase phase;
};

/**
 * struct transcript - what a guest has said
 * @console: text of its console
 * @console_size: bytes of it
 * @console_judged: how many of them transcript_reported() has seen
 * @console_start: where it starts in the run's console.log, bytes; in a later turn, where
 *	it would if what the guest had said before its checkpoint stood there again
 * @turn: how often the guest has gone back
 * @marks: heartbeats by console offset
 * @nr_marks: how many
 * @loads: the last places modules were loaded to, a ring: something may still
 *	run in one that is not the last
 * @nr_loads: how many there have been
 * @line: channel bytes that do not make a line yet
 * @line_size: how many
 * @hello: the guest has reported for work
 * @done: it has gone through all its cycles
 * @failed: it has sent a failure
 * @failure: that failure
 * @broken: why it cannot go on, if it has said so; else empty
 * @phase: phase of the last heartbeat
 * @counts: totals of the last heartbeat
 * @totals: last totals of everything else
 */
struct transcript {
	char *console;
	size_t console_size;
	size_t console_judged;
	size_t console_start;
	unsigned int turn;
	struct mark *marks;
	size_t nr_marks;
	struct load loads[MAX_LOADS];
	size_t nr_loads;
	char line[WIRE_LINE_MAX];
	size_t line_size;
	bool hello;
	bool done;
	bool failed;
	struct wire_record failure;
	char broken[REASON_LEN];
	enum phase phase;
	struct wire_counts counts;
	struct run_totals totals;
};

void transcript_begin(struct transcript *t, uint64_t cycle);
bool transcript_add_channel(struct transcript *t, const char *data, size_t size);
void transcript_add_console(struct transcript *t, const char *data, size_t size);
const char *transcript_word(const struct transcript *t);
const struct mark *transcript_mark(const struct transcript *t, size_t offset);
char *transcript_last_line(const struct transcript *t);
const struct load *transcript_load(const struct transcript *t, const char *module);
void transcript_cut(struct transcript *t, const struct transcript *kept, size_t log_size);
void transcript_end(struct transcript *t);

#endif /* MODRACE_TRANSCRIPT_H */
