/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The verdict channel: what the guest tells the host, on a serial line of its
 * own that no kernel message ever reaches.
 *
 * One record per line: a letter, then fields separated by blanks; the last
 * field of a record may be free text. A line without its newline was cut off
 * by the guest's death and does not count. Nothing is ever sent the other way.
 *
 *	H abi mode release		hello: the guest is up
 *	B cycle phase unloads overlaps refused	heartbeat: this phase begins
 *	S module section=address...	where the module's sections now are
 *	F cycle phase text		something that must hold does not
 *	T traffic ops misses		what one traffic section has done so far
 *	R step times			how often a step of the removal was carried out
 *	W bucket...			histogram: where in the traffic's own cycle
 *					the unloads fell
 *	X text				the guest cannot go on, not the module's fault
 *	L kind text			what the module has registered, see look.c
 *	D cycles unloads overlaps refused	done: all cycles are through
 *
 * F and X are the guest's word about itself, and the first one counts. Their text
 * also goes to the kernel's log, just before the record is sent, so that it stands
 * in the console between what the kernel prints: what comes after it is an echo.
 * D is no such word: what the last unload left behind may strike any time later.
 */
#ifndef MODRACE_WIRE_H
#define MODRACE_WIRE_H

#include <stdint.h>

#define WIRE_ABI      2
#define WIRE_LINE_MAX 1024
#define WIRE_TEXT_LEN 768
#define WIRE_NAME_LEN 64
#define WIRE_BUCKETS  16

/* How the guest's word begins in the kernel's log */
#define WIRE_LOG_FAILURE "modrace: failure: "
#define WIRE_LOG_BROKEN  "modrace: broken: "

/**
 * enum phase - what the remover is doing
 * @PHASE_BOOT: mounting, loading helpers, starting workers
 * @PHASE_LOAD: finit_module(2)
 * @PHASE_SETTLE: waiting until every worker has reached the module
 * @PHASE_UNLOAD: racing delete_module(2) against the workers
 * @PHASE_PARK: waiting until every worker has let go
 * @PHASE_AUDIT: looking for what the module left behind
 * @PHASE_DONE: all cycles are through, the guest powers off
 */
enum phase {
	PHASE_BOOT,
	PHASE_LOAD,
	PHASE_SETTLE,
	PHASE_UNLOAD,
	PHASE_PARK,
	PHASE_AUDIT,
	PHASE_DONE,
	NR_PHASES,
};

extern const char *const phase_names[NR_PHASES];

enum wire_kind {
	WIRE_HELLO = 'H',
	WIRE_BEAT = 'B',
	WIRE_SECTIONS = 'S',
	WIRE_FAILURE = 'F',
	WIRE_TRAFFIC = 'T',
	WIRE_STEP = 'R',
	WIRE_SWEEP = 'W',
	WIRE_BROKEN = 'X',
	WIRE_LOOK = 'L',
	WIRE_DONE = 'D',
};

/**
 * struct wire_counts - running totals, counted by the guest since its boot
 * @cycle: the cycle under way, from 1
 * @unloads: modules unloaded
 * @overlaps: attempts to unload that traffic overlapped
 * @refused: attempts answered with EWOULDBLOCK, EBUSY or EINPROGRESS
 */
struct wire_counts {
	uint64_t cycle;
	uint64_t unloads;
	uint64_t overlaps;
	uint64_t refused;
};

/**
 * struct wire_record - one record, decoded
 * @kind: which; says which of the other fields are set
 * @counts: B, D; F sets the cycle alone
 * @phase: B, F
 * @abi: H
 * @name: H the mode, S the module, T the traffic section, R the step, L the kind
 * @ops: T operations that reached the module, R how often it was carried out
 * @misses: T
 * @bucket: W
 * @text: H the kernel release, S the addresses, F and X the message, L the rest
 */
struct wire_record {
	enum wire_kind kind;
	struct wire_counts counts;
	enum phase phase;
	unsigned int abi;
	char name[WIRE_NAME_LEN];
	uint64_t ops;
	uint64_t misses;
	uint64_t bucket[WIRE_BUCKETS];
	char text[WIRE_TEXT_LEN];
};

int wire_encode(const struct wire_record *record, char *line);
int wire_decode(const char *line, struct wire_record *record);

#endif /* MODRACE_WIRE_H */
