/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The batch: which runs a set of scenario files and options amounts to.
 */
#ifndef MODRACE_BATCH_H
#define MODRACE_BATCH_H

#include "plan/kernel.h"
#include "plan/run.h"

/**
 * struct batch_options - what the user chose
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
struct batch_options {
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
 * struct batch - the runs
 * @runs: in the order of scenario, variant, mode
 * @nr_runs: how many
 * @module: what the user named to be raced without a scenario, or NULL
 * @kconfig: the user's options on top of a wide kernel, or NULL
 */
struct batch {
	struct run *runs;
	size_t nr_runs;
	const char *module;
	const char *kconfig;
};

void batch_make(struct batch *batch, const struct batch_options *options);
void batch_add_run(struct batch *batch, const struct run_spec *spec);
void batch_order(struct batch *batch);
struct run *batch_twin(const struct batch *batch, const struct run *run);
void batch_prepare(struct batch *batch, const struct batch_options *options, const char *results);

#endif /* MODRACE_BATCH_H */
