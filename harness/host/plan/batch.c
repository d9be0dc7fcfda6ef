// SPDX-License-Identifier: GPL-2.0
/*
 * Reading all scenario files before anything is started, so that a mistake in
 * the last one costs no time.
 */
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "plan/initramfs.h"
#include "plan/mode.h"
#include "plan/name.h"
#include "plan/batch.h"
#include "plan/signature.h"

/* A run that fails although it should not is given a few more chances to show how. */
#define MAX_FAILURES_UNEXPECTED 3
#define MAX_FAILURES_EXPECTED   1

static bool wanted(const struct batch_options *o, const struct scenario *s, const struct variant *v)
{
	struct run_name name = { .scenario = s->name, .variant = v->name };

	return name_matches(name, o->only);
}

static unsigned int max_failures(const struct variant *v, enum run_mode mode)
{
	/* A schedule that fails is worked upon; it shows how by itself. */
	if (v->expect == EXPECT_FAIL || modes[mode].controlled)
		return MAX_FAILURES_EXPECTED;
	return MAX_FAILURES_UNEXPECTED;
}

static uint64_t cycles_of(const struct batch_options *o, const struct scenario *s,
			  const struct variant *v, enum run_mode mode)
{
	uint64_t chosen = modes[mode].controlled ? o->schedules : o->cycles;
	unsigned int share = v->expect == EXPECT_PASS ? modes[mode].pass_share : 1;

	return chosen ? chosen : (s->cycles[mode] + share - 1) / share;
}

/* What the scenario allows is for as many cycles as it says. */
static double timeout_of(const struct run_spec *spec)
{
	double share = (double)spec->cycles / spec->scenario->cycles[spec->mode];

	return spec->scenario->timeout * (share > 1 ? share : 1);
}

/**
 * batch_add_run() - add a run to a batch
 * @batch: the batch
 * @spec: what is asked for; copied
 */
void batch_add_run(struct batch *batch, const struct run_spec *spec)
{
	batch->runs = grow(batch->runs, batch->nr_runs, sizeof(*batch->runs));
	batch->runs[batch->nr_runs++] = run_create(spec);
}

static void add_run(struct batch *batch, const struct batch_options *o, const struct scenario *s,
		    const struct variant *v, enum run_mode mode)
{
	struct run_spec spec = {
		.scenario = s,
		.variant = v,
		.mode = mode,
		.seed = o->seed,
		.cycles = cycles_of(o, s, v, mode),
		.max_failures = o->max_failures ? o->max_failures : max_failures(v, mode),
	};
	struct run_outcome *out;

	spec.timeout = timeout_of(&spec);
	batch_add_run(batch, &spec);
	if (v->modes & (1u << mode))
		return;
	out = &batch->runs[batch->nr_runs - 1].outcome;
	out->verdict = VERDICT_SKIP;
	snprintf(out->reason, sizeof(out->reason),
		 "the scenario does not run this variant in %s mode", run_mode_names[mode]);
}

static void add_scenario(struct batch *batch, const struct batch_options *o, const char *path)
{
	struct scenario *s = allocate(sizeof(*s));
	char error[SCENARIO_ERROR_LEN];
	unsigned int i;
	int mode;

	if (scenario_load(path, s, error) || signatures_check(s, error))
		fatal("%s", error);
	for (i = 0; i < s->nr_variants; i++) {
		if (!wanted(o, s, &s->variants[i]))
			continue;
		for (mode = 0; mode < NR_MODES; mode++) {
			if (o->modes & (1u << mode))
				add_run(batch, o, s, &s->variants[i], mode);
		}
	}
}

static void add_directory(struct batch *batch, const struct batch_options *o, const char *dir)
{
	char *pattern = format("%s/*.ini", dir);
	glob_t files;
	size_t i;

	if (glob(pattern, 0, NULL, &files))
		fatal("%s: no scenario files (*.ini) there", dir);
	for (i = 0; i < files.gl_pathc; i++)
		add_scenario(batch, o, files.gl_pathv[i]);
	globfree(&files);
	free(pattern);
}

static void refuse_twins(const struct batch *batch)
{
	size_t i, j;

	for (i = 0; i < batch->nr_runs; i++) {
		for (j = 0; j < i; j++) {
			const struct scenario *a = batch->runs[i].spec.scenario;
			const struct scenario *b = batch->runs[j].spec.scenario;

			if (a != b && !strcmp(a->name, b->name))
				fatal("%s: a scenario of the same name is in %s; rename one",
				      a->path, b->path);
		}
	}
}

/**
 * batch_twin() - the run of a variant's twin in the same mode
 * @batch: the batch
 * @run: one of its runs
 *
 * Return: one of @batch, or NULL if scenario_twin() knows none, or if it is not run.
 */
struct run *batch_twin(const struct batch *batch, const struct run *run)
{
	const struct variant *twin =
		scenario_twin(run->spec.scenario, run->spec.variant, run->spec.mode);
	size_t i;

	for (i = 0; i < batch->nr_runs; i++) {
		struct run *other = &batch->runs[i];

		if (other->spec.variant == twin && other->spec.mode == run->spec.mode &&
		    other->outcome.verdict != VERDICT_SKIP)
			return other;
	}
	return NULL;
}

/**
 * batch_order() - have runs wait for those whose schedules they go through first
 * @batch: a batch to which no run will be added any more
 *
 * What is expected to fail is searched first; its schedules are what others must stand,
 * if they are of the same module, which the places in a schedule belong to.
 */
void batch_order(struct batch *batch)
{
	const struct run *twin;
	size_t i;

	for (i = 0; i < batch->nr_runs; i++) {
		struct run *run = &batch->runs[i];

		if (!mode_of(run)->controlled || run->outcome.verdict != VERDICT_NONE)
			continue;
		twin = batch_twin(batch, run);
		if (twin && !strcmp(twin->spec.variant->module, run->spec.variant->module))
			run->spec.after = twin;
	}
}

/**
 * batch_make() - read the scenario files and list the runs
 * @batch: filled in
 * @options: what the user chose
 *
 * Ends the program if a file is wrong or nothing is left to run.
 */
void batch_make(struct batch *batch, const struct batch_options *options)
{
	unsigned int i;

	*batch = (struct batch){ .module = options->module, .kconfig = options->kconfig };
	for (i = 0; i < options->nr_dirs; i++)
		add_directory(batch, options, options->dirs[i]);
	refuse_twins(batch);
	if (!batch->nr_runs)
		fatal("no scenario matches '%s'", options->only ? options->only : "*");
	batch_order(batch);
}

static void skip_for_want(struct run *run, const char *symbol, const char *feature)
{
	run->outcome.verdict = VERDICT_SKIP;
	if (feature)
		snprintf(run->outcome.reason, sizeof(run->outcome.reason),
			 "the kernel does not have %s (no %s), which this variant requires",
			 feature, symbol);
	else
		snprintf(run->outcome.reason, sizeof(run->outcome.reason),
			 "the kernel does not export %s, which this variant requires", symbol);
}

/* A variant can need what only some kernels have. */
static void skip_unless_able(struct run *run, const struct kernel *kernel)
{
	char *names = format("%s", run->spec.variant->requires), *save, *name;
	const char *symbol, *feature;

	for (name = strtok_r(names, " \t", &save); name && run->outcome.verdict != VERDICT_SKIP;
	     name = strtok_r(NULL, " \t", &save)) {
		symbol = kernel_lacks(kernel, name, &feature);
		if (symbol)
			skip_for_want(run, symbol, feature);
	}
	free(names);
}

/* Runs of one scenario in one mode share an initramfs. */
static int make_initramfs(struct batch *batch, size_t i, const struct batch_options *o)
{
	struct run *run = &batch->runs[i];
	const struct kernel *kernel = &o->kernels[run->spec.mode];
	size_t j;

	for (j = 0; j < i; j++) {
		const struct run *other = &batch->runs[j];

		if (other->spec.scenario == run->spec.scenario &&
		    other->spec.mode == run->spec.mode && other->outcome.verdict != VERDICT_SKIP)
			return other->spec.initramfs;
	}
	return initramfs_make(run->spec.scenario, kernel->dir, o->init, kernel->module_dirs);
}

/**
 * batch_prepare() - make what the runs need: directories and initramfs images
 * @batch: the batch
 * @options: as for batch_make(), with the kernels filled in
 * @results: directory of the results, absolute
 */
void batch_prepare(struct batch *batch, const struct batch_options *options, const char *results)
{
	size_t i;

	for (i = 0; i < batch->nr_runs; i++) {
		struct run *run = &batch->runs[i];

		run->spec.kernel = options->kernels[run->spec.mode].version;
		run->spec.dir = format("%s/%s", results, name_path(run_name(run)).text);
		if (run->outcome.verdict == VERDICT_NONE)
			skip_unless_able(run, &options->kernels[run->spec.mode]);
		if (run->outcome.verdict == VERDICT_SKIP)
			continue;
		if (!make_directory(run->spec.dir))
			run_broken(run, "%s: cannot create the directory: %s", run->spec.dir,
				   strerror(errno));
		run->spec.initramfs = make_initramfs(batch, i, options);
	}
}
