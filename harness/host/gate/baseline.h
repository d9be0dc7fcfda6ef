/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The baseline: what the gate compares a run with. A JSON file of one line for
 * each run, so that a change of it can be reviewed like code.
 */
#ifndef MODRACE_BASELINE_H
#define MODRACE_BASELINE_H

#include <jansson.h>

#include "plan/name.h"
#include "plan/batch.h"

#define BASELINE_MAX_TITLES  4
#define BASELINE_VERSION_LEN 32

/**
 * struct baseline_run - what is known of one variant in one mode
 * @scenario: its scenario
 * @variant: its name
 * @mode: stress or explore
 * @kernel: version of the kernel
 * @expect: what must come of it
 * @twin: its twin, empty for none
 * @hits: failures; of a variant that is to fail, those with its signature
 * @trials: cycles, or schedules, they came in
 * @cpu_ms: processor time of a trial, milliseconds
 * @titles: of the failures known of a variant that is to pass
 * @nr_titles: entries used of @titles
 */
struct baseline_run {
	char scenario[SCENARIO_NAME_LEN];
	char variant[SCENARIO_NAME_LEN];
	enum run_mode mode;
	char kernel[BASELINE_VERSION_LEN];
	enum expectation expect;
	char twin[SCENARIO_NAME_LEN];
	uint64_t hits;
	uint64_t trials;
	double cpu_ms;
	char titles[BASELINE_MAX_TITLES][TITLE_LEN];
	unsigned int nr_titles;
};

/**
 * struct baseline - a baseline
 * @kernels: by mode, identity of the kernel and of the modules; NULL for a mode
 *	that has not been run
 * @runs: allocated
 * @nr_runs: how many
 */
struct baseline {
	json_t *kernels[NR_MODES];
	struct baseline_run *runs;
	size_t nr_runs;
};

void baseline_read(struct baseline *b, const char *path);
void baseline_write(struct baseline *b, const char *path);
void baseline_free(struct baseline *b);
struct run_name baseline_name(const struct baseline_run *b);
const struct baseline_run *baseline_find(const struct baseline *b, const struct run *run);
void baseline_put(struct baseline *b, const struct run *run);
void baseline_put_kernel(struct baseline *b, enum run_mode mode, const struct kernel *kernel,
			 const struct batch *batch);
bool baseline_knows(const struct baseline_run *b, const char *title);

#endif /* MODRACE_BASELINE_H */
