// SPDX-License-Identifier: GPL-2.0
/*
 * Reading all scenario files before anything is started, so that a mistake in
 * the last one costs no time.
 */
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "explore.h"
#include "initramfs.h"
#include "name.h"
#include "plan.h"
#include "util.h"

/* A run that fails although it should not is given a few more chances to show how. */
#define MAX_FAILURES_UNEXPECTED 3
#define MAX_FAILURES_EXPECTED   1

/*
 * lockdep learns the order of locks from a few cycles, so what is to pass is given so
 * many times fewer of them in lockdep mode. To see a race takes as many as ever.
 */
#define LOCKDEP_SHARE 5

static bool wanted(const struct plan_options *o, const struct scenario *s, const struct variant *v)
{
	struct run_name name = { .scenario = s->name, .variant = v->name };

	return name_matches(name, o->only);
}

static unsigned int max_failures(const struct variant *v, enum run_mode mode)
{
	/* A schedule that fails is worked upon; it shows how by itself. */
	if (v->expect == EXPECT_FAIL || mode == MODE_EXPLORE)
		return MAX_FAILURES_EXPECTED;
	return MAX_FAILURES_UNEXPECTED;
}

static uint64_t cycles_of(const struct plan_options *o, const struct scenario *s,
			  const struct variant *v, enum run_mode mode)
{
	uint64_t chosen = mode == MODE_EXPLORE ? o->schedules : o->cycles;

	if (chosen)
		return chosen;
	if (mode == MODE_LOCKDEP && v->expect == EXPECT_PASS)
		return (s->cycles[mode] + LOCKDEP_SHARE - 1) / LOCKDEP_SHARE;
	return s->cycles[mode];
}

/* What the scenario allows is for as many cycles as it says. */
static double timeout_of(const struct run *run)
{
	double share = (double)run->cycles / run->scenario->cycles[run->mode];

	return run->scenario->timeout * (share > 1 ? share : 1);
}

static void add_run(struct plan *plan, const struct plan_options *o, const struct scenario *s,
		    const struct variant *v, enum run_mode mode)
{
	struct run *run;

	plan->runs = grow(plan->runs, plan->nr_runs, sizeof(*run));
	run = &plan->runs[plan->nr_runs++];
	memset(run, 0, sizeof(*run));
	run->scenario = s;
	run->variant = v;
	run->mode = mode;
	run->seed = o->seed;
	run->cycles = cycles_of(o, s, v, mode);
	run->next_cycle = 1;
	run->max_failures = o->max_failures ? o->max_failures : max_failures(v, mode);
	run->timeout = timeout_of(run);
	if (v->modes & (1u << mode))
		return;
	run->verdict = VERDICT_SKIP;
	snprintf(run->reason, sizeof(run->reason),
		 "the scenario does not run this variant in %s mode", run_mode_names[mode]);
}

static void add_scenario(struct plan *plan, const struct plan_options *o, const char *path)
{
	struct scenario *s = allocate(sizeof(*s));
	char error[SCENARIO_ERROR_LEN];
	unsigned int i;
	int mode;

	if (scenario_load(path, s, error))
		fatal("%s", error);
	for (i = 0; i < s->nr_variants; i++) {
		if (!wanted(o, s, &s->variants[i]))
			continue;
		for (mode = 0; mode < NR_MODES; mode++) {
			if (o->modes & (1u << mode))
				add_run(plan, o, s, &s->variants[i], mode);
		}
	}
}

static void add_directory(struct plan *plan, const struct plan_options *o, const char *dir)
{
	char *pattern = format("%s/*.ini", dir);
	glob_t files;
	size_t i;

	if (glob(pattern, 0, NULL, &files))
		fatal("%s: no scenario files (*.ini) there", dir);
	for (i = 0; i < files.gl_pathc; i++)
		add_scenario(plan, o, files.gl_pathv[i]);
	globfree(&files);
	free(pattern);
}

static void refuse_twins(const struct plan *plan)
{
	size_t i, j;

	for (i = 0; i < plan->nr_runs; i++) {
		for (j = 0; j < i; j++) {
			const struct scenario *a = plan->runs[i].scenario;
			const struct scenario *b = plan->runs[j].scenario;

			if (a != b && !strcmp(a->name, b->name))
				fatal("%s: a scenario of the same name is in %s; rename one",
				      a->path, b->path);
		}
	}
}

/**
 * plan_twin() - the run of a variant's twin in the same mode
 * @plan: the plan
 * @run: one of its runs
 *
 * Return: one of @plan, or NULL if scenario_twin() knows none, or if it is not run.
 */
struct run *plan_twin(const struct plan *plan, const struct run *run)
{
	const struct variant *twin = scenario_twin(run->scenario, run->variant, run->mode);
	size_t i;

	for (i = 0; i < plan->nr_runs; i++) {
		struct run *other = &plan->runs[i];

		if (other->variant == twin && other->mode == run->mode &&
		    other->verdict != VERDICT_SKIP)
			return other;
	}
	return NULL;
}

/*
 * What is expected to fail is searched first; its schedules are what others must stand,
 * if they are of the same module, which the places in a schedule belong to.
 */
static void set_twin(const struct plan *plan, struct run *run)
{
	const struct run *twin = plan_twin(plan, run);

	if (twin && !strcmp(twin->variant->module, run->variant->module))
		explore_set_twin(run->explore, twin);
}

/**
 * plan_explore() - prepare the runs in explore mode
 * @plan: a plan to which no run will be added any more
 * @only: the strategy wanted, NULL for the mix
 */
void plan_explore(struct plan *plan, const struct strategy *only)
{
	size_t i;

	for (i = 0; i < plan->nr_runs; i++) {
		struct run *run = &plan->runs[i];

		if (run->mode == MODE_EXPLORE && run->verdict == VERDICT_NONE)
			run->explore = explore_create(run, only);
	}
	for (i = 0; i < plan->nr_runs; i++) {
		if (plan->runs[i].explore)
			set_twin(plan, &plan->runs[i]);
	}
}

/**
 * plan_make() - read the scenario files and list the runs
 * @plan: filled in
 * @options: what the user chose
 *
 * Ends the program if a file is wrong or nothing is left to run.
 */
void plan_make(struct plan *plan, const struct plan_options *options)
{
	unsigned int i;

	memset(plan, 0, sizeof(*plan));
	for (i = 0; i < options->nr_dirs; i++)
		add_directory(plan, options, options->dirs[i]);
	refuse_twins(plan);
	if (!plan->nr_runs)
		fatal("no scenario matches '%s'", options->only ? options->only : "*");
	plan_explore(plan, options->strategy);
}

static void skip_for_want(struct run *run, const char *symbol, const char *feature)
{
	run->verdict = VERDICT_SKIP;
	if (feature)
		snprintf(run->reason, sizeof(run->reason),
			 "the kernel does not have %s (no %s), which this variant requires",
			 feature, symbol);
	else
		snprintf(run->reason, sizeof(run->reason),
			 "the kernel does not export %s, which this variant requires", symbol);
}

/* A variant can need what only some kernels have. */
static void skip_unless_able(struct run *run, const struct kernel *kernel)
{
	char *names = format("%s", run->variant->requires), *save, *name;
	const char *symbol, *feature;

	for (name = strtok_r(names, " \t", &save); name && run->verdict != VERDICT_SKIP;
	     name = strtok_r(NULL, " \t", &save)) {
		symbol = kernel_lacks(kernel, name, &feature);
		if (symbol)
			skip_for_want(run, symbol, feature);
	}
	free(names);
}

/* Runs of one scenario in one mode share an initramfs. */
static int make_initramfs(struct plan *plan, size_t i, const struct plan_options *o)
{
	struct run *run = &plan->runs[i];
	const struct kernel *kernel = &o->kernels[run->mode];
	size_t j;

	for (j = 0; j < i; j++) {
		const struct run *other = &plan->runs[j];

		if (other->scenario == run->scenario && other->mode == run->mode &&
		    other->verdict != VERDICT_SKIP)
			return other->initramfs;
	}
	return initramfs_make(run->scenario, kernel->dir, o->init, kernel->module_dirs);
}

/**
 * plan_prepare() - make what the runs need: directories and initramfs images
 * @plan: the plan
 * @options: as for plan_make(), with the kernels filled in
 * @results: directory of the results, absolute
 */
void plan_prepare(struct plan *plan, const struct plan_options *options, const char *results)
{
	size_t i;

	for (i = 0; i < plan->nr_runs; i++) {
		struct run *run = &plan->runs[i];

		run->kernel = options->kernels[run->mode].version;
		run->dir = format("%s/%s", results, name_path(run_name(run)).text);
		if (run->verdict == VERDICT_NONE)
			skip_unless_able(run, &options->kernels[run->mode]);
		if (run->verdict == VERDICT_SKIP)
			continue;
		if (!make_directory(run->dir))
			run_broken(run, "%s: cannot create the directory: %s", run->dir,
				   strerror(errno));
		run->initramfs = make_initramfs(plan, i, options);
	}
}
