// SPDX-License-Identifier: GPL-2.0
/*
 * KTAP version 1 (Documentation/dev-tools/ktap.rst), one test for each scenario
 * with one subtest for each of its runs. Runs of a scenario follow one another in
 * the batch.
 */
#include "base/util.h"
#include "results/results_ktap.h"

/**
 * struct group - the runs of one scenario
 * @runs: the first of them
 * @nr: how many
 */
struct group {
	const struct run *runs;
	size_t nr;
};

static struct group group_at(const struct batch *batch, size_t i)
{
	struct group g = { .runs = &batch->runs[i] };

	while (i + g.nr < batch->nr_runs && g.runs[g.nr].spec.scenario == g.runs[0].spec.scenario)
		g.nr++;
	return g;
}

static size_t count_groups(const struct batch *batch)
{
	size_t i, nr = 0;

	for (i = 0; i < batch->nr_runs; i += group_at(batch, i).nr)
		nr++;
	return nr;
}

/* clang-format off */
static const struct ktap_form {
	bool ok;
	const char *directive;
} ktap_forms[NR_VERDICTS] = {
	[VERDICT_PASS] = { true, NULL },
	[VERDICT_XFAIL] = { true, "XFAIL" },
	[VERDICT_SKIP] = { true, "SKIP" },
	[VERDICT_FAIL] = { false, NULL },
	[VERDICT_XPASS] = { false, NULL },
	[VERDICT_INCONCLUSIVE] = { false, "ERROR" },
	[VERDICT_BROKEN] = { false, "ERROR" },
	[VERDICT_TIMEOUT] = { false, "TIMEOUT" },
};

/* clang-format on */

static void ktap_run(FILE *file, size_t number, const struct run *run)
{
	const struct ktap_form *form = &ktap_forms[run->outcome.verdict];

	if (*run->outcome.title)
		fprintf(file, "    # %s\n", run->outcome.title);
	fprintf(file, "    # %s: %s\n", verdict_names[run->outcome.verdict], run->outcome.reason);
	fprintf(file, "    %s %zu %s.%s", form->ok ? "ok" : "not ok", number,
		run->spec.variant->name, run_mode_names[run->spec.mode]);
	if (form->directive)
		fprintf(file, " # %s %s", form->directive, run->outcome.reason);
	fputc('\n', file);
}

static bool group_ok(const struct group *g)
{
	size_t i;

	for (i = 0; i < g->nr; i++) {
		if (!ktap_forms[g->runs[i].outcome.verdict].ok)
			return false;
	}
	return true;
}

/**
 * results_write_ktap() - write the results as KTAP
 * @batch: the batch, all runs judged
 * @path: the file
 */
void results_write_ktap(const struct batch *batch, const char *path)
{
	FILE *file = file_begin_or_die(path);
	size_t i, n, number = 1;
	struct group g;

	fprintf(file, "KTAP version 1\n1..%zu\n", count_groups(batch));
	for (i = 0; i < batch->nr_runs; i += g.nr, number++) {
		g = group_at(batch, i);
		fprintf(file, "    KTAP version 1\n    # Subtest: %s\n    1..%zu\n",
			g.runs[0].spec.scenario->name, g.nr);
		for (n = 0; n < g.nr; n++)
			ktap_run(file, n + 1, &g.runs[n]);
		fprintf(file, "%s %zu %s\n", group_ok(&g) ? "ok" : "not ok", number,
			g.runs[0].spec.scenario->name);
	}
	file_commit_or_die(file, path);
}
