/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Explore mode, the half outside the guest: makes plans, has the guest run
 * them, and works on the schedules that failed.
 *
 *	strategy --> plan --> guest --> outcome, log, sites
 *	    ^                                |
 *	    +---- profile, length -----------+
 */
#ifndef EXPLORE_H
#define EXPLORE_H

#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "modrace_explore.h"

/* ---- random numbers (rng.c) ---- */

struct rng {
	uint64_t state;
};

void rng_init(struct rng *rng, uint64_t seed);
uint64_t rng_next(struct rng *rng);
uint32_t rng_below(struct rng *rng, uint32_t n);

/* ---- the guest (guest.c) ---- */

struct guest_config {
	const char *kernel;
	const char *initrd;
	const char *dir;		/* for the shared file and the console */
	char *const *args;		/* more of the command line */
	uint32_t nr_trace;
	unsigned int cpu_limit;		/* seconds per boot */
};

struct guest {
	const struct guest_config *config;
	pid_t pid;
	int want_fd, go_fd;
	struct explore_shm *shm;
	size_t shm_size;
	char shm_path[256], console_path[256];
	unsigned int cycles;		/* run in this boot */
};

enum outcome {
	OUTCOME_PASS,
	OUTCOME_FAIL,		/* the kernel panicked during the cycle */
	OUTCOME_HUNG,		/* virtual time ran out */
	OUTCOME_DEAD,		/* the guest is gone without a panic */
};

int guest_start(struct guest *guest, const struct guest_config *config);
enum outcome guest_run(struct guest *guest, const struct explore_plan *plan);
void guest_stop(struct guest *guest);
bool guest_signature(const struct guest *guest, char *buf, size_t size);
double guest_cpu_seconds(void);
unsigned int guest_boots(void);

/* ---- plans (plan.c) ---- */

void plan_init(struct explore_plan *plan);
void plan_set_order(struct explore_plan *plan, const uint8_t *roles, size_t n);
bool plan_add(struct explore_plan *plan, struct explore_decision d);
void plan_from_log(struct explore_plan *plan, const struct explore_plan *ran,
		   const struct explore_shm *shm);
const char *role_name(unsigned int role);

/* ---- names of sites (symbols.c) ---- */

struct symbols;

struct symbols *symbols_load(const char *kernel, const char *module_dir);
void symbols_set_text(struct symbols *symbols, uint64_t text);
void symbols_free(struct symbols *symbols);
void site_name(struct symbols *symbols, const struct explore_module *modules,
	       uint32_t site, char *buf, size_t size);
void decision_print(FILE *out, struct symbols *symbols,
		    const struct explore_module *modules,
		    const struct explore_decision *d);

/* ---- what has been seen of the cycle (profile.c) ---- */

struct profile_site {
	uint32_t site;
	uint32_t count;
	uint8_t role, kind;
	uint16_t flags;
};

#define PROFILE_INDEX_BITS 16

struct profile {
	uint32_t index[1 << PROFILE_INDEX_BITS];
	struct profile_site *sites;
	size_t nr, size;
	uint32_t roles;			/* mask of roles that ran */
	uint32_t steps[4];		/* by enum explore_scope_kind */
	uint64_t events;
};

void profile_merge(struct profile *profile, const struct explore_shm *shm);
void profile_note_steps(struct profile *profile, const struct explore_plan *plan,
			const struct explore_result *result);
void profile_free(struct profile *profile);

/* ---- strategies (strategy.c) ---- */

struct search {
	struct rng rng;
	struct profile profile;
	unsigned int turn;
	/* position of the bounded enumeration */
	unsigned int bound;
	uint64_t bound_next, bound_total;
};

struct strategy {
	const char *name;
	/* Fill in the next plan; false when the strategy has none left. */
	bool (*next)(struct search *search, struct explore_plan *plan);
};

const struct strategy *strategy_find(const char *name);
const struct strategy *strategy_mix(unsigned int turn);
double pct_bound(const struct profile *profile, unsigned int depth);

/* ---- shrinking (minimise.c) ---- */

/* Does the failure still occur under this plan? */
typedef bool (*plan_test)(void *data, const struct explore_plan *plan);

void minimise(struct explore_plan *plan, plan_test test, void *data);

#endif /* EXPLORE_H */
