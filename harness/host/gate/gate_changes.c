// SPDX-License-Identifier: GPL-2.0
/*
 * What has changed since the baseline without being a failure, and matters.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "gate/gate.h"

/* Chance alone makes one such line in a thousand comparisons. */
#define SIGNIFICANT 0.001

/* Cost is measured on whatever machine there is: only what stands out counts. */
#define COST_RATIO    2.0
#define COST_LEAST_MS 5.0

static __printf(2, 3) void add_change(struct gate *gate, const char *fmt, ...)
{
	va_list args;
	char *line;

	va_start(args, fmt);
	if (vasprintf(&line, fmt, args) < 0)
		fatal("out of memory");
	va_end(args);
	gate->changes = grow(gate->changes, gate->nr_changes, sizeof(char *));
	gate->changes[gate->nr_changes++] = line;
}

static bool array_has(json_t *array, const char *text)
{
	json_t *value;
	size_t i;

	json_array_foreach(array, i, value) {
		if (json_is_string(value) && !strcmp(json_string_value(value), text))
			return true;
	}
	return false;
}

static void compare_detectors(struct gate *gate, const char *mode, json_t *before, json_t *now)
{
	json_t *value;
	size_t i;

	json_array_foreach(before, i, value) {
		if (json_is_string(value) && !array_has(now, json_string_value(value)))
			add_change(gate, "%s kernel: detector CONFIG_%s was on and is off", mode,
				   json_string_value(value));
	}
	json_array_foreach(now, i, value) {
		if (!array_has(before, json_string_value(value)))
			add_change(gate, "%s kernel: detector CONFIG_%s was off and is on", mode,
				   json_string_value(value));
	}
}

/* Modules built for another kernel differ anyway: they are not looked at then. */
static void compare_modules(struct gate *gate, const char *mode, json_t *before, json_t *now)
{
	const char *name;
	json_t *value;

	json_object_foreach(before, name, value) {
		json_t *id = json_object_get(now, name);

		if (id && !json_equal(id, value))
			add_change(gate, "%s: module %s is another build than the baseline's", mode,
				   name);
	}
}

static const char *text_of(json_t *kernel, const char *key)
{
	const char *text = json_string_value(json_object_get(kernel, key));

	return text ? text : "?";
}

static void compare_kernel(struct gate *gate, enum run_mode mode)
{
	struct baseline now = { 0 };
	json_t *a = gate->baseline.kernels[mode], *b;
	const char *name = run_mode_names[mode];

	if (!a)
		return;
	baseline_put_kernel(&now, mode, &gate->kernels[mode], gate->batch);
	b = now.kernels[mode];
	if (strcmp(text_of(a, "hash"), text_of(b, "hash")))
		add_change(gate, "%s kernel: %s (%s) in the baseline, now %s (%s)", name,
			   text_of(a, "version"), text_of(a, "hash"), text_of(b, "version"),
			   text_of(b, "hash"));
	else
		compare_modules(gate, name, json_object_get(a, "modules"),
				json_object_get(b, "modules"));
	compare_detectors(gate, name, json_object_get(a, "detectors"),
			  json_object_get(b, "detectors"));
	baseline_free(&now);
}

static const struct run *find_run(const struct gate *gate, const struct baseline_run *b)
{
	size_t i;

	for (i = 0; i < gate->batch->nr_runs; i++) {
		const struct run *run = &gate->batch->runs[i];

		if (run->outcome.verdict != VERDICT_SKIP &&
		    name_equal(run_name(run), baseline_name(b)) &&
		    kernel_same_version(run->spec.kernel, b->kernel))
			return run;
	}
	return NULL;
}

/**
 * gate_looks_at() - does a part of the baseline belong to what is run now?
 * @gate: with what the user has chosen
 * @b: the part
 */
bool gate_looks_at(const struct gate *gate, const struct baseline_run *b)
{
	return name_matches(baseline_name(b), gate->only) && gate->modes & (1u << b->mode) &&
	       kernel_same_version(gate->kernels[b->mode].version, b->kernel);
}

static void compare_rate(struct gate *gate, const struct run *run, const struct baseline_run *b)
{
	if (run->spec.variant->expect != EXPECT_FAIL || !run_trials(run) ||
	    stats_fell(b->hits, b->trials, run_hits(run), run_trials(run)) >= SIGNIFICANT)
		return;
	add_change(gate, "%s: hit rate fell from %" PRIu64 "/%" PRIu64 " to %" PRIu64 "/%" PRIu64,
		   name_text(baseline_name(b)).text, b->hits, b->trials, run_hits(run),
		   run_trials(run));
}

/* A run's cost as a multiple of the baseline's. */
static double cost_ratio(const struct run *run, const struct baseline_run *b)
{
	return b->cpu_ms > 0 ? run_cpu_ms(run) / b->cpu_ms : 0;
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* How much slower this machine is than the baseline's: the median of all runs. */
static double machine_ratio(const struct gate *gate)
{
	double *ratios = allocate((gate->baseline.nr_runs + 1) * sizeof(*ratios)), median;
	size_t i, nr = 0;

	for (i = 0; i < gate->baseline.nr_runs; i++) {
		const struct run *run = find_run(gate, &gate->baseline.runs[i]);

		if (run && run->spec.variant->expect == EXPECT_PASS)
			ratios[nr++] = cost_ratio(run, &gate->baseline.runs[i]);
	}
	qsort(ratios, nr, sizeof(*ratios), compare_doubles);
	median = nr ? ratios[nr / 2] : 1;
	free(ratios);
	return median;
}

static void compare_cost(struct gate *gate, const struct run *run, const struct baseline_run *b,
			 double machine)
{
	double ratio = cost_ratio(run, b);

	if (run->spec.variant->expect != EXPECT_PASS || run_cpu_ms(run) < COST_LEAST_MS ||
	    machine <= 0 || ratio / machine < COST_RATIO)
		return;
	add_change(gate, "%s: cost rose from %.0f to %.0f ms a trial (others: %.1f times)",
		   name_text(baseline_name(b)).text, b->cpu_ms, run_cpu_ms(run), machine);
}

static void compare_expectation(struct gate *gate, const struct run *run,
				const struct baseline_run *b)
{
	if (run->spec.variant->expect != b->expect)
		add_change(gate, "%s: was expected to %s, is expected to %s now",
			   name_variant(run_name(run)).text,
			   b->expect == EXPECT_FAIL ? "fail" : "pass",
			   run->spec.variant->expect == EXPECT_FAIL ? "fail" : "pass");
}

static void compare_runs(struct gate *gate)
{
	double machine = machine_ratio(gate);
	size_t i;

	for (i = 0; i < gate->baseline.nr_runs; i++) {
		const struct baseline_run *b = &gate->baseline.runs[i];
		const struct run *run = find_run(gate, b);

		if (!run && gate_looks_at(gate, b)) {
			add_change(gate, "%s: in the baseline, not run now",
				   name_text(baseline_name(b)).text);
		} else if (run) {
			compare_expectation(gate, run, b);
			compare_rate(gate, run, b);
			compare_cost(gate, run, b, machine);
		}
	}
}

static void list_new(struct gate *gate)
{
	size_t i;

	for (i = 0; i < gate->batch->nr_runs; i++) {
		const struct run *run = &gate->batch->runs[i];

		if (run->outcome.verdict != VERDICT_SKIP && !baseline_find(&gate->baseline, run))
			add_change(gate, "%s: not in the baseline", name_text(run_name(run)).text);
	}
}

/* What a broken variant does beside what it is expected to. */
static void list_other_failures(struct gate *gate)
{
	size_t i;
	unsigned int n;

	for (i = 0; i < gate->batch->nr_runs; i++) {
		const struct run *run = &gate->batch->runs[i];

		if (run->spec.variant->expect == EXPECT_PASS)
			continue;
		for (n = 0; n < run->outcome.nr_failures && run->outcome.failures[n].expected; n++)
			;
		if (n < run->outcome.nr_failures)
			add_change(gate, "%s: also failed without its signature: %s",
				   name_text(run_name(run)).text, run->outcome.failures[n].title);
	}
}

/**
 * gate_list_changes() - list what matters without being a failure
 * @gate: judged, with a baseline; gets its changes
 */
void gate_list_changes(struct gate *gate)
{
	int mode;

	for (mode = 0; mode < NR_MODES; mode++) {
		if (gate->modes & (1u << mode))
			compare_kernel(gate, mode);
	}
	compare_runs(gate);
	list_new(gate);
	list_other_failures(gate);
}
