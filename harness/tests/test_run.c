// SPDX-License-Identifier: GPL-2.0
/*
 * The judge: each verdict has a run that earns it and a neighbour that does not.
 */
#include <stdio.h>
#include <string.h>

#include "plan/mode.h"
#include "plan/name.h"
#include "plan/run.h"
#include "testing.h"

#define TITLE "KASAN: slab-use-after-free in hook [nf_hook]"

static const struct scenario scenario = { .name = "demo", .timeout = 60 };
static const struct variant broken = {
	.name = "broken",
	.expect = EXPECT_FAIL,
	.signature = "^KASAN: .*\\[nf_hook\\]",
};

static const struct variant fixed = { .name = "fixed", .expect = EXPECT_PASS };

static struct run make_run(const struct variant *variant)
{
	struct run run = {
		.spec = {
			.scenario = &scenario,
			.variant = variant,
			.cycles = 100,
			.max_failures = 2,
		},
		.tally = { .unloads = 100, .overlaps = 50, .next_cycle = 101, .boots = 1 },
	};
	const unsigned char *step;

	for (step = removal_steps[variant->removal]; *step != STEP_NONE; step++)
		run.tally.totals.steps[*step] = 100;
	return run;
}

static void assert_verdict(struct run *run, enum verdict verdict)
{
	run_judge(run);
	assert_string_equal(verdict_names[run->outcome.verdict], verdict_names[verdict]);
	assert_int_not_equal(run->outcome.reason[0], '\0');
}

/* A signature that takes too long cannot tell if a failure was the expected one. */
static void test_endless_signature(void **state)
{
	struct variant endless = broken;
	struct run run;

	(void)state;
	strcpy(endless.signature, "(\\S|\\S\\S|[a-z-]+)+\\d$");
	run = make_run(&endless);
	run_add_failure(&run, 1, PHASE_UNLOAD,
			"KASAN:slab-use-after-free-in-a-function-with-a-long-name-and-no-blanks");
	assert_verdict(&run, VERDICT_FAIL);
	assert_non_null(strstr(run.outcome.reason, "signature: takes too long"));
}

static void test_pass(void **state)
{
	struct run run = make_run(&fixed);

	(void)state;
	assert_verdict(&run, VERDICT_PASS);
}

static void test_fail(void **state)
{
	struct run run = make_run(&fixed);

	(void)state;
	run_add_failure(&run, 7, PHASE_UNLOAD, TITLE);
	assert_verdict(&run, VERDICT_FAIL);
	assert_string_equal(run.outcome.title, TITLE);
	assert_int_equal(run.outcome.failures[0].cycle, 7);
}

static void test_xfail_needs_the_signature(void **state)
{
	struct run run = make_run(&broken), other = make_run(&broken);

	(void)state;
	run_add_failure(&run, 7, PHASE_UNLOAD, TITLE);
	assert_verdict(&run, VERDICT_XFAIL);
	run_add_failure(&other, 7, PHASE_UNLOAD, "hang: no heartbeat in phase unload");
	assert_verdict(&other, VERDICT_FAIL);
}

static void test_xfail_among_others(void **state)
{
	struct run run = make_run(&broken);

	(void)state;
	run_add_failure(&run, 3, PHASE_UNLOAD, "leftover: /dev/x");
	run_add_failure(&run, 7, PHASE_UNLOAD, TITLE);
	assert_verdict(&run, VERDICT_XFAIL);
	assert_string_equal(run.outcome.title, TITLE);
}

static void test_renamed_failure(void **state)
{
	struct run run = make_run(&broken);

	(void)state;
	run_add_failure(&run, 3, PHASE_UNLOAD, "leftover: /dev/x");
	run_add_failure(&run, 7, PHASE_UNLOAD, TITLE);
	run_rename_failure(&run, TITLE, TITLE ", seen elsewhere");
	run_rename_failure(&run, "never seen", "nor this");
	assert_verdict(&run, VERDICT_XFAIL);
	assert_string_equal(run.outcome.title, TITLE ", seen elsewhere");
	assert_string_equal(run.outcome.failures[0].title, "leftover: /dev/x");
}

static void test_xpass(void **state)
{
	struct run run = make_run(&broken);

	(void)state;
	assert_verdict(&run, VERDICT_XPASS);
}

static void test_inconclusive(void **state)
{
	struct run idle = make_run(&fixed), few = make_run(&fixed), idle_broken = make_run(&broken);

	(void)state;
	idle.tally.overlaps = 0;
	assert_verdict(&idle, VERDICT_INCONCLUSIVE);
	few.tally.unloads = 99;
	assert_verdict(&few, VERDICT_INCONCLUSIVE);
	idle_broken.tally.overlaps = 0;
	assert_verdict(&idle_broken, VERDICT_INCONCLUSIVE);
}

/* The reason says so, and the run begins again, once. */
static void test_starved(void **state)
{
	struct run few = make_run(&fixed), late = make_run(&fixed), idle = make_run(&broken);

	(void)state;
	few.tally.unloads = 99;
	few.tally.ran = 12;
	few.tally.waited = 88;
	assert_verdict(&few, VERDICT_INCONCLUSIVE);
	assert_string_equal(few.outcome.reason,
			    "starved (12 % of the processor time it asked for): "
			    "ended after 99 of 100 unloads");
	late.outcome.starved = true;
	late.tally.unloads = 99;
	assert_true(run_finished(&late));
	assert_verdict(&late, VERDICT_INCONCLUSIVE);
	assert_true(run_worth_repeating(&late));
	run_repeat(&late);
	assert_false(run_finished(&late));
	assert_int_equal(late.tally.next_cycle, 1);
	late.tally.unloads = 99;
	late.outcome.starved = true;
	assert_verdict(&late, VERDICT_INCONCLUSIVE);
	assert_false(run_worth_repeating(&late));
	idle.tally.overlaps = 0;
	assert_verdict(&idle, VERDICT_INCONCLUSIVE);
	assert_false(run_worth_repeating(&idle));
}

/* What was seen on a busy host was seen all the same. */
static void test_starved_and_judged(void **state)
{
	struct run good = make_run(&fixed), bad = make_run(&fixed);

	(void)state;
	good.tally.waited = bad.tally.waited = 100;
	assert_verdict(&good, VERDICT_PASS);
	run_add_failure(&bad, 7, PHASE_UNLOAD, TITLE);
	assert_verdict(&bad, VERDICT_FAIL);
	assert_false(run_worth_repeating(&bad));
}

static const struct variant back = {
	.name = "lifecycle",
	.removal = REMOVAL_GIVEUP_REENABLE,
	.expect = EXPECT_PASS,
};

/* A verdict speaks of steps that were carried out, and of all of them. */
static void test_steps(void **state)
{
	struct run all = make_run(&back), none = make_run(&back), plain = make_run(&fixed);
	const char *reason = all.outcome.reason;

	(void)state;
	all.tally.totals.steps[STEP_DISABLED] = 300;
	assert_verdict(&all, VERDICT_PASS);
	assert_non_null(strstr(reason, "; await-holder 100, attempt 100, disabled 300, "));
	assert_non_null(strstr(reason, ", reenable 100, "));
	none.tally.totals.steps[STEP_REENABLE] = 0;
	assert_verdict(&none, VERDICT_INCONCLUSIVE);
	assert_string_equal(none.outcome.reason,
			    "step reenable of the removal was never carried out");
	assert_verdict(&plain, VERDICT_PASS);
	assert_null(strstr(plain.outcome.reason, "reenable"));
}

/* Every way begins with a step, ends, and names what it consists of. */
static void test_step_tables(void **state)
{
	unsigned int how, i;

	(void)state;
	for (how = 0; how < NR_REMOVALS; how++) {
		assert_int_not_equal(removal_steps[how][0], STEP_NONE);
		assert_int_equal(removal_steps[how][MAX_STEPS - 1], STEP_NONE);
	}
	for (i = STEP_NONE + 1; i < NR_STEPS; i++)
		assert_int_equal(removal_step_parse(removal_step_names[i]), i);
	assert_int_equal(removal_step_parse("reenabled"), -1);
}

static void test_timeout_and_broken(void **state)
{
	struct run late = make_run(&fixed), dead = make_run(&fixed);

	(void)state;
	late.outcome.timed_out = true;
	late.tally.unloads = 3;
	assert_verdict(&late, VERDICT_TIMEOUT);
	strcpy(dead.outcome.broken, "no such module");
	assert_verdict(&dead, VERDICT_BROKEN);
	assert_string_equal(dead.outcome.reason, "no such module");
}

/* A failure is never hidden by trouble that came later. */
static void test_failure_outranks(void **state)
{
	struct run run = make_run(&fixed);

	(void)state;
	run_add_failure(&run, 7, PHASE_UNLOAD, TITLE);
	run.outcome.timed_out = true;
	run_broken(&run, "no such %s", "module");
	run_broken(&run, "and no such kernel");
	assert_verdict(&run, VERDICT_FAIL);
	assert_non_null(strstr(run.outcome.reason, "phase unload; no such module"));
	assert_null(strstr(run.outcome.reason, "kernel"));
}

static void test_titles_are_printable(void **state)
{
	struct run run = make_run(&fixed);

	(void)state;
	run_add_failure(&run, 1, PHASE_UNLOAD, "a\001b\xffz");
	assert_string_equal(run.outcome.failures[0].title, "a?b?z");
}

static void test_failures_are_bounded(void **state)
{
	struct run run = make_run(&fixed);
	int i;

	(void)state;
	for (i = 0; i < 2 * MAX_FAILURES; i++)
		run_add_failure(&run, i, PHASE_UNLOAD, TITLE);
	assert_int_equal(run.outcome.nr_failures, MAX_FAILURES);
}

static void test_finished(void **state)
{
	struct run run = make_run(&fixed);

	(void)state;
	assert_true(run_finished(&run));
	run.tally.next_cycle = 100;
	assert_false(run_finished(&run));
	run_add_failure(&run, 1, PHASE_UNLOAD, TITLE);
	assert_false(run_finished(&run));
	run_add_failure(&run, 2, PHASE_UNLOAD, TITLE);
	assert_true(run_finished(&run));
}

static const struct status_case {
	enum verdict verdicts[2];
	int status;
} status_cases[] = {
	{ { VERDICT_PASS, VERDICT_XFAIL }, 0 },
	{ { VERDICT_SKIP, VERDICT_PASS }, 0 },
	{ { VERDICT_FAIL, VERDICT_PASS }, 1 },
	{ { VERDICT_XFAIL, VERDICT_XPASS }, 1 },
	{ { VERDICT_INCONCLUSIVE, VERDICT_FAIL }, 1 },
	{ { VERDICT_PASS, VERDICT_INCONCLUSIVE }, 2 },
	{ { VERDICT_TIMEOUT, VERDICT_PASS }, 2 },
	{ { VERDICT_PASS, VERDICT_BROKEN }, 2 },
};

static void test_exit_status(void **state)
{
	struct run runs[2] = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(status_cases); i++) {
		runs[0].outcome.verdict = status_cases[i].verdicts[0];
		runs[1].outcome.verdict = status_cases[i].verdicts[1];
		assert_int_equal(verdicts_exit_status(runs, 2), status_cases[i].status);
	}
}

static void test_names(void **state)
{
	struct run run = make_run(&broken), other = make_run(&fixed);
	struct run_name name = run_name(&run);

	(void)state;
	run.spec.mode = MODE_EXPLORE;
	assert_string_equal(name_variant(name).text, "demo/broken");
	assert_string_equal(name_text(run_name(&run)).text, "demo/broken explore");
	assert_string_equal(name_path(run_name(&run)).text, "demo/broken/explore");
	assert_false(name_equal(name, run_name(&run)));
	assert_false(name_equal(name, run_name(&other)));
	other.spec.variant = &broken;
	assert_true(name_equal(name, run_name(&other)));
}

static void test_names_wanted(void **state)
{
	struct run run = make_run(&broken);
	struct run_name name = run_name(&run);

	(void)state;
	assert_true(name_matches(name, NULL));
	assert_true(name_matches(name, "de*"));
	assert_true(name_matches(name, "*/broken"));
	assert_false(name_matches(name, "*/fixed"));
	assert_false(name_matches(name, "broken"));
}

/* Each mode has all of its row that nobody asks for before he uses it. */
static void test_modes(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < NR_MODES; i++) {
		const struct mode_ops *ops = modes[i].ops;

		assert_non_null(run_mode_names[i]);
		assert_non_null(modes[i].kernel_arguments);
		assert_non_null(modes[i].knob);
		assert_true(modes[i].pass_share >= 1);
		assert_true(ops->init_arguments && ops->counts && ops->boot_over);
		assert_true(ops->finished && ops->through && ops->trials && ops->describe);
	}
}

/* A run that waits for another begins when that one has a verdict, whatever it is. */
static void test_order(void **state)
{
	struct run first = make_run(&broken), second = make_run(&fixed);

	(void)state;
	assert_true(run_ready(&second));
	second.spec.after = &first;
	assert_false(run_ready(&second));
	run_judge(&first);
	assert_true(run_ready(&second));
}

/* More is asked for: what there is stays, and the time begins now. */
static void test_extend(void **state)
{
	struct run run = make_run(&fixed);

	(void)state;
	run.tally.got_seconds = 12;
	assert_verdict(&run, VERDICT_PASS);
	run_extend(&run, 300, 5, 30);
	assert_int_equal(run.outcome.verdict, VERDICT_NONE);
	assert_false(run_finished(&run));
	assert_int_equal(run_trials(&run), 100);
	assert_true(run.spec.timeout == 42);
	assert_verdict(&run, VERDICT_INCONCLUSIVE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pass),
		cmocka_unit_test(test_endless_signature),
		cmocka_unit_test(test_fail),
		cmocka_unit_test(test_xfail_needs_the_signature),
		cmocka_unit_test(test_xfail_among_others),
		cmocka_unit_test(test_xpass),
		cmocka_unit_test(test_inconclusive),
		cmocka_unit_test(test_starved),
		cmocka_unit_test(test_starved_and_judged),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_step_tables),
		cmocka_unit_test(test_timeout_and_broken),
		cmocka_unit_test(test_failure_outranks),
		cmocka_unit_test(test_titles_are_printable),
		cmocka_unit_test(test_failures_are_bounded),
		cmocka_unit_test(test_renamed_failure),
		cmocka_unit_test(test_finished),
		cmocka_unit_test(test_exit_status),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_names_wanted),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_extend),
	};

	return cmocka_run_group_tests_name("run", tests, NULL, NULL);
}
