// SPDX-License-Identifier: GPL-2.0
/*
 * Searching for a schedule that fails: profiling cycles first, which are
 * schedules like all others, then what the twin has gone through, then what the
 * strategies choose.
 */
#include <string.h>

#include "explore_internal.h"
#include "util.h"

/* How often who runs is changed where a profiling cycle mixes the sides. */
#define PROFILE_CHANCE 6

/* Profiling cycles: each side first, mixed, and what all of the kernel does. */
static const struct profiling {
	uint8_t first;
	uint8_t extent;
	bool mixed;
} profilings[] = {
	{ EXPLORE_ROLE_TRAFFIC, EXPLORE_EXTENT_MODULE, false },
	{ EXPLORE_ROLE_REMOVER, EXPLORE_EXTENT_MODULE, false },
	{ EXPLORE_ROLE_TRAFFIC, EXPLORE_EXTENT_MODULE, true },
	{ EXPLORE_ROLE_REMOVER, EXPLORE_EXTENT_MODULE, true },
	{ EXPLORE_ROLE_TRAFFIC, EXPLORE_EXTENT_ALL, false },
	{ EXPLORE_ROLE_REMOVER, EXPLORE_EXTENT_ALL, false },
};

static struct schedule last_schedule(const struct explore *e, const struct boot *boot)
{
	const struct explore_result *result = &boot->link.shm->result;
	struct schedule schedule;

	schedule_from_log(&schedule, e->plan, boot->link.shm->log, result->nr_log);
	return schedule;
}

static void carried_out(struct explore *e, struct boot *boot)
{
	struct run *run = e->run;
	struct schedule schedule = last_schedule(e, boot);

	schedules_add(&e->carried, &schedule);
	schedule_free(&schedule);
	run->explored.schedules++;
	run->unloads++;
	run->overlaps += boot->link.shm->result.overlap != 0;
}

/* What was carried out in this boot before the failing cycle. */
static void keep_before(struct explore *e, struct finding *finding)
{
	size_t i;

	for (i = e->boot_first; i < e->carried.nr; i++)
		schedules_add(&finding->before, &e->carried.list[i]);
}

static const char *strategy_name(const struct explore *e)
{
	if (e->cycles == 1 || e->stage == &profile_stage)
		return "profile";
	return e->strategy ? e->strategy->name : "same";
}

static void keep_finding(struct explore *e, struct boot *boot, const struct failure *failure)
{
	struct finding *finding = &e->finding;

	finding->found = true;
	finding->cold = e->cycles == 1;
	finding->expected = run_expects(e->run, failure->title);
	snprintf(finding->title, sizeof(finding->title), "%s", failure->title);
	finding->schedule = last_schedule(e, boot);
	keep_before(e, finding);
	e->run->explored.strategy = strategy_name(e);
	e->run->explored.found = schedule_size(&finding->schedule);
	if (finding->expected)
		schedules_add(&e->failing, &finding->schedule);
}

/* The first failure is worked upon, or the first that is the expected one. */
static bool worth_keeping(const struct explore *e, const struct failure *failure)
{
	if (!e->under_way)
		return false;
	return !e->finding.found || (!e->finding.expected && run_expects(e->run, failure->title));
}

static void drop_finding(struct finding *finding)
{
	schedule_free(&finding->schedule);
	schedules_clear(&finding->before);
	memset(finding, 0, sizeof(*finding));
}

static void search_over(struct explore *e)
{
	if (e->finding.found && !e->run->explored.reproducer)
		workup_begin(e);
	else
		explore_finish(e);
}

static void search_failed(struct explore *e, struct boot *boot, const struct failure *failure)
{
	struct run *run = e->run;

	if (e->under_way)
		run->explored.schedules++;
	run_add_failure(run, run->explored.schedules, failure->phase, failure->title);
	if (worth_keeping(e, failure)) {
		drop_finding(&e->finding);
		keep_finding(e, boot, failure);
	}
	if (run->nr_failures >= run->max_failures || !e->under_way)
		search_over(e);
}

/* ---- profiling ---- */

static bool profile_next(struct explore *e, struct boot *boot)
{
	const struct profiling *how = &profilings[e->profiled];
	struct explore_plan *plan = e->plan;

	if (e->profiled == ARRAY_SIZE(profilings)) {
		e->stage = &same_stage;
		return e->stage->next(e, boot);
	}
	plan_init(plan);
	plan_set_order(plan, &how->first, 1);
	plan->flags = EXPLORE_F_PROFILE;
	plan->extent = how->extent;
	plan->scope = EXPLORE_SCOPE_MODULE;
	if (how->mixed) {
		plan->generator = EXPLORE_GEN_UNIFORM;
		plan->chance = PROFILE_CHANCE;
		draw_seed(&e->search, plan);
	}
	e->profiled++;
	return true;
}

static void profile_passed(struct explore *e, struct boot *boot)
{
	struct profile *profile = &e->search.profile[e->plan->extent];

	profile_merge(profile, boot->link.shm);
	profile_note(profile, e->plan, &boot->link.shm->result);
	carried_out(e, boot);
}

const struct stage profile_stage = {
	.next = profile_next,
	.passed = profile_passed,
	.failed = search_failed,
	.searching = true,
};

/* ---- what the twin has gone through ---- */

/* The next schedule of the twin: those that went well, then those that failed. */
static const struct schedule *next_same(struct explore *e)
{
	const struct explore *other;
	size_t i;

	if (!explore_worth_repeating(e))
		return NULL;
	other = e->twin->explore;
	i = e->next_same++;
	if (i < other->carried.nr)
		return &other->carried.list[i];
	i -= other->carried.nr;
	return i < other->failing.nr ? &other->failing.list[i] : NULL;
}

static bool same_next(struct explore *e, struct boot *boot)
{
	const struct schedule *schedule = next_same(e);

	if (!schedule) {
		e->stage = &search_stage;
		return e->stage->next(e, boot);
	}
	plan_from_schedule(e->plan, schedule);
	return true;
}

static void same_passed(struct explore *e, struct boot *boot)
{
	e->run->explored.same++;
	carried_out(e, boot);
}

const struct stage same_stage = {
	.next = same_next,
	.passed = same_passed,
	.failed = search_failed,
	.searching = true,
};

/* ---- strategies ---- */

static bool search_stage_next(struct explore *e, struct boot *boot)
{
	const struct explored *explored = &e->run->explored;

	(void)boot;
	if (explored->schedules - explored->same >= e->wanted)
		return false;
	e->strategy = search_next(&e->search, e->plan);
	return e->strategy;
}

static void search_stage_passed(struct explore *e, struct boot *boot)
{
	search_learn(&e->search, e->strategy, e->plan, &boot->link.shm->result);
	carried_out(e, boot);
}

const struct stage search_stage = {
	.next = search_stage_next,
	.passed = search_stage_passed,
	.failed = search_failed,
	.ended = search_over,
	.searching = true,
};
