// SPDX-License-Identifier: GPL-2.0
/*
 * Searching for a schedule that fails: profiling cycles first, which are
 * schedules like all others, then what the twin has gone through, then what the
 * strategies choose.
 */
#include <string.h>

#include "base/util.h"
#include "explore/explore_internal.h"

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

static struct schedule last_schedule(const struct explore *e, const struct explore_view *view)
{
	const struct explore_result *result = &view->shm->result;
	struct schedule schedule;

	schedule_from_log(&schedule, e->turn.plan, view->shm->log, result->nr_log);
	return schedule;
}

static void carried_out(struct explore *e, const struct explore_view *view)
{
	struct run *run = e->run;
	struct schedule schedule = last_schedule(e, view);

	schedules_add(&e->hunt.carried, &schedule);
	schedule_free(&schedule);
	run->explored.schedules++;
	run->tally.unloads++;
	run->tally.overlaps += view->shm->result.overlap != 0;
}

/* What was carried out in this boot before the failing cycle. */
static void keep_before(struct explore *e, struct finding *finding)
{
	size_t i;

	for (i = e->turn.first; i < e->hunt.carried.nr; i++)
		schedules_add(&finding->before, &e->hunt.carried.list[i]);
}

static const char *strategy_name(const struct explore *e)
{
	if (e->turn.cycles == 1 || e->stage == STAGE_PROFILE)
		return "profile";
	return e->turn.strategy ? e->turn.strategy->name : "same";
}

static void keep_finding(struct explore *e, const struct explore_view *view,
			 const struct failure *failure)
{
	struct finding *finding = &e->finding;

	finding->found = true;
	finding->cold = e->turn.cycles == 1;
	finding->expected = run_expects(e->run, failure->title);
	snprintf(finding->title, sizeof(finding->title), "%s", failure->title);
	finding->schedule = last_schedule(e, view);
	keep_before(e, finding);
	e->run->explored.strategy = strategy_name(e);
	e->run->explored.found = schedule_size(&finding->schedule);
	if (finding->expected)
		schedules_add(&e->hunt.failing, &finding->schedule);
}

/* The first failure is worked upon, or the first that is the expected one. */
static bool worth_keeping(const struct explore *e, const struct failure *failure)
{
	if (!e->turn.under_way)
		return false;
	return !e->finding.found || (!e->finding.expected && run_expects(e->run, failure->title));
}

static enum course search_ended(struct explore *e)
{
	return e->finding.found && !e->run->explored.reproducer ? COURSE_FAILS : COURSE_GIVE_UP;
}

static enum course search_failed(struct explore *e, const struct explore_view *view,
				 const struct failure *failure)
{
	struct run *run = e->run;

	if (e->turn.under_way)
		run->explored.schedules++;
	run_add_failure(run, run->explored.schedules, failure->phase, failure->title);
	if (worth_keeping(e, failure)) {
		finding_drop(&e->finding);
		keep_finding(e, view, failure);
	}
	if (run->outcome.nr_failures < run->spec.max_failures && e->turn.under_way)
		return COURSE_ON;
	return search_ended(e);
}

/* ---- profiling ---- */

static enum course profile_next(struct explore *e, const struct explore_view *view)
{
	const struct profiling *how = &profilings[e->hunt.profiled];
	struct explore_plan *plan = e->turn.plan;

	(void)view;
	if (e->hunt.profiled == ARRAY_SIZE(profilings))
		return COURSE_DONE;
	plan_init(plan);
	plan_set_order(plan, &how->first, 1);
	plan->flags = EXPLORE_F_PROFILE;
	plan->extent = how->extent;
	plan->scope = EXPLORE_SCOPE_MODULE;
	if (how->mixed) {
		plan->generator = EXPLORE_GEN_UNIFORM;
		plan->chance = PROFILE_CHANCE;
		draw_seed(&e->hunt.search, plan);
	}
	e->hunt.profiled++;
	return COURSE_ON;
}

static enum course profile_passed(struct explore *e, const struct explore_view *view)
{
	struct profile *profile = &e->hunt.search.profile[e->turn.plan->extent];

	profile_merge(profile, view->shm);
	profile_note(profile, e->turn.plan, &view->shm->result);
	carried_out(e, view);
	return COURSE_ON;
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
	const struct hunt *other;
	size_t i;

	if (!explore_worth_repeating(e))
		return NULL;
	other = &e->hunt.twin->hunt;
	i = e->hunt.next_same++;
	if (i < other->carried.nr)
		return &other->carried.list[i];
	i -= other->carried.nr;
	return i < other->failing.nr ? &other->failing.list[i] : NULL;
}

static enum course same_next(struct explore *e, const struct explore_view *view)
{
	const struct schedule *schedule = next_same(e);

	(void)view;
	if (!schedule)
		return COURSE_DONE;
	plan_from_schedule(e->turn.plan, schedule);
	return COURSE_ON;
}

static enum course same_passed(struct explore *e, const struct explore_view *view)
{
	e->run->explored.same++;
	carried_out(e, view);
	return COURSE_ON;
}

const struct stage same_stage = {
	.next = same_next,
	.passed = same_passed,
	.failed = search_failed,
	.searching = true,
};

/* ---- strategies ---- */

static enum course search_stage_next(struct explore *e, const struct explore_view *view)
{
	const struct explored *explored = &e->run->explored;

	(void)view;
	if (explored->schedules - explored->same >= e->hunt.wanted)
		return COURSE_DONE;
	e->turn.strategy = search_next(&e->hunt.search, e->turn.plan);
	return e->turn.strategy ? COURSE_ON : COURSE_DONE;
}

static enum course search_stage_passed(struct explore *e, const struct explore_view *view)
{
	search_learn(&e->hunt.search, e->turn.strategy, e->turn.plan, &view->shm->result);
	carried_out(e, view);
	return COURSE_ON;
}

const struct stage search_stage = {
	.next = search_stage_next,
	.passed = search_stage_passed,
	.failed = search_failed,
	.ended = search_ended,
	.searching = true,
};
