// SPDX-License-Identifier: GPL-2.0
/*
 * From a schedule that failed to the least that fails, with guests that are made up:
 * whether a cycle fails is a function of what its boot has carried out so far.
 *
 *	boot   first cycle, plan, plan, plan ...	until the stage has seen enough
 *	                    passed / failed: what the stages are told
 */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "explore_internal.h"
#include "schedules.h"
#include "testing.h"
#include "util.h"

#define TITLE "KASAN: slab-use-after-free in hook [demo]"
#define OTHER "WARNING in somebody_else"

#define MAX_CYCLES 4000
#define MAX_BOOTS  400

static const struct scenario scenario = {
	.name = "demo",
	.variants = { { "broken", .expect = EXPECT_FAIL, .signature = "^KASAN: .*demo" } },
	.nr_variants = 1,
};

/**
 * struct world - guests and a search that are made up
 * @run: the run
 * @e: its course
 * @fails: what the last cycle of this boot fails with, NULL if it goes well
 * @warden: a process that may be killed
 * @plans: decisions of the cycles of this boot, the first cycle left out
 * @nr: how many
 * @boots: how many there have been
 * @most: the most cycles that a trial has had before it
 */
struct world {
	struct run run;
	struct explore *e;
	const char *(*fails)(const struct world *w);
	pid_t warden;
	struct schedule plans[MAX_CYCLES];
	size_t nr;
	unsigned int boots;
	size_t most;
};

static struct schedule numbered(uint32_t first, uint32_t nr)
{
	struct schedule s = { .nr = 0 };
	uint32_t i;

	for (i = 0; i < nr; i++) {
		struct explore_decision d = { .site = first + i, .nth = 1, .role = 1, .target = 1 };

		d.rank = SCHEDULE_LAST_RANK;
		schedule_add(&s, &d);
	}
	return s;
}

static int set_up(void **state)
{
	struct world *w = allocate(sizeof(*w));
	struct finding *finding;
	uint32_t i;

	w->run = (struct run){ .scenario = &scenario,
			       .variant = &scenario.variants[0],
			       .mode = MODE_EXPLORE,
			       .cycles = 100,
			       .seed = 1 };
	w->e = w->run.explore = explore_create(&w->run, NULL);
	finding = &w->e->finding;
	finding->found = finding->expected = true;
	strcpy(finding->title, TITLE);
	finding->schedule = numbered(0, 40);
	/* Nine cycles came before it, each with one decision: 1000, 1001 ... */
	for (i = 0; i < 9; i++) {
		struct schedule one = numbered(1000 + i, 1);

		schedules_add(&finding->before, &one);
		schedule_free(&one);
	}
	w->warden = fork();
	if (!w->warden)
		_exit(0);
	*state = w;
	return w->warden < 0;
}

static void forget_boot(struct world *w)
{
	while (w->nr)
		schedule_free(&w->plans[--w->nr]);
}

static int tear_down(void **state)
{
	struct world *w = *state;
	struct explore *e = w->e;

	forget_boot(w);
	schedule_free(&e->finding.schedule);
	schedules_clear(&e->finding.before);
	schedules_clear(&e->trial.before);
	schedules_clear(&e->failing);
	schedules_clear(&e->before);
	schedule_free(&e->best);
	minimise_end(&e->minimiser);
	search_end(&e->search);
	replay_free(e->replay);
	free(w->run.explored.report);
	free(e->plan);
	free(e);
	waitpid(w->warden, NULL, 0);
	free(w);
	return 0;
}

/* One boot, as explore_serve() and explore_boot_over() conduct it. */
static void one_boot(struct world *w)
{
	struct boot boot = { .run = &w->run, .guest.warden = w->warden };
	struct failure failure = { .phase = PHASE_UNLOAD };
	struct explore *e = w->e;
	const char *title;

	assert_true(++w->boots < MAX_BOOTS);
	forget_boot(w);
	if (w->most < e->trial.before.nr)
		w->most = e->trial.before.nr;
	e->cycles = 1;
	e->trial.position = 0;
	while (boot.ending == ENDED_ITSELF && e->stage != &prove_stage &&
	       e->stage->next(e, &boot)) {
		assert_true(w->nr < MAX_CYCLES);
		e->cycles++;
		schedule_from_log(&w->plans[w->nr++], e->plan, e->plan->decisions,
				  e->plan->nr_decisions);
		title = w->fails(w);
		if (!title) {
			e->stage->passed(e, &boot);
			continue;
		}
		strcpy(failure.title, title);
		e->stage->failed(e, &boot, &failure);
		return;
	}
}

/* Boots until the finding is to be proven, or given up. */
static void work_up(struct world *w, const char *(*fails)(const struct world *))
{
	w->fails = fails;
	workup_begin(w->e);
	while (w->e->stage != &prove_stage && !w->run.explored.finished)
		one_boot(w);
}

/* The trial to prove it goes well: then everything is gone through once more. */
static void go_on_after_passed_proof(struct world *w)
{
	struct boot boot = { .run = &w->run, .guest.warden = w->warden };
	struct explore *e = w->e;
	size_t i;

	e->cycles = 1;
	e->trial.position = 0;
	for (i = 0; i <= e->before.nr; i++) {
		assert_true(e->stage->next(e, &boot));
		e->cycles++;
		assert_int_equal(e->plan->flags, i == e->before.nr ? EXPLORE_F_TRACE : 0);
		e->stage->passed(e, &boot);
	}
	assert_int_equal(boot.ending, ENDED_ENOUGH);
	while (e->stage != &prove_stage && !w->run.explored.finished)
		one_boot(w);
}

static const struct schedule *last(const struct world *w)
{
	return &w->plans[w->nr - 1];
}

static const char *two_decisions(const struct world *w)
{
	return schedule_has(last(w), 7) && schedule_has(last(w), 33) ? TITLE : NULL;
}

static void test_alone(void **state)
{
	struct world *w = *state;

	work_up(w, two_decisions);
	assert_false(w->run.explored.finished);
	assert_int_equal(w->e->best.nr, 2);
	assert_true(schedule_has(&w->e->best, 7) && schedule_has(&w->e->best, 33));
	assert_int_equal(w->e->before.nr, 0);
	/* What failed on the way is what others have to stand, the least of it as well. */
	assert_true(w->e->failing.nr > 1);
	assert_int_equal(w->e->failing.list[w->e->failing.nr - 1].nr, 2);
	/* Cycles that go well share a boot: there are fewer boots than trials. */
	assert_true(w->run.explored.tests < 40 && w->boots < w->run.explored.tests);
}

static const char *one_before(const struct world *w)
{
	size_t i;

	for (i = 0; i + 1 < w->nr; i++) {
		if (schedule_has(&w->plans[i], 1007))
			return schedule_has(last(w), 7) ? TITLE : NULL;
	}
	return NULL;
}

/* It takes a cycle before it, the second from the end: the last 1 and 2 are tried. */
static void test_with_cycles_before(void **state)
{
	struct world *w = *state;

	work_up(w, one_before);
	assert_false(w->run.explored.finished);
	assert_int_equal(w->most, 2);
	assert_int_equal(w->e->before.nr, 1);
	assert_true(schedule_has(&w->e->before.list[0], 1007));
	assert_int_equal(w->e->best.nr, 1);
	assert_true(schedule_has(&w->e->best, 7));
}

static const char *all_before(const struct world *w)
{
	unsigned int found = 0;
	size_t i, k;

	for (i = 0; i + 1 < w->nr; i++) {
		for (k = 0; k < 9; k++)
			found |= (unsigned int)schedule_has(&w->plans[i], 1000 + k) << k;
	}
	return found == 0x1ff ? TITLE : NULL;
}

static void test_all_cycles_before(void **state)
{
	struct world *w = *state;
	size_t i;

	work_up(w, all_before);
	assert_false(w->run.explored.finished);
	assert_int_equal(w->e->best.nr, 0);
	assert_int_equal(w->e->before.nr, 9);
	/* Each of these took a boot, so none is spent on making a cycle simpler. */
	assert_true(w->run.explored.tests < 30);
	for (i = 0; i < 9; i++)
		assert_true(schedule_has(&w->e->before.list[i], 1000 + i));
}

static const char *never(const struct world *w)
{
	(void)w;
	return NULL;
}

static void test_never_again(void **state)
{
	struct world *w = *state;

	work_up(w, never);
	assert_true(w->run.explored.finished);
	assert_false(w->run.explored.confirmed);
	/* Alone, and behind 1, 2, 4, 8 and all 9 of those before. */
	assert_int_equal(w->boots, 6);
}

static const char *something_else(const struct world *w)
{
	return schedule_has(last(w), 7) ? OTHER : NULL;
}

/* Another failure is none of that which is worked upon. */
static void test_other_failure(void **state)
{
	struct world *w = *state;

	work_up(w, something_else);
	assert_true(w->run.explored.finished);
	assert_false(w->run.explored.confirmed);
}

/* One that was not expected is told by its title, and no signature. */
static void test_other_title(void **state)
{
	struct world *w = *state;

	w->e->finding.expected = false;
	work_up(w, something_else);
	assert_true(w->run.explored.finished);
	assert_false(w->run.explored.confirmed);
}

static void test_unexpected(void **state)
{
	struct world *w = *state;

	w->e->finding.expected = false;
	strcpy(w->e->finding.title, OTHER);
	work_up(w, something_else);
	assert_false(w->run.explored.finished);
	assert_int_equal(w->e->best.nr, 1);
	assert_int_equal(w->e->failing.nr, 0);
}

static const char *less_in_a_shared_boot(const struct world *w)
{
	return schedule_has(last(w), 7) && (schedule_has(last(w), 33) || w->nr > 1) ? TITLE : NULL;
}

/* Shared boots have led astray: with a boot for each trial more turns out to be needed. */
static void test_fresh_boots(void **state)
{
	struct world *w = *state;

	work_up(w, less_in_a_shared_boot);
	assert_false(w->e->fresh_only);
	assert_int_equal(w->e->best.nr, 1);
	go_on_after_passed_proof(w);
	assert_true(w->e->fresh_only);
	assert_int_equal(w->e->best.nr, 2);
	assert_true(schedule_has(&w->e->best, 7) && schedule_has(&w->e->best, 33));
	/* If it goes well even now, nothing is left to be tried. */
	go_on_after_passed_proof(w);
	assert_true(w->run.explored.finished);
	assert_false(w->run.explored.confirmed);
}

/* The proof fails in another way: that is no proof. */
static void test_proof_of_another(void **state)
{
	struct failure failure = { .phase = PHASE_UNLOAD, .title = OTHER };
	struct world *w = *state;
	struct boot boot = { .run = &w->run, .guest.warden = w->warden };

	work_up(w, two_decisions);
	w->e->trial.position = 0;
	assert_true(w->e->stage->next(w->e, &boot));
	w->e->stage->failed(w->e, &boot, &failure);
	assert_true(w->run.explored.finished);
	assert_false(w->run.explored.confirmed);
}

/* The first cycle makes no decisions: there is nothing to leave out. */
static void test_cold(void **state)
{
	struct world *w = *state;

	w->e->finding.cold = true;
	work_up(w, never);
	assert_ptr_equal(w->e->stage, &prove_stage);
	assert_int_equal(w->boots, 0);
	assert_int_equal(w->run.explored.tests, 0);
}

#define WORKUP_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORKUP_TEST(test_alone),
		WORKUP_TEST(test_with_cycles_before),
		WORKUP_TEST(test_all_cycles_before),
		WORKUP_TEST(test_never_again),
		WORKUP_TEST(test_other_failure),
		WORKUP_TEST(test_other_title),
		WORKUP_TEST(test_unexpected),
		WORKUP_TEST(test_fresh_boots),
		WORKUP_TEST(test_proof_of_another),
		WORKUP_TEST(test_cold),
	};

	return cmocka_run_group_tests_name("workup", tests, NULL, NULL);
}
