/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reproducers: all it takes to see a failure again, on one line.
 *
 *	modrace-1 nf-hook/broken kernel=HASH modules=nf_hook:ID,... mem=256 seed=1
 *		first=traffic0 traffic0@hook+0x22[nf_hook]:1>last
 *		events=20481 hash=0123456789abcdef end=89abcdef
 *
 * (one line, folded here). The kernel and the modules are named by their hashes,
 * since a schedule names places in their code. The hash is that of the event
 * stream; `end` is a checksum of all that stands before it, so that a line cut
 * short or mistyped is noticed. If the failure depends on cycles before it in the
 * same boot, their schedules come first, each ended by the word `then`. A boot's
 * first cycle, without any decision, goes unsaid; `cold` says that it is the one
 * that fails.
 */
#ifndef MODRACE_REPRO_H
#define MODRACE_REPRO_H

#include "plan/name.h"
#include "schedule/schedule.h"

/* The mode whose runs leave reproducers, and that carries them out. */
#define REPRO_MODE MODE_EXPLORE

#define REPRO_HASH_LEN  20
#define REPRO_ERROR_LEN 512

/**
 * struct repro_cycle - the schedule of one cycle, places still being words
 * @frame: extent, first and delay; no decisions
 * @texts: the decisions
 * @nr: entries of @texts
 */
struct repro_cycle {
	struct schedule frame;
	struct decision_text *texts;
	size_t nr;
};

/**
 * struct repro - a reproducer
 * @scenario: name of the scenario
 * @variant: name of the variant
 * @kernel: hash of the kernel
 * @modules: "name:build ID" of the module and its helpers, with commas between
 * @memory_mb: memory of the guest, MiB
 * @seed: of the guest
 * @cold: the cycle that fails is the first of its boot
 * @cycles: the last one fails
 * @nr_cycles: entries of @cycles
 * @events: events of the failing cycle
 * @hash: of its event stream
 */
struct repro {
	char scenario[SCENARIO_NAME_LEN];
	char variant[SCENARIO_NAME_LEN];
	char *kernel;
	char *modules;
	uint64_t memory_mb;
	uint64_t seed;
	bool cold;
	struct repro_cycle *cycles;
	size_t nr_cycles;
	uint64_t events;
	uint64_t hash;
};

struct run_name repro_name(const struct repro *repro);
char *repro_format(const struct repro *repro);
int repro_parse(const char *line, struct repro *repro, char *error);
void repro_free(struct repro *repro);

#endif /* MODRACE_REPRO_H */
