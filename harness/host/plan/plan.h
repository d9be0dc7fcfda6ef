/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The plan: which runs a set of scenario files and options amounts to.
 */
#ifndef MODRACE_PLAN_H
#define MODRACE_PLAN_H

#include "plan/kernel.h"
#include "plan/run.h"

/**
 * struct plan_options - what the user chose
 * @dirs: directories with scenario files
 * @nr_dirs: how many
 * @only: shell pattern on "scenario/variant", or NULL for all
 * @modes: bit per enum run_mode to run
 * @cycles: cycles of runs that are left to chance, or 0 for what each scenario says
 * @schedules: likewise, schedules of those whose schedules are chosen
 * @seed: seed of every run
 * @max_failures: failures after which a run ends, or 0 for the default
 * @init: the guest program
 * @module: what the user named to be raced without a scenario, or NULL
 * @kconfig: the user's options on top of a wide kernel, or NULL
 * @kernels: by mode
 */
struct plan_options {
	char **dirs;
	unsigned int nr_dirs;
	const char *only;
	unsigned int modes;
	uint64_t cycles;
	uint64_t schedules;
	uint64_t seed;
	unsigned int max_failures;
	const char *init;
	const char *module;
	const char *kconfig;
	struct kernel kernels[NR_MODES];
};

/**
 * struct plan - the runs
 * @runs: in the order of scenario, variant, mode
 * @nr_runs: how many
 * @module: what the user named to be raced without a scenario, or NULL
 * @kconfig: the user's options on top of a wide kernel, or NULL
 */
struct plan {
	struct run *runs;
	size_t nr_runs;
	const char *module;
	const char *kconfig;
};

void plan_make(struct plan *plan, const struct plan_options *options);
void plan_add_run(struct plan *plan, const struct run_spec *spec);
void plan_order(struct plan *plan);
struct run *plan_twin(const struct plan *plan, const struct run *run);
void plan_prepare(struct plan *plan, const struct plan_options *options, const char *results);

#endif /* MODRACE_PLAN_H */
