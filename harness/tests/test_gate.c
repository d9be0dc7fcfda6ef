// SPDX-License-Identifier: GPL-2.0
/*
 * The gate's rules: each has an entry it applies to, and a neighbour it does not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gate/gate.h"
#include "testing.h"

#define TITLE     "KASAN: slab-use-after-free in hook [demo]"
#define SIGNATURE "^KASAN: .*\\[demo\\]"

static const struct scenario scenario = {
	.name = "demo",
	.helpers = { "helper" },
	.nr_helpers = 1,
	.cycles = { 1000, 50, 1000 },
	.variants = {
		{ "broken",
		  .module = "demo",
		  .expect = EXPECT_FAIL,
		  .signature = SIGNATURE,
		  .modes = 1u << MODE_STRESS | 1u << MODE_EXPLORE },
		{ "fixed",
		  .module = "demo",
		  .expect = EXPECT_PASS,
		  .modes = 1u << MODE_STRESS | 1u << MODE_EXPLORE },
	},
	.nr_variants = 2,
};

static struct run make_run(unsigned int variant, uint64_t trials, unsigned int failures)
{
	struct run run = {
		.spec = {
			.scenario = &scenario,
			.variant = &scenario.variants[variant],
			.kernel = "7.3.4",
			.cycles = trials,
		},
		.tally = {
			.unloads = trials,
			.overlaps = trials,
			.next_cycle = trials + 1,
			.cpu_seconds = trials * 0.010,
			.boots = 1,
		},
	};
	const unsigned char *step = removal_steps[run.spec.variant->removal];
	unsigned int i;

	for (; *step != STEP_NONE; step++)
		run.tally.totals.steps[*step] = trials;
	for (i = 0; i < failures; i++)
		run_add_failure(&run, i + 1, PHASE_UNLOAD, TITLE);
	run_judge(&run);
	return run;
}

static struct gate_entry make_entry(struct run *run, struct run *twin)
{
	return (struct gate_entry){
		.run = run,
		.twin = twin,
		.own = run->spec.scenario->cycles[run->spec.mode],
	};
}

static void assert_gate(struct gate_entry *e, enum gate_verdict verdict)
{
	gate_judge(e);
	assert_string_equal(gate_verdict_names[e->verdict], gate_verdict_names[verdict]);
	assert_int_not_equal(e->rule[0], '\0');
}

static void test_pass(void **state)
{
	struct run broken = make_run(0, 20, 10), fixed = make_run(1, 688, 0);
	struct gate_entry e = make_entry(&fixed, &broken);

	(void)state;
	assert_gate(&e, GATE_PASS);
	assert_true(e.missed < 0.001);
	assert_true(e.hit.lower > 0.27 && e.hit.upper < 0.73);
}

/* The same fixed run is worth nothing beside a twin that did not fail. */
static void test_twin_must_fail(void **state)
{
	struct run broken = make_run(0, 1000, 0), fixed = make_run(1, 688, 0);
	struct gate_entry e = make_entry(&fixed, &broken);

	(void)state;
	assert_gate(&e, GATE_INCONCLUSIVE);
	assert_non_null(strstr(e.rule, "twin"));
}

static void test_twin_of_low_rate_wants_more(void **state)
{
	struct run broken = make_run(0, 10000, 10), fixed = make_run(1, 688, 0);
	struct gate_entry e = make_entry(&fixed, &broken);

	(void)state;
	assert_gate(&e, GATE_INCONCLUSIVE);
	assert_true(gate_wanted(&e) > 10000);
	fixed = make_run(1, gate_wanted(&e), 0);
	assert_gate(&e, GATE_PASS);
}

static void test_wanted_without_doubt(void **state)
{
	struct run broken = make_run(0, 10, 10), fixed = make_run(1, 0, 0);
	struct gate_entry e = make_entry(&fixed, &broken);

	(void)state;
	gate_judge(&e);
	assert_int_equal(gate_wanted(&e), 688);
	e.own = 50;
	assert_int_equal(gate_wanted(&e), 50);
}

static void test_regression_needs_confirmation(void **state)
{
	struct run broken = make_run(0, 10, 10), fixed = make_run(1, 7, 1);
	struct run again = make_run(1, 20, 3), quiet = make_run(1, 100, 0);
	struct gate_entry e = make_entry(&fixed, &broken);

	(void)state;
	assert_gate(&e, GATE_UNCONFIRMED);
	e.again = &quiet;
	assert_gate(&e, GATE_UNCONFIRMED);
	e.again = &again;
	assert_gate(&e, GATE_REGRESSION);
}

/* In explore mode a schedule is the proof, on either side. */
static void test_explored(void **state)
{
	struct run broken = make_run(0, 4, 1), fixed = make_run(1, 40, 0);
	struct gate_entry e = make_entry(&fixed, &broken);

	(void)state;
	broken.spec.mode = fixed.spec.mode = MODE_EXPLORE;
	broken.explored = (struct explored){ .schedules = 4, .confirmed = true };
	fixed.explored = (struct explored){ .schedules = 40, .same = 4 };
	assert_gate(&e, GATE_PASS);
	fixed.explored.same = 0;
	assert_gate(&e, GATE_INCONCLUSIVE);
	fixed.explored.same = 4;
	broken.explored.confirmed = false;
	assert_gate(&e, GATE_INCONCLUSIVE);
	broken.explored.confirmed = true;
	run_add_failure(&fixed, 9, PHASE_UNLOAD, TITLE);
	assert_gate(&e, GATE_UNCONFIRMED);
	fixed.explored.confirmed = true;
	assert_gate(&e, GATE_REGRESSION);
}

/* In lockdep mode little is asked for, and little is claimed. */
static void test_lockdep(void **state)
{
	struct run broken = make_run(0, 30, 3), fixed = make_run(1, 200, 0);
	struct gate_entry e = make_entry(&fixed, &broken);

	(void)state;
	broken.spec.mode = fixed.spec.mode = MODE_LOCKDEP;
	e.own = 200;
	assert_gate(&e, GATE_PASS);
	assert_true(e.missed > 0.001 && e.missed < 0.05);
	assert_int_equal(gate_wanted(&e), 200);

	broken = make_run(0, 300, 3);
	broken.spec.mode = MODE_LOCKDEP;
	assert_gate(&e, GATE_CONTROL);
	assert_int_equal(gate_wanted(&e), 200);
	broken = make_run(0, 1000, 0);
	broken.spec.mode = MODE_LOCKDEP;
	assert_gate(&e, GATE_CONTROL);
	strcpy(broken.outcome.broken, "no such module");
	run_judge(&broken);
	assert_gate(&e, GATE_INCONCLUSIVE);

	broken.spec.mode = fixed.spec.mode = MODE_STRESS;
	broken = make_run(0, 300, 3);
	assert_gate(&e, GATE_INCONCLUSIVE);
	assert_true(gate_wanted(&e) > 200);
}

/* Nor is it made up for where the broken variant is alone. */
static void test_lockdep_alone(void **state)
{
	struct run broken = make_run(0, 1000, 0);
	struct gate_entry e = make_entry(&broken, &broken);

	(void)state;
	broken.spec.mode = MODE_LOCKDEP;
	assert_gate(&e, GATE_CONTROL);
	strcpy(broken.outcome.broken, "no such module");
	run_judge(&broken);
	assert_gate(&e, GATE_INCONCLUSIVE);
}

static void test_known_failure(void **state)
{
	struct run broken = make_run(0, 10, 10), same = make_run(1, 300, 3);
	struct run worse = make_run(1, 30, 10);
	struct baseline_run before = {
		.hits = 5, .trials = 500, .titles = { TITLE }, .nr_titles = 1
	};
	struct gate_entry e = make_entry(&same, &broken);

	(void)state;
	e.before = &before;
	assert_gate(&e, GATE_KNOWN);
	e.run = &worse;
	assert_gate(&e, GATE_REGRESSION);
	e.run = &same;
	strcpy(before.titles[0], "something else");
	assert_gate(&e, GATE_UNCONFIRMED);
}

static void test_control(void **state)
{
	const struct baseline_run before = { .twin = "broken" };
	struct run fixed = make_run(1, 688, 0);
	struct gate_entry e = make_entry(&fixed, NULL);

	(void)state;
	assert_gate(&e, GATE_CONTROL);
	e.before = &before;
	assert_gate(&e, GATE_CONTROL);
	e.had_twin = true;
	assert_gate(&e, GATE_INCONCLUSIVE);
	assert_non_null(strstr(e.rule, "broken, has not been run"));
}

static void test_run_that_could_not(void **state)
{
	struct run broken = make_run(0, 10, 10), fixed = make_run(1, 300, 0);
	struct gate_entry e = make_entry(&fixed, &broken);

	(void)state;
	strcpy(fixed.outcome.broken, "no such module");
	run_judge(&fixed);
	assert_gate(&e, GATE_INCONCLUSIVE);
	assert_non_null(strstr(e.rule, "no such module"));
	fixed.outcome.broken[0] = '\0';
	fixed.tally.overlaps = 0;
	run_judge(&fixed);
	assert_gate(&e, GATE_INCONCLUSIVE);
}

static void test_pairs(void **state)
{
	struct run runs[] = { make_run(0, 1, 1), make_run(1, 1, 0), make_run(1, 1, 0) };
	struct batch batch = { runs, 3 };
	struct gate gate = { .batch = &batch };

	(void)state;
	runs[2].spec.mode = MODE_EXPLORE;
	gate_pair(&gate);
	assert_int_equal(gate.nr_entries, 2);
	assert_ptr_equal(gate.entries[0].run, &runs[1]);
	assert_ptr_equal(gate.entries[0].twin, &runs[0]);
	assert_null(gate.entries[1].twin);
	free(gate.entries);
}

/* Two modules, each with a broken variant; the last variant names the other module's. */
static const struct scenario families = {
	.name = "families",
	.cycles = { 1000, 50 },
	.variants = {
		{ "lifecycle-broken", .module = "new", .expect = EXPECT_FAIL, .modes = 3 },
		{ "broken", .module = "old", .expect = EXPECT_FAIL, .modes = 3 },
		{ "lifecycle", .module = "new", .expect = EXPECT_PASS, .modes = 3 },
		{ "fixed", .module = "old", .expect = EXPECT_PASS, .modes = 3 },
		{ "named", .module = "new", .expect = EXPECT_PASS, .twin = "broken", .modes = 3 },
		{ "stranger", .module = "third", .expect = EXPECT_PASS, .modes = 3 },
	},
	.nr_variants = 6,
};

/*
 * A twin is of the same module or named, whatever the names of the variants look like;
 * the gate and the search go by the same rule, but schedules are of one module.
 */
static void test_twins(void **state)
{
	static const int twins[] = { -1, -1, 0, 1, 1, -1 };
	static struct run runs[6];
	struct batch batch = { runs, 6 };
	struct gate gate = { .batch = &batch };
	size_t i;

	(void)state;
	for (i = 0; i < 6; i++)
		runs[i].spec = (struct run_spec){ .scenario = &families,
						  .variant = &families.variants[i],
						  .mode = MODE_EXPLORE,
						  .cycles = 50 };
	batch_order(&batch);
	for (i = 0; i < 6; i++)
		assert_ptr_equal(batch_twin(&batch, &runs[i]),
				 twins[i] < 0 ? NULL : &runs[twins[i]]);
	assert_ptr_equal(runs[2].spec.after, &runs[0]);
	assert_ptr_equal(runs[3].spec.after, &runs[1]);
	assert_null(runs[4].spec.after);
	assert_null(runs[5].spec.after);
	assert_false(run_ready(&runs[2]));
	assert_true(run_ready(&runs[4]));

	gate_pair(&gate);
	assert_int_equal(gate.nr_entries, 4);
	for (i = 0; i < 4; i++)
		assert_ptr_equal(gate.entries[i].twin, batch_twin(&batch, gate.entries[i].run));
	free(gate.entries);
	runs[1].outcome.verdict = VERDICT_SKIP;
	assert_null(batch_twin(&batch, &runs[4]));
}

/* The baseline tells a twin that has gone from one that never was. */
static void test_twin_is_gone(void **state)
{
	struct run before[] = { make_run(0, 10, 10), make_run(1, 688, 0) };
	struct run now[] = { make_run(0, 10, 10), make_run(1, 688, 0) };
	struct batch batch = { now, 2 };
	struct gate gate = { .batch = &batch };

	(void)state;
	baseline_put(&gate.baseline, &before[1]);
	now[0].outcome.verdict = VERDICT_SKIP;
	gate_pair(&gate);
	assert_int_equal(gate.nr_entries, 1);
	assert_gate(&gate.entries[0], GATE_CONTROL);
	free(gate.entries);

	baseline_put(&gate.baseline, &before[0]);
	gate.entries = NULL;
	gate.nr_entries = 0;
	gate_pair(&gate);
	assert_gate(&gate.entries[0], GATE_INCONCLUSIVE);
	free(gate.entries);
	baseline_free(&gate.baseline);
}

/* A broken variant without a fixed one is judged for itself. */
static void test_broken_alone(void **state)
{
	struct run runs[] = { make_run(0, 10, 3) };
	struct batch batch = { runs, 1 };
	struct gate gate = { .batch = &batch };

	(void)state;
	gate_pair(&gate);
	assert_int_equal(gate.nr_entries, 1);
	assert_gate(&gate.entries[0], GATE_PASS);
	runs[0] = make_run(0, 1000, 0);
	assert_gate(&gate.entries[0], GATE_INCONCLUSIVE);
	free(gate.entries);
}

static void test_exit_status(void **state)
{
	struct gate_entry entries[3] = { { .verdict = GATE_PASS },
					 { .verdict = GATE_CONTROL },
					 { .verdict = GATE_KNOWN } };
	struct gate gate = { .entries = entries, .nr_entries = 3 };

	(void)state;
	assert_int_equal(gate_exit_status(&gate), 0);
	assert_false(gate_inconclusive(&gate));
	entries[1].verdict = GATE_INCONCLUSIVE;
	assert_int_equal(gate_exit_status(&gate), 2);
	assert_true(gate_inconclusive(&gate));
	entries[2].verdict = GATE_UNCONFIRMED;
	assert_int_equal(gate_exit_status(&gate), 1);
	entries[2].verdict = GATE_REGRESSION;
	assert_int_equal(gate_exit_status(&gate), 1);
}

static bool has_change(const struct gate *gate, const char *text)
{
	size_t i;

	for (i = 0; i < gate->nr_changes; i++) {
		if (strstr(gate->changes[i], text))
			return true;
	}
	return false;
}

static void forget_changes(struct gate *gate)
{
	while (gate->nr_changes)
		free(gate->changes[--gate->nr_changes]);
	free(gate->changes);
	gate->changes = NULL;
}

/* No mode is looked at, so that no kernel is needed: only runs are compared. */
static void test_changes(void **state)
{
	struct run before[] = { make_run(0, 10, 10), make_run(1, 688, 0) };
	struct run now[] = { make_run(0, 900, 10), make_run(1, 688, 0) };
	struct batch batch = { now, 2 };
	struct gate gate = { .batch = &batch };

	(void)state;
	baseline_put(&gate.baseline, &before[0]);
	gate_list_changes(&gate);
	assert_true(has_change(&gate, "demo/broken stress: hit rate fell"));
	assert_true(has_change(&gate, "demo/fixed stress: not in the baseline"));
	assert_int_equal(gate.nr_changes, 2);
	forget_changes(&gate);

	baseline_put(&gate.baseline, &before[1]);
	baseline_put(&gate.baseline, &now[0]);
	gate_list_changes(&gate);
	assert_int_equal(gate.nr_changes, 0);

	gate.baseline.runs[1].expect = EXPECT_FAIL;
	gate_list_changes(&gate);
	assert_true(has_change(&gate, "was expected to fail"));
	forget_changes(&gate);
	baseline_free(&gate.baseline);
}

/* ---- the kernel and its modules ---- */

#define ON  "CONFIG_KASAN=y\n"
#define OFF "# CONFIG_KASAN is not set\n"

/* A directory as kernel_load() and module_find() know it. */
struct builds {
	char dir[32];
	char *dirs[2];
	struct kernel kernels[NR_MODES];
	struct run runs[2];
	struct batch batch;
	struct gate gate;
};

static void write_file(const struct builds *b, const char *name, const char *text)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", b->dir, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

/* An object with this build ID, twenty bytes of the same. */
static void build_module(const struct builds *b, const char *name, const char *byte)
{
	const char *cc = getenv("CC");
	char command[512], id[41] = "";
	int i;

	for (i = 0; i < 20; i++)
		strcat(id, byte);
	write_file(b, "module.c", "int module;\n");
	snprintf(command, sizeof(command),
		 "cd %s && %s -c -o module.o module.c && ld -r --build-id=0x%s -o %s.ko module.o",
		 b->dir, cc ? cc : "cc", id, name);
	assert_int_equal(system(command), 0);
}

static int make_builds(void **state)
{
	struct builds *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	strcpy(b->dir, "/tmp/modrace-gate-XXXXXX");
	assert_non_null(mkdtemp(b->dir));
	b->dirs[0] = b->dir;
	b->kernels[MODE_STRESS] = (struct kernel){
		.dir = b->dir, .version = "7.3.4", .hash = "one", .module_dirs = b->dirs
	};
	write_file(b, ".config", "#\n" ON "CONFIG_UBSAN=y\n");
	build_module(b, "demo", "aa");
	build_module(b, "helper", "bb");
	b->runs[0] = make_run(0, 10, 10);
	b->runs[1] = make_run(1, 688, 0);
	b->batch = (struct batch){ b->runs, 2 };
	b->gate = (struct gate){ .batch = &b->batch,
				 .kernels = b->kernels,
				 .modes = 1u << MODE_STRESS };
	baseline_put(&b->gate.baseline, &b->runs[0]);
	baseline_put(&b->gate.baseline, &b->runs[1]);
	baseline_put_kernel(&b->gate.baseline, MODE_STRESS, b->kernels, &b->batch);
	*state = b;
	return 0;
}

static int remove_builds(void **state)
{
	struct builds *b = *state;
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", b->dir);
	baseline_free(&b->gate.baseline);
	forget_changes(&b->gate);
	free(b);
	return system(command);
}

static void assert_change(struct builds *b, const char *text)
{
	gate_list_changes(&b->gate);
	if (!has_change(&b->gate, text))
		fail_msg("no '%s' among %zu changes, '%s'", text, b->gate.nr_changes,
			 b->gate.nr_changes ? b->gate.changes[0] : "");
	assert_int_equal(b->gate.nr_changes, 1);
	forget_changes(&b->gate);
}

static void test_same_builds(void **state)
{
	struct builds *b = *state;

	gate_list_changes(&b->gate);
	assert_int_equal(b->gate.nr_changes, 0);
}

/* A detector switched off turns failures into silence. */
static void test_detectors(void **state)
{
	struct builds *b = *state;

	write_file(b, ".config", "#\n" OFF "CONFIG_UBSAN=y\n");
	assert_change(b, "stress kernel: detector CONFIG_KASAN was on and is off");
	write_file(b, ".config", "#\n" ON "CONFIG_UBSAN=y\nCONFIG_DEBUG_LIST=y\n");
	assert_change(b, "stress kernel: detector CONFIG_DEBUG_LIST was off and is on");
}

/* Another build of a module is said, unless the kernel is another one anyway. */
static void test_other_builds(void **state)
{
	struct builds *b = *state;

	build_module(b, "helper", "cc");
	assert_change(b, "stress: module helper is another build than the baseline's");
	b->kernels[MODE_STRESS].hash = "two";
	assert_change(b, "stress kernel: 7.3.4 (one) in the baseline, now 7.3.4 (two)");
}

/* Modules of which nothing was run now stay in the baseline. */
static void test_partial_baseline(void **state)
{
	struct builds *b = *state;
	json_t *modules;

	b->batch.nr_runs = 0;
	baseline_put_kernel(&b->gate.baseline, MODE_STRESS, b->kernels, &b->batch);
	modules = json_object_get(b->gate.baseline.kernels[MODE_STRESS], "modules");
	assert_int_equal(json_object_size(modules), 2);
	assert_string_equal(json_string_value(json_object_get(modules, "demo")), "aaaaaaaaaaaa");
}

/* One run of three has become dearer: that stands out; all of them would not. */
static void test_cost(void **state)
{
	struct scenario others[2] = { scenario, scenario };
	struct run runs[3] = { make_run(1, 688, 0), make_run(1, 688, 0), make_run(1, 688, 0) };
	struct batch batch = { runs, 3 };
	struct gate gate = { .batch = &batch };
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		snprintf(others[i].name, sizeof(others[i].name), "other%d", i);
		runs[i].spec.scenario = &others[i];
	}
	for (i = 0; i < 3; i++)
		baseline_put(&gate.baseline, &runs[i]);
	runs[2].tally.cpu_seconds *= 3;
	gate_list_changes(&gate);
	assert_int_equal(gate.nr_changes, 1);
	assert_true(has_change(&gate, "demo/fixed stress: cost rose from 10 to 30 ms a trial"));
	forget_changes(&gate);

	runs[0].tally.cpu_seconds *= 3;
	runs[1].tally.cpu_seconds *= 3;
	gate_list_changes(&gate);
	assert_int_equal(gate.nr_changes, 0);
	baseline_free(&gate.baseline);
}

/* What is missing now, as far as it is looked at, and what is new. */
static void test_missing_run(void **state)
{
	struct builds *b = *state;

	b->batch.nr_runs = 1;
	assert_change(b, "demo/fixed stress: in the baseline, not run now");
	b->gate.only = "demo/broken";
	gate_list_changes(&b->gate);
	assert_int_equal(b->gate.nr_changes, 0);
	b->gate.only = "dem*";
	assert_change(b, "demo/fixed stress: in the baseline, not run now");
}

/* What is known of another kernel is neither missed nor lost. */
static void check_other_kernel(struct builds *b, char *version)
{
	struct baseline *known = &b->gate.baseline;

	b->kernels[MODE_STRESS].version = version;
	b->runs[0].spec.kernel = version;
	b->batch.nr_runs = 1;
	assert_change(b, "demo/broken stress: not in the baseline");
	baseline_put(known, &b->runs[0]);
	assert_int_equal(known->nr_runs, 3);
	assert_string_equal(known->runs[2].kernel, version);
}

static void test_other_version(void **state)
{
	check_other_kernel(*state, "7.4.0");
}

static void test_wide_kernel(void **state)
{
	check_other_kernel(*state, "7.3.4-wide");
}

static void test_other_failure(void **state)
{
	struct builds *b = *state;

	run_add_failure(&b->runs[0], 4, PHASE_UNLOAD, "WARNING in kfree");
	assert_change(b, "demo/broken stress: also failed without its signature: WARNING in kfree");
}

static void test_baseline_round_trip(void **state)
{
	struct run runs[] = { make_run(0, 25, 10), make_run(1, 688, 2) };
	char path[] = "/tmp/modrace-baseline-XXXXXX";
	struct baseline b = { 0 }, back;

	(void)state;
	close(mkstemp(path));
	baseline_put(&b, &runs[0]);
	baseline_put(&b, &runs[1]);
	baseline_put(&b, &runs[1]);
	baseline_write(&b, path);
	baseline_read(&back, path);
	unlink(path);

	assert_int_equal(back.nr_runs, 2);
	assert_int_equal(baseline_find(&back, &runs[0])->hits, 10);
	assert_int_equal(baseline_find(&back, &runs[0])->expect, EXPECT_FAIL);
	assert_int_equal(baseline_find(&back, &runs[1])->trials, 688);
	assert_string_equal(baseline_find(&back, &runs[0])->twin, "");
	assert_string_equal(baseline_find(&back, &runs[1])->twin, "broken");
	assert_true(baseline_knows(baseline_find(&back, &runs[1]), TITLE));
	assert_false(baseline_knows(baseline_find(&back, &runs[0]), TITLE));
	runs[0].spec.kernel = "7.3.9-rc1";
	assert_non_null(baseline_find(&back, &runs[0]));
	runs[0].spec.kernel = "7.30.4";
	assert_null(baseline_find(&back, &runs[0]));
	runs[0].spec.kernel = "7.3.4";
	runs[0].spec.mode = MODE_EXPLORE;
	assert_null(baseline_find(&back, &runs[0]));
	baseline_free(&back);
	baseline_free(&b);
}

#define BUILDS_TEST(function) cmocka_unit_test_setup_teardown(function, make_builds, remove_builds)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pass),
		cmocka_unit_test(test_twin_must_fail),
		cmocka_unit_test(test_twin_of_low_rate_wants_more),
		cmocka_unit_test(test_wanted_without_doubt),
		cmocka_unit_test(test_regression_needs_confirmation),
		cmocka_unit_test(test_explored),
		cmocka_unit_test(test_lockdep),
		cmocka_unit_test(test_lockdep_alone),
		cmocka_unit_test(test_known_failure),
		cmocka_unit_test(test_control),
		cmocka_unit_test(test_run_that_could_not),
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_twins),
		cmocka_unit_test(test_twin_is_gone),
		cmocka_unit_test(test_broken_alone),
		cmocka_unit_test(test_exit_status),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_cost),
		cmocka_unit_test(test_baseline_round_trip),
		BUILDS_TEST(test_same_builds),
		BUILDS_TEST(test_detectors),
		BUILDS_TEST(test_other_builds),
		BUILDS_TEST(test_partial_baseline),
		BUILDS_TEST(test_missing_run),
		BUILDS_TEST(test_other_version),
		BUILDS_TEST(test_wide_kernel),
		BUILDS_TEST(test_other_failure),
	};

	return cmocka_run_group_tests_name("gate", tests, NULL, NULL);
}
