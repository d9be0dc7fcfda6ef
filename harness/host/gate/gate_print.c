// SPDX-License-Identifier: GPL-2.0
/*
 * The gate's verdicts for people, one line each, and for programs (gate.json).
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_file.h"
#include "base/util.h"
#include "gate/gate.h"
#include "plan/mode.h"

#define GATE_SCHEMA 1

/* "3.2", "17", "100": a percentage with as many digits as it deserves. */
static char *percent(double rate)
{
	double p = rate * 100;

	if (p > 0 && p < 0.1)
		return format("%.1g", p);
	return format("%.*f", p && p < 9.95 ? 1 : 0, p);
}

static char *hits_column(const struct run *run)
{
	return format("%s %" PRIu64 "/%" PRIu64, run->spec.variant->name, run_hits(run),
		      run_trials(run));
}

static char *twin_column(const struct gate_entry *e)
{
	char *lower, *upper, *hits, *column;

	if (!e->twin)
		return format("no twin");
	hits = hits_column(e->twin);
	if (!run_hits(e->twin))
		return hits;
	lower = percent(e->hit.lower);
	upper = percent(e->hit.upper);
	column = format("%s (%s\u2013%s %%)", hits, lower, upper);
	free(lower);
	free(upper);
	free(hits);
	return column;
}

static char *missed_column(const struct gate_entry *e)
{
	char *rate, *column;

	if (!e->twin || !run_hits(e->twin) || gate_alone(e) || e->run->outcome.nr_failures)
		return format("%s", "");
	if (mode_of(e->run)->controlled)
		return format("same %" PRIu64, e->run->explored.same);
	if (e->missed < 0.001)
		return format("missed < 0.1 %%");
	rate = percent(e->missed);
	column = format("missed %s %%", rate);
	free(rate);
	return column;
}

/* Columns of a line, not terminated; printf() pads by bytes, a dash has three. */
static int columns(const char *text)
{
	int n = 0;

	for (; *text; text++)
		n += (*text & 0xc0) != 0x80;
	return n;
}

static char *command(const struct run *run, uint64_t trials)
{
	return format("make run-scenarios ONLY=%s MODE=%s SEED=%" PRIu64 " %s=%" PRIu64,
		      name_variant(run_name(run)).text, run_mode_names[run->spec.mode],
		      run->spec.seed, mode_of(run)->knob, trials);
}

/**
 * gate_reproducer() - the command that shows a failure again
 * @e: an entry whose run failed
 *
 * Return: allocated; the run's own reproducer where a schedule is known.
 */
char *gate_reproducer(const struct gate_entry *e)
{
	const struct run *run = e->again ? e->again : e->run;
	struct interval rate = stats_clopper_pearson(run_hits(run), run_trials(run), 0.95);
	uint64_t cycles = run->spec.cycles;

	if (run->explored.reproducer)
		return format("make repro REPRO='%s'", run->explored.reproducer);
	if (!mode_of(run)->controlled && run_hits(run) &&
	    stats_trials_needed(rate.lower, 0.05) < cycles)
		cycles = stats_trials_needed(rate.lower, 0.05);
	return command(run, cycles);
}

static void print_failure(const struct gate_entry *e)
{
	char *repro, *lower, *upper;
	struct interval rate;

	if (!e->run->outcome.nr_failures || gate_alone(e))
		return;
	printf("    %s\n", e->run->outcome.title);
	repro = gate_reproducer(e);
	if (!e->again) {
		printf("    %s\n", repro);
		free(repro);
		return;
	}
	rate = stats_clopper_pearson(run_hits(e->again), run_trials(e->again), 0.95);
	lower = percent(rate.lower);
	upper = percent(rate.upper);
	printf("    %s\n    repeated: %" PRIu64 " of %" PRIu64 " trials failed (%s\u2013%s %%)\n",
	       repro, run_hits(e->again), run_trials(e->again), lower, upper);
	free(lower);
	free(upper);
	free(repro);
}

enum {
	SCENARIO,
	MODE,
	TWIN,
	RUN,
	MISSED,
	NR_COLUMNS
};

/**
 * struct line - what is printed of an entry, before its verdict
 * @text: by column, allocated
 */
struct line {
	char *text[NR_COLUMNS];
};

static void make_line(struct line *line, const struct gate_entry *e)
{
	line->text[SCENARIO] = format("%s", e->run->spec.scenario->name);
	line->text[MODE] = format("%s", run_mode_names[e->run->spec.mode]);
	line->text[TWIN] = twin_column(e);
	line->text[RUN] = gate_alone(e) ? format("%s", "") : hits_column(e->run);
	line->text[MISSED] = missed_column(e);
}

static void widen(int *width, const struct line *line)
{
	unsigned int i;

	for (i = 0; i < NR_COLUMNS; i++) {
		if (columns(line->text[i]) > width[i])
			width[i] = columns(line->text[i]);
	}
}

static void print_line(struct line *line, const int *width)
{
	unsigned int i;

	for (i = 0; i < NR_COLUMNS; i++) {
		printf("%s%*s  ", line->text[i], width[i] - columns(line->text[i]), "");
		free(line->text[i]);
	}
}

static void print_entries(const struct gate *gate, bool explain)
{
	struct line *lines = allocate((gate->nr_entries + 1) * sizeof(*lines));
	int width[NR_COLUMNS] = { 0 };
	size_t i;

	for (i = 0; i < gate->nr_entries; i++) {
		make_line(&lines[i], &gate->entries[i]);
		widen(width, &lines[i]);
	}
	for (i = 0; i < gate->nr_entries; i++) {
		const struct gate_entry *e = &gate->entries[i];

		print_line(&lines[i], width);
		printf("%s\n", gate_verdict_names[e->verdict]);
		if (explain || (e->verdict != GATE_PASS && e->verdict != GATE_CONTROL))
			printf("    %s\n", e->rule);
		print_failure(e);
	}
	free(lines);
}

static void print_counts(const struct gate *gate)
{
	unsigned int count[NR_GATE_VERDICTS] = { 0 };
	const char *separator = "";
	size_t i;

	for (i = 0; i < gate->nr_entries; i++)
		count[gate->entries[i].verdict]++;
	printf("\ngate: ");
	for (i = 0; i < NR_GATE_VERDICTS; i++) {
		if (!count[i])
			continue;
		printf("%s%u %s", separator, count[i], gate_verdict_names[i]);
		separator = ", ";
	}
	putchar('\n');
}

/**
 * gate_print() - say what the gate found
 * @gate: judged
 * @explain: say for each verdict which rule made it
 */
void gate_print(const struct gate *gate, bool explain)
{
	size_t i;

	putchar('\n');
	print_entries(gate, explain);
	if (gate->nr_changes)
		printf("\nchanged since the baseline, not failures:\n");
	for (i = 0; i < gate->nr_changes; i++)
		printf("    %s\n", gate->changes[i]);
	print_counts(gate);
}

static json_t *sample_json(const struct run *run)
{
	if (!run)
		return json_null();
	return json_pack("{ss sI sI}", "variant", run->spec.variant->name, "hits",
			 (json_int_t)run_hits(run), "trials", (json_int_t)run_trials(run));
}

static json_t *entry_json(const struct gate_entry *e)
{
	char *repro = e->run->outcome.nr_failures ? gate_reproducer(e) : NULL;
	json_t *json = json_pack("{ss ss ss so so so sf sf sf ss ss ss ss?}", "scenario",
				 e->run->spec.scenario->name, "variant", e->run->spec.variant->name,
				 "mode", run_mode_names[e->run->spec.mode], "sample",
				 sample_json(e->run), "twin", sample_json(e->twin), "again",
				 sample_json(e->again), "rate_lower", e->hit.lower, "rate_upper",
				 e->hit.upper, "missed", e->missed, "verdict",
				 gate_verdict_names[e->verdict], "rule", e->rule, "title",
				 e->run->outcome.title, "reproducer", repro);

	free(repro);
	return json;
}

/**
 * gate_write() - write gate.json
 * @gate: judged
 * @dir: directory of the results
 * @status: what the program is going to exit with
 */
void gate_write(const struct gate *gate, const char *dir, int status)
{
	char *path = format("%s/gate.json", dir);
	json_t *entries = json_array(), *changes = json_array(), *json;
	size_t i;

	for (i = 0; i < gate->nr_entries; i++)
		json_array_append_new(entries, entry_json(&gate->entries[i]));
	for (i = 0; i < gate->nr_changes; i++)
		json_array_append_new(changes, json_string(gate->changes[i]));
	json = json_pack("{si si so so}", "schema", GATE_SCHEMA, "exit", status, "verdicts",
			 entries, "changes", changes);
	json_write_or_die(json, path);
	free(path);
}
