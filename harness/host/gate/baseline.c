// SPDX-License-Identifier: GPL-2.0
/*
 * Reading, writing and filling in baselines.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "gate/baseline.h"
#include "plan/kernel.h"

#define BASELINE_SCHEMA 2

/* Significant digits of a module's build ID, as git abbreviates. */
#define MODULE_ID_LEN 12

/*
 * Options of the kernel that report what a race does. One of them switched off
 * turns failures into silence.
 */
static const char *const detectors[] = {
	"KASAN",
	"KASAN_VMALLOC",
	"KASAN_STACK",
	"PROVE_LOCKING",
	"PROVE_RCU",
	"DEBUG_ATOMIC_SLEEP",
	"DEBUG_KMEMLEAK",
	"DEBUG_KOBJECT_RELEASE",
	"DEBUG_LIST",
	"DEBUG_LOCK_ALLOC",
	"DEBUG_MUTEXES",
	"DEBUG_OBJECTS_FREE",
	"DEBUG_OBJECTS_RCU_HEAD",
	"DEBUG_OBJECTS_TIMERS",
	"DEBUG_OBJECTS_WORK",
	"DEBUG_PAGEALLOC",
	"DEBUG_PREEMPT",
	"DEBUG_SPINLOCK",
	"DETECT_HUNG_TASK",
	"MODULE_DEBUG_REFS",
	"PAGE_POISONING",
	"SLUB_DEBUG",
	"UBSAN",
};

static void read_titles(struct baseline_run *run, json_t *titles)
{
	json_t *title;
	size_t i;

	json_array_foreach(titles, i, title) {
		if (i < BASELINE_MAX_TITLES && json_is_string(title))
			snprintf(run->titles[run->nr_titles++], TITLE_LEN, "%s",
				 json_string_value(title));
	}
}

static int read_run(struct baseline_run *run, json_t *json)
{
	const char *scenario, *variant, *mode, *kernel, *expect, *twin = "";
	json_int_t hits, trials;
	json_t *titles;

	memset(run, 0, sizeof(*run));
	if (json_unpack(json, "{ss ss ss ss ss s?s sI sI sF so}", "scenario", &scenario, "variant",
			&variant, "mode", &mode, "kernel", &kernel, "expect", &expect, "twin",
			&twin, "hits", &hits, "trials", &trials, "cpu_ms", &run->cpu_ms, "titles",
			&titles) ||
	    run_mode_parse(mode) < 0 || hits < 0 || trials < hits)
		return -1;
	snprintf(run->scenario, sizeof(run->scenario), "%s", scenario);
	snprintf(run->variant, sizeof(run->variant), "%s", variant);
	run->mode = run_mode_parse(mode);
	snprintf(run->kernel, sizeof(run->kernel), "%s", kernel);
	run->expect = strcmp(expect, "fail") ? EXPECT_PASS : EXPECT_FAIL;
	snprintf(run->twin, sizeof(run->twin), "%s", twin);
	run->hits = hits;
	run->trials = trials;
	read_titles(run, titles);
	return 0;
}

static void read_runs(struct baseline *b, json_t *runs, const char *path)
{
	json_t *json;
	size_t i;

	json_array_foreach(runs, i, json) {
		b->runs = grow(b->runs, b->nr_runs, sizeof(*b->runs));
		if (read_run(&b->runs[b->nr_runs++], json))
			fatal("%s: entry %zu of \"runs\" is no run; make baseline writes them",
			      path, i + 1);
	}
}

/**
 * baseline_read() - read a baseline
 * @b: filled in; to be given to baseline_free()
 * @path: the file
 *
 * Ends the program if the file is missing or no baseline.
 */
void baseline_read(struct baseline *b, const char *path)
{
	json_error_t error;
	json_t *json = json_load_file(path, 0, &error), *kernels, *runs;
	int schema, mode;

	memset(b, 0, sizeof(*b));
	if (!json && access(path, R_OK))
		fatal("%s: no baseline: %s; make baseline makes one", path, strerror(errno));
	if (!json)
		fatal("%s:%d: %s; make baseline makes a new one", path, error.line, error.text);
	if (json_unpack(json, "{si so so}", "schema", &schema, "kernels", &kernels, "runs", &runs))
		fatal("%s: not a baseline; make baseline makes one", path);
	if (schema != BASELINE_SCHEMA)
		fatal("%s: of schema %d, not %d; make baseline makes a new one", path, schema,
		      BASELINE_SCHEMA);
	for (mode = 0; mode < NR_MODES; mode++)
		b->kernels[mode] = json_incref(json_object_get(kernels, run_mode_names[mode]));
	read_runs(b, runs, path);
	json_decref(json);
}

/**
 * baseline_free() - free what a baseline holds
 * @b: filled in by baseline_read() or baseline_put()
 */
void baseline_free(struct baseline *b)
{
	int mode;

	for (mode = 0; mode < NR_MODES; mode++)
		json_decref(b->kernels[mode]);
	free(b->runs);
}

static void write_line(FILE *file, json_t *json, size_t flags, const char *end)
{
	json_dumpf(json, file, flags);
	fputs(end, file);
	json_decref(json);
}

static json_t *run_json(const struct baseline_run *run)
{
	json_t *titles = json_array();
	unsigned int i;

	for (i = 0; i < run->nr_titles; i++)
		json_array_append_new(titles, json_string(run->titles[i]));
	return json_pack("{ss ss ss ss ss ss* sI sI sf so}", "scenario", run->scenario, "variant",
			 run->variant, "mode", run_mode_names[run->mode], "kernel", run->kernel,
			 "expect", run->expect == EXPECT_FAIL ? "fail" : "pass", "twin",
			 *run->twin ? run->twin : NULL, "hits", (json_int_t)run->hits, "trials",
			 (json_int_t)run->trials, "cpu_ms", run->cpu_ms, "titles", titles);
}

static void write_kernels(const struct baseline *b, FILE *file)
{
	const char *separator = "\n";
	int mode;

	fputs("\t\"kernels\": {", file);
	for (mode = 0; mode < NR_MODES; mode++) {
		if (!b->kernels[mode])
			continue;
		fprintf(file, "%s\t\t\"%s\": ", separator, run_mode_names[mode]);
		write_line(file, json_incref(b->kernels[mode]), JSON_SORT_KEYS, "");
		separator = ",\n";
	}
	fputs("\n\t},\n", file);
}

/* Sorted, so that a part that was made again does not move. */
static int compare_runs(const void *a, const void *b)
{
	const struct baseline_run *x = a, *y = b;
	int order = strcmp(x->scenario, y->scenario);

	if (!order)
		order = strcmp(x->variant, y->variant);
	if (!order)
		order = (int)x->mode - (int)y->mode;
	return order ? order : strverscmp(x->kernel, y->kernel);
}

/**
 * baseline_write() - write a baseline
 * @b: the baseline; gets sorted
 * @path: the file; appears whole or not at all
 */
void baseline_write(struct baseline *b, const char *path)
{
	FILE *file = file_begin_or_die(path);
	size_t i;

	if (b->nr_runs)
		qsort(b->runs, b->nr_runs, sizeof(*b->runs), compare_runs);
	fprintf(file, "{\n\t\"schema\": %d,\n", BASELINE_SCHEMA);
	write_kernels(b, file);
	fputs("\t\"runs\": [\n", file);
	for (i = 0; i < b->nr_runs; i++) {
		fputs("\t\t", file);
		write_line(file, run_json(&b->runs[i]), 0, i + 1 < b->nr_runs ? ",\n" : "\n");
	}
	fputs("\t]\n}\n", file);
	file_commit_or_die(file, path);
}

/**
 * baseline_name() - the name of the run that something is known of
 * @b: what is known; outlives the name
 */
struct run_name baseline_name(const struct baseline_run *b)
{
	return (struct run_name){ b->scenario, b->variant, b->mode };
}

static struct baseline_run *find(const struct baseline *b, const struct run *run)
{
	size_t i;

	for (i = 0; i < b->nr_runs; i++) {
		if (name_equal(baseline_name(&b->runs[i]), run_name(run)) &&
		    kernel_same_version(b->runs[i].kernel, run->spec.kernel))
			return &b->runs[i];
	}
	return NULL;
}

/**
 * baseline_find() - find what is known of a run
 * @b: the baseline
 * @run: the run
 *
 * Return: part of @b, or NULL.
 */
const struct baseline_run *baseline_find(const struct baseline *b, const struct run *run)
{
	return find(b, run);
}

/**
 * baseline_knows() - is a failure known?
 * @b: what is known of the run, or NULL
 * @title: the failure's title
 */
bool baseline_knows(const struct baseline_run *b, const char *title)
{
	unsigned int i;

	for (i = 0; b && i < b->nr_titles; i++) {
		if (!strcmp(b->titles[i], title))
			return true;
	}
	return false;
}

static void put_titles(struct baseline_run *b, const struct run *run)
{
	unsigned int i;

	for (i = 0; i < run->outcome.nr_failures && b->nr_titles < BASELINE_MAX_TITLES; i++) {
		if (!baseline_knows(b, run->outcome.failures[i].title))
			snprintf(b->titles[b->nr_titles++], TITLE_LEN, "%s",
				 run->outcome.failures[i].title);
	}
}

/**
 * baseline_put() - take a run into a baseline, in the place of what is known of it
 * @b: the baseline
 * @run: the run, judged
 */
void baseline_put(struct baseline *b, const struct run *run)
{
	const struct variant *twin =
		scenario_twin(run->spec.scenario, run->spec.variant, run->spec.mode);
	struct baseline_run *entry = find(b, run);

	if (!entry) {
		b->runs = grow(b->runs, b->nr_runs, sizeof(*b->runs));
		entry = &b->runs[b->nr_runs++];
	}
	memset(entry, 0, sizeof(*entry));
	snprintf(entry->scenario, sizeof(entry->scenario), "%s", run->spec.scenario->name);
	snprintf(entry->variant, sizeof(entry->variant), "%s", run->spec.variant->name);
	entry->mode = run->spec.mode;
	snprintf(entry->kernel, sizeof(entry->kernel), "%s", run->spec.kernel);
	entry->expect = run->spec.variant->expect;
	snprintf(entry->twin, sizeof(entry->twin), "%s", twin ? twin->name : "");
	entry->hits = run_hits(run);
	entry->trials = run_trials(run);
	entry->cpu_ms = round(run_cpu_ms(run));
	if (entry->expect == EXPECT_PASS)
		put_titles(entry, run);
}

static json_t *detectors_json(const struct kernel *kernel)
{
	char *path = format("%s/.config", kernel->dir), *text = file_read(path, NULL);
	json_t *array = json_array();
	size_t i;

	if (!text)
		fatal("%s: %s; build the kernel again (make kernels)", path, strerror(errno));
	for (i = 0; i < ARRAY_SIZE(detectors); i++) {
		char *line = format("\nCONFIG_%s=", detectors[i]);

		if (strstr(text, line))
			json_array_append_new(array, json_string(detectors[i]));
		free(line);
	}
	free(text);
	free(path);
	return array;
}

static void add_module(json_t *modules, const struct kernel *kernel, const char *name)
{
	char *path, *id;

	if (json_object_get(modules, name))
		return;
	path = module_find(kernel->module_dirs, name, false);
	id = path ? file_build_id(path) : NULL;
	if (id)
		json_object_set_new(modules, name, json_stringn(id, MODULE_ID_LEN));
	free(id);
	free(path);
}

/**
 * baseline_put_kernel() - take a kernel and the modules it ran into a baseline
 * @b: the baseline; modules it knows that have not been run now stay
 * @mode: the kernel's mode
 * @kernel: the kernel
 * @batch: what has been run
 */
void baseline_put_kernel(struct baseline *b, enum run_mode mode, const struct kernel *kernel,
			 const struct batch *batch)
{
	json_t *modules = json_object(), *known = json_object_get(b->kernels[mode], "modules");
	unsigned int n;
	size_t i;

	for (i = 0; i < batch->nr_runs; i++) {
		const struct scenario *s = batch->runs[i].spec.scenario;

		add_module(modules, kernel, batch->runs[i].spec.variant->module);
		for (n = 0; n < s->nr_helpers; n++)
			add_module(modules, kernel, s->helpers[n]);
	}
	if (known)
		json_object_update_missing(modules, known);
	json_decref(b->kernels[mode]);
	b->kernels[mode] = json_pack("{ss ss so so}", "version", kernel->version, "hash",
				     kernel->hash, "detectors", detectors_json(kernel), "modules",
				     modules);
}
