// SPDX-License-Identifier: GPL-2.0
/*
 * From a search to the least that fails, with guests that are made up: whether a cycle
 * fails is a function of what its boot has carried out so far. The machine is driven as
 * explore mode drives it, by the two calls it has.
 *
 *	boot   first cycle, plan, plan, plan ...	until there is no more plan
 *	                    explore_next() / explore_boot_over()
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "decode/symbols.h"
#include "explore/explore_internal.h"
#include "plan/kernel.h"
#include "schedules.h"
#include "testing.h"

#define TITLE "KASAN: slab-use-after-free in hook [demo]"
#define OTHER "WARNING in somebody_else"

#define MAX_CYCLES 4000
#define MAX_BOOTS  400

/* Decisions of the finding, and cycles before it, each with one decision: 1000, 1001 ... */
#define DECISIONS 40
#define BEFORE    9

static const struct scenario scenario = {
	.name = "demo",
	.variants = { { "broken", .module = "demo", .expect = EXPECT_FAIL,
			.signature = "^KASAN: .*demo" },
		      { "fixed", .module = "demo", .expect = EXPECT_PASS } },
	.nr_variants = 2,
};

/**
 * struct world - guests and a search that are made up
 * @dir: of the run
 * @dirs: where modules are, nowhere
 * @kernel: without symbols
 * @run: the run
 * @e: its course
 * @fails: what the last cycle of this boot fails with, NULL if it goes well
 * @shm: what a guest shares
 * @said: what it says
 * @plans: decisions of the cycles of this boot, the first cycle left out
 * @nr: how many
 * @boots: how many there have been
 * @most: the most cycles that a trial has had before it
 * @until: the stage before which driving ends
 */
struct world {
	char dir[32];
	char *dirs[1];
	struct kernel kernel;
	struct run run;
	struct explore *e;
	const char *(*fails)(const struct world *w);
	struct explore_shm *shm;
	struct transcript said;
	struct schedule plans[MAX_CYCLES];
	size_t nr;
	unsigned int boots;
	unsigned int back;
	bool restores;
	bool kept;
	size_t most;
	enum explore_stage until;
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

static void begin_run(struct world *w, unsigned int variant, const struct explore *twin)
{
	const struct run_spec spec = {
		.scenario = &scenario,
		.variant = &scenario.variants[variant],
		.mode = MODE_EXPLORE,
		.cycles = 100,
		.max_failures = 1,
		.seed = 1,
		.dir = w->dir,
	};
	const struct explore_config config = { .kernel = &w->kernel, .memory_mb = 256 };

	w->run = run_create(&spec);
	w->e = explore_create(&w->run, &config);
	explore_begin(w->e, twin);
}

static int set_up(void **state)
{
	struct world *w = allocate(sizeof(*w));

	strcpy(w->dir, "/tmp/modrace-workup-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	w->kernel = (struct kernel){ .hash = "0123456789abcdef",
				     .module_dirs = w->dirs,
				     .symbols = symbols_create("/no/such/kernel") };
	w->shm = allocate(sizeof(*w->shm));
	w->until = STAGE_OVER;
	begin_run(w, 0, NULL);
	*state = w;
	return 0;
}

static void forget_boot(struct world *w)
{
	transcript_end(&w->said);
	transcript_begin(&w->said, 1);
	while (w->nr)
		schedule_free(&w->plans[--w->nr]);
}

static void end_run(struct world *w)
{
	forget_boot(w);
	explore_free(w->e);
	free(w->run.explored.report);
	free(w->run.explored.story);
	free(w->run.explored.decisive);
	free(w->run.explored.reproducer);
}

static int tear_down(void **state)
{
	struct world *w = *state;

	end_run(w);
	remove_tree(w->dir);
	symbols_free(w->kernel.symbols);
	free(w->shm);
	free(w);
	return 0;
}

static const struct schedule *last(const struct world *w)
{
	return &w->plans[w->nr - 1];
}

/* One cycle as a guest carries it out: every decision is taken. */
static const char *one_cycle(struct world *w, const struct explore_plan *plan)
{
	if (w->e->turn.cycles == 1)
		return NULL;
	assert_true(w->nr < MAX_CYCLES);
	memcpy(w->shm->log, plan->decisions, plan->nr_decisions * sizeof(*plan->decisions));
	w->shm->result.nr_log = plan->nr_decisions;
	w->shm->plan = *plan;
	schedule_from_log(&w->plans[w->nr++], plan, plan->decisions, plan->nr_decisions);
	return w->fails(w);
}

static bool arrived(const struct world *w)
{
	return w->e->stage == w->until || explore_over(w->e);
}

/* What is left of a boot: its console, decoded, which is empty here. */
static void boot_over(struct world *w, struct explore_view *view, const char *title)
{
	struct failure failure = { .phase = PHASE_UNLOAD };
	struct diagnosis d;

	if (title)
		snprintf(failure.title, sizeof(failure.title), "%s", title);
	diagnose(&d, &w->said, &w->kernel, w->run.spec.variant->module);
	view->diagnosis = &d;
	explore_boot_over(w->e, view, title ? &failure : NULL);
	diagnosis_free(&d);
}

static const struct explore_plan *next_plan(struct world *w, const struct explore_view *view)
{
	if (w->restores && explore_checkpoint_wanted(w->e)) {
		explore_checkpoint_taken(w->e);
		w->kept = true;
	}
	return explore_next(w->e, view);
}

/*
 * One boot, to its end, or what takes its place: if that will do, the guest goes back to where
 * the boot before it wanted a checkpoint.
 */
static void one_boot(struct world *w)
{
	bool back = w->kept && explore_may_go_back(w->e);
	struct explore_view view = { .shm = w->shm, .said = &w->said };
	const struct explore_plan *plan;
	const char *title = NULL;

	assert_true(++w->boots < MAX_BOOTS);
	forget_boot(w);
	if (w->most < w->e->workup.before.nr)
		w->most = w->e->workup.before.nr;
	explore_turn_begins(w->e, !back);
	w->back += back;
	w->kept = back;
	while (!title && (plan = next_plan(w, &view)) && !w->said.done) {
		if (plan->flags & EXPLORE_F_STOP)
			w->said.done = true;
		else
			title = one_cycle(w, plan);
	}
	boot_over(w, &view, title);
}

static void drive(struct world *w, const char *(*fails)(const struct world *))
{
	w->fails = fails;
	while (!arrived(w))
		one_boot(w);
}

/* ---- the work-up ---- */

/* A schedule of the search has failed: the first boot of the work-up is the next one. */
static void find(struct world *w, const char *title, bool cold)
{
	struct finding *finding = &w->e->finding;
	struct failure failure = { .phase = PHASE_UNLOAD };
	struct explore_view view = { .shm = w->shm, .said = &w->said };
	struct schedule found = numbered(0, DECISIONS);
	uint32_t i;

	explore_turn_begins(w->e, true);
	for (i = 0; i < BEFORE; i++) {
		struct schedule one = numbered(1000 + i, 1);

		schedules_add(&w->e->hunt.carried, &one);
		schedule_free(&one);
	}
	plan_init(w->e->turn.plan);
	memcpy(w->shm->log, found.decisions, DECISIONS * sizeof(*found.decisions));
	w->shm->result.nr_log = DECISIONS;
	w->e->turn.cycles = cold ? 1 : BEFORE + 2;
	w->e->turn.under_way = true;
	w->e->stage = STAGE_SEARCH;
	strcpy(failure.title, title);
	explore_boot_over(w->e, &view, &failure);
	assert_true(finding->found);
	assert_int_equal(finding->before.nr, BEFORE);
	schedule_free(&found);
}

/* Boots until the finding is to be proven, or given up. */
static void work_up(struct world *w, const char *title, const char *(*fails)(const struct world *))
{
	find(w, title, false);
	w->until = STAGE_PROVE;
	drive(w, fails);
}

static const char *two_decisions(const struct world *w)
{
	return schedule_has(last(w), 7) && schedule_has(last(w), 33) ? TITLE : NULL;
}

static void test_alone(void **state)
{
	struct world *w = *state;

	work_up(w, TITLE, two_decisions);
	assert_int_equal(w->e->stage, STAGE_PROVE);
	assert_int_equal(w->e->workup.best.nr, 2);
	assert_true(schedule_has(&w->e->workup.best, 7) && schedule_has(&w->e->workup.best, 33));
	assert_int_equal(w->e->workup.needed.nr, 0);
	/* What failed on the way is what others have to stand, the least of it as well. */
	assert_true(w->e->hunt.failing.nr > 1);
	assert_int_equal(w->e->hunt.failing.list[w->e->hunt.failing.nr - 1].nr, 2);
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

	work_up(w, TITLE, one_before);
	assert_int_equal(w->e->stage, STAGE_PROVE);
	assert_int_equal(w->most, 2);
	assert_int_equal(w->e->workup.needed.nr, 1);
	assert_true(schedule_has(&w->e->workup.needed.list[0], 1007));
	assert_int_equal(w->e->workup.best.nr, 1);
	assert_true(schedule_has(&w->e->workup.best, 7));
}

static const char *all_before(const struct world *w)
{
	unsigned int found = 0;
	size_t i, k;

	for (i = 0; i + 1 < w->nr; i++) {
		for (k = 0; k < BEFORE; k++)
			found |= (unsigned int)schedule_has(&w->plans[i], 1000 + k) << k;
	}
	return found == 0x1ff ? TITLE : NULL;
}

static void test_all_cycles_before(void **state)
{
	struct world *w = *state;
	size_t i;

	work_up(w, TITLE, all_before);
	assert_int_equal(w->e->stage, STAGE_PROVE);
	assert_int_equal(w->e->workup.best.nr, 0);
	assert_int_equal(w->e->workup.needed.nr, BEFORE);
	/* Each of these took a boot, so none is spent on making a cycle simpler. */
	assert_true(w->run.explored.tests < 30);
	for (i = 0; i < BEFORE; i++)
		assert_true(schedule_has(&w->e->workup.needed.list[i], 1000 + i));
}

static const char *never(const struct world *w)
{
	(void)w;
	return NULL;
}

static void assert_given_up(const struct world *w)
{
	assert_true(explore_over(w->e));
	assert_false(w->run.explored.confirmed);
	assert_null(w->run.explored.reproducer);
	assert_non_null(w->run.explored.report);
}

static void test_never_again(void **state)
{
	struct world *w = *state;

	work_up(w, TITLE, never);
	assert_given_up(w);
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

	work_up(w, TITLE, something_else);
	assert_given_up(w);
}

/* One that was not expected is told by its title, and no signature. */
static void test_other_title(void **state)
{
	struct world *w = *state;

	work_up(w, "WARNING in another_one", something_else);
	assert_given_up(w);
}

static void test_unexpected(void **state)
{
	struct world *w = *state;

	work_up(w, OTHER, something_else);
	assert_int_equal(w->e->stage, STAGE_PROVE);
	assert_int_equal(w->e->workup.best.nr, 1);
	assert_int_equal(w->e->hunt.failing.nr, 0);
}

static const char *less_in_a_shared_boot(const struct world *w)
{
	return schedule_has(last(w), 7) && (schedule_has(last(w), 33) || w->nr > 1) ? TITLE : NULL;
}

/* Shared boots have led astray: with a boot for each trial more turns out to be needed. */
static void test_fresh_boots(void **state)
{
	struct world *w = *state;

	work_up(w, TITLE, less_in_a_shared_boot);
	assert_false(w->e->workup.fresh_only);
	assert_int_equal(w->e->workup.best.nr, 1);
	one_boot(w);
	assert_int_equal(w->e->stage, STAGE_MINIMISE);
	drive(w, less_in_a_shared_boot);
	assert_int_equal(w->e->stage, STAGE_PROVE);
	assert_true(w->e->workup.fresh_only);
	assert_int_equal(w->e->workup.best.nr, 2);
	assert_true(schedule_has(&w->e->workup.best, 7) && schedule_has(&w->e->workup.best, 33));
	/* If it goes well even now, nothing is left to be tried. */
	w->fails = never;
	one_boot(w);
	assert_given_up(w);
}

/* The proof fails in another way: that is no proof. */
static void test_proof_of_another(void **state)
{
	struct world *w = *state;

	work_up(w, TITLE, two_decisions);
	w->fails = something_else;
	one_boot(w);
	assert_given_up(w);
}

/* The first cycle makes no decisions: there is nothing to leave out. */
static void test_cold(void **state)
{
	struct world *w = *state;

	find(w, TITLE, true);
	assert_int_equal(w->e->stage, STAGE_PROVE);
	assert_int_equal(w->run.explored.tests, 0);
	drive(w, never);
	assert_given_up(w);
	assert_int_equal(w->boots, 1);
}

/* From the proof on: as often as it takes, then the outcome is set down. */
static void test_to_the_end(void **state)
{
	struct world *w = *state;
	unsigned int boots;
	char path[64];

	work_up(w, TITLE, two_decisions);
	boots = w->boots;
	w->until = STAGE_OVER;
	drive(w, two_decisions);
	assert_true(w->run.explored.confirmed);
	assert_int_equal(w->boots, boots + 2);
	assert_int_equal(w->run.explored.replays, 2);
	assert_int_equal(w->run.explored.identical, 2);
	assert_int_equal(w->run.explored.decisions, 2);
	assert_true(w->run.explored.timeline);
	snprintf(path, sizeof(path), "%s/timeline.json", w->dir);
	assert_int_equal(access(path, R_OK), 0);
	/* Modules that cannot be found make this run broken, and no line of it. */
	assert_null(w->run.explored.reproducer);
	assert_string_equal(w->run.outcome.broken, "module demo: not found; build it again");
}

/* All trials go back to one checkpoint, and of the two that prove it one is a boot. */
static void test_going_back(void **state)
{
	struct world *w = *state;
	unsigned int before;

	w->restores = true;
	work_up(w, TITLE, two_decisions);
	assert_int_equal(w->boots - w->back, 1);
	before = w->boots;
	w->until = STAGE_OVER;
	drive(w, two_decisions);
	assert_true(w->run.explored.confirmed);
	assert_int_equal(w->boots - before, 2);
	assert_int_equal(w->boots - w->back, 2);
	assert_true(w->e->turn.booted);
	assert_true(w->e->workup.proved_by_boot);
}

/* What fails cold has a boot to begin with, whose checkpoint is before the first cycle. */
static void test_going_back_cold(void **state)
{
	struct world *w = *state;

	w->restores = true;
	find(w, TITLE, true);
	w->e->config.restore = RESTORE_VERIFY;
	explore_turn_begins(w->e, true);
	assert_int_equal(explore_checkpoint_wanted(w->e), EXPLORE_F_CHECKPOINT | EXPLORE_F_VERIFY);
	explore_checkpoint_taken(w->e);
	assert_true(explore_may_go_back(w->e));
	explore_turn_begins(w->e, false);
	assert_int_equal(w->e->turn.cycles, 0);
	/* A checkpoint behind the first cycle is of no use to it. */
	w->e->kept = 1;
	assert_false(explore_may_go_back(w->e));
}

/* Where going back is off, or has led astray, there is no checkpoint. */
static void test_only_boots(void **state)
{
	struct world *w = *state;

	find(w, TITLE, false);
	explore_turn_begins(w->e, true);
	assert_int_equal(explore_checkpoint_wanted(w->e), 0);
	w->e->turn.cycles = 1;
	assert_int_equal(explore_checkpoint_wanted(w->e), EXPLORE_F_CHECKPOINT);
	w->e->workup.fresh_only = true;
	assert_int_equal(explore_checkpoint_wanted(w->e), 0);
	assert_false(explore_may_go_back(w->e));
	w->e->workup.fresh_only = false;
	w->e->config.restore = RESTORE_OFF;
	assert_int_equal(explore_checkpoint_wanted(w->e), 0);
	assert_false(explore_may_go_back(w->e));
}

/* ---- the search ---- */

/* Nothing is found: the guest is told to end in its own time, and the run is over. */
static void test_search_without_finding(void **state)
{
	struct world *w = *state;

	drive(w, never);
	assert_true(w->said.done);
	assert_int_equal(w->boots, 1);
	assert_int_equal(w->run.outcome.nr_failures, 0);
	assert_int_equal(w->run.tally.unloads, w->run.explored.schedules);
	/* What is to fail is searched ten times as long. */
	assert_int_equal(w->run.explored.schedules, 10 * w->run.spec.cycles);
}

static const char *seventh(const struct world *w)
{
	return w->nr == 7 ? TITLE : NULL;
}

/* One is found, and the work-up follows by itself. */
static void test_search_finds(void **state)
{
	struct world *w = *state;

	w->until = STAGE_CONFIRM;
	drive(w, seventh);
	assert_int_equal(w->e->stage, STAGE_CONFIRM);
	assert_int_equal(w->run.explored.schedules, 7);
	assert_int_equal(w->run.outcome.nr_failures, 1);
	assert_int_equal(w->run.outcome.failures[0].cycle, 7);
	assert_int_equal(w->e->finding.before.nr, 6);
	w->until = STAGE_OVER;
	drive(w, never);
	assert_given_up(w);
}

/* More schedules are asked for: it goes on where it was, with the search. */
static void test_more_schedules(void **state)
{
	struct world *w = *state;
	uint64_t schedules;

	drive(w, never);
	schedules = w->run.explored.schedules;
	run_extend(&w->run, 2 * w->run.spec.cycles, 1, 10);
	explore_begin(w->e, NULL);
	assert_false(explore_over(w->e));
	drive(w, never);
	assert_true(explore_over(w->e));
	assert_int_equal(w->run.explored.schedules, 2 * schedules);
}

/* The first schedules are those of the twin, good ones and bad ones, one after the other. */
static void test_twin(void **state)
{
	struct world *w = *state, *other;
	const struct hunt *hunt = &w->e->hunt;
	size_t nr;

	drive(w, seventh);
	assert_true(w->run.explored.confirmed);
	assert_int_equal(w->run.explored.before, 6);
	run_judge(&w->run);
	assert_int_equal(w->run.outcome.verdict, VERDICT_XFAIL);
	nr = hunt->carried.nr + hunt->failing.nr;
	assert_true(hunt->carried.nr >= 6 && hunt->failing.nr > 0);

	set_up((void **)&other);
	explore_free(other->e);
	begin_run(other, 1, w->e);
	drive(other, never);
	assert_int_equal(other->run.explored.same, nr);
	assert_int_equal(other->run.explored.schedules, nr + other->e->hunt.wanted);
	tear_down((void **)&other);
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
		WORKUP_TEST(test_to_the_end),
		WORKUP_TEST(test_going_back),
		WORKUP_TEST(test_going_back_cold),
		WORKUP_TEST(test_only_boots),
		WORKUP_TEST(test_search_without_finding),
		WORKUP_TEST(test_search_finds),
		WORKUP_TEST(test_more_schedules),
		WORKUP_TEST(test_twin),
	};

	return cmocka_run_group_tests_name("workup", tests, NULL, NULL);
}
