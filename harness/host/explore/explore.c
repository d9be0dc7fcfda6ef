// SPDX-License-Identifier: GPL-2.0
/*
 * The machine of explore.h: which stage follows which, and what all of them share.
 *
 *	profile ---> same ---> search ---- nothing fails ----------+
 *	   |           |          |                                |
 *	   +-----------+----------+                                |
 *	                          | a schedule fails               |
 *	                          v                                |
 *	       +---- cold ---- confirm ---- passes ---> prefix     |
 *	       |                  | fails         fails |  |       |
 *	       |                  v                     |  |       |
 *	       |              minimise <----------------+  |       |
 *	       |               |    ^                      |       |
 *	       |               v    |                      |       |
 *	       |           shorten  | passes, once         |       |
 *	       |               |    |                      |       |
 *	       |               v    |                      v       v
 *	       +------------> prove ------- gives up ---> over <---+
 *	                        | fails, as often as asked  ^
 *	                        v                           |
 *	                     conclude ----------------------+--- replay
 *
 * A replay of the user's is all there is of its run. If more schedules are asked for
 * when a run is over, it goes on with the search.
 */
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "explore/explore_internal.h"
#include "plan/kernel.h"

/*
 * A variant that is expected to fail is searched longer: that nothing was found
 * there says that the search is too short to say anything about the others.
 */
#define PATIENCE 10

static enum course finish(struct explore *e, const struct explore_view *view)
{
	(void)view;
	free(e->run->explored.report);
	e->run->explored.report = search_report(&e->hunt.search);
	return COURSE_ON;
}

static const struct stage over_stage = { .begin = finish };

/* clang-format off */
static const struct stage *const stages[NR_STAGES] = {
	[STAGE_OVER] = &over_stage,
	[STAGE_PROFILE] = &profile_stage,
	[STAGE_SAME] = &same_stage,
	[STAGE_SEARCH] = &search_stage,
	[STAGE_CONFIRM] = &confirm_stage,
	[STAGE_PREFIX] = &prefix_stage,
	[STAGE_MINIMISE] = &minimise_stage,
	[STAGE_SHORTEN] = &shorten_stage,
	[STAGE_PROVE] = &prove_stage,
	[STAGE_CONCLUDE] = &conclude_stage,
	[STAGE_REPLAY] = &replay_stage,
};

/* What is not in here is over. */
static const enum explore_stage transitions[NR_STAGES][NR_COURSES] = {
	[STAGE_PROFILE] = {
		[COURSE_DONE] = STAGE_SAME,
		[COURSE_FAILS] = STAGE_CONFIRM,
	},
	[STAGE_SAME] = {
		[COURSE_DONE] = STAGE_SEARCH,
		[COURSE_FAILS] = STAGE_CONFIRM,
	},
	[STAGE_SEARCH] = {
		[COURSE_DONE] = STAGE_OVER,
		[COURSE_FAILS] = STAGE_CONFIRM,
	},
	[STAGE_CONFIRM] = {
		[COURSE_FAILS] = STAGE_MINIMISE,
		[COURSE_PASSES] = STAGE_PREFIX,
		[COURSE_COLD] = STAGE_PROVE,
	},
	[STAGE_PREFIX] = {
		[COURSE_FAILS] = STAGE_MINIMISE,
	},
	[STAGE_MINIMISE] = {
		[COURSE_DONE] = STAGE_SHORTEN,
	},
	[STAGE_SHORTEN] = {
		[COURSE_DONE] = STAGE_PROVE,
	},
	[STAGE_PROVE] = {
		[COURSE_DONE] = STAGE_CONCLUDE,
		[COURSE_PASSES] = STAGE_MINIMISE,
	},
	[STAGE_CONCLUDE] = {
		[COURSE_DONE] = STAGE_OVER,
	},
	[STAGE_REPLAY] = {
		[COURSE_DONE] = STAGE_OVER,
	},
};

/* clang-format on */

/**
 * schedules_add() - append a copy of a schedule
 * @schedules: changed
 * @schedule: the schedule
 */
void schedules_add(struct schedules *schedules, const struct schedule *schedule)
{
	schedules->list = grow(schedules->list, schedules->nr, sizeof(*schedules->list));
	schedule_copy(&schedules->list[schedules->nr++], schedule);
}

/**
 * schedules_clear() - forget schedules
 * @schedules: emptied
 */
void schedules_clear(struct schedules *schedules)
{
	while (schedules->nr)
		schedule_free(&schedules->list[--schedules->nr]);
	free(schedules->list);
	schedules->list = NULL;
}

/**
 * finding_drop() - forget what was found
 * @finding: emptied
 */
void finding_drop(struct finding *finding)
{
	schedule_free(&finding->schedule);
	schedules_clear(&finding->before);
	memset(finding, 0, sizeof(*finding));
}

/* The first cycle is the one that is worked upon. */
static bool explore_cold(const struct explore *e)
{
	return e->config.repro ? e->config.repro->cold : e->finding.cold;
}

/**
 * explore_symbols() - the symbols that addresses in a guest stand for
 * @e: the run's course
 * @view: the guest
 */
struct symbols *explore_symbols(const struct explore *e, const struct explore_view *view)
{
	if (view->diagnosis)
		return view->diagnosis->syms;
	return transcript_symbols(view->said, e->config.kernel, e->run->spec.variant->module);
}

/**
 * explore_create() - prepare a search, or the replay of a reproducer
 * @run: the run
 * @config: what it is done with; copied
 *
 * Return: to be given to explore_free(); lives no longer than the run.
 */
struct explore *explore_create(struct run *run, const struct explore_config *config)
{
	struct explore *e = allocate(sizeof(*e));

	e->run = run;
	e->config = *config;
	e->stage = config->repro ? STAGE_REPLAY : STAGE_PROFILE;
	e->turn.plan = allocate(sizeof(*e->turn.plan));
	e->replay = config->replay ? config->replay : replay_create(0);
	search_begin(&e->hunt.search, run->spec.seed, config->only);
	return e;
}

/**
 * explore_free() - let go of all that exploring a run took
 * @e: the run's course; nothing else refers to its schedules any more
 */
void explore_free(struct explore *e)
{
	finding_drop(&e->finding);
	schedules_clear(&e->hunt.carried);
	schedules_clear(&e->hunt.failing);
	schedules_clear(&e->workup.before);
	schedules_clear(&e->workup.needed);
	schedule_free(&e->workup.best);
	minimise_end(&e->workup.minimiser);
	search_end(&e->hunt.search);
	if (!e->config.replay)
		replay_free(e->replay);
	free(e->turn.plan);
	free(e);
}

/**
 * explore_worth_repeating() - do the schedules of a run's twin say anything about it?
 * @e: the run's course, begun
 *
 * Return: false if there is no twin, or none of its schedules made it fail.
 */
bool explore_worth_repeating(const struct explore *e)
{
	return e->hunt.twin && e->hunt.twin->run->outcome.verdict != VERDICT_XPASS;
}

/* The search around what failed in the twin has at least as many schedules. */
static void set_wanted(struct explore *e)
{
	const struct run_spec *spec = &e->run->spec;
	const struct hunt *other;
	size_t nr;

	e->hunt.wanted = spec->cycles * (spec->variant->expect == EXPECT_FAIL ? PATIENCE : 1);
	if (!explore_worth_repeating(e))
		return;
	other = &e->hunt.twin->hunt;
	nr = other->carried.nr + other->failing.nr;
	if (e->hunt.wanted < nr)
		e->hunt.wanted = nr;
	e->hunt.search.around = other->failing.list;
	e->hunt.search.nr_around = other->failing.nr;
}

/**
 * explore_begin() - begin a run, or go on with one that is to have more schedules
 * @e: its course
 * @twin: that of a run whose schedules come first, which is over; NULL for none
 */
void explore_begin(struct explore *e, const struct explore *twin)
{
	e->hunt.twin = twin;
	if (e->stage == STAGE_OVER)
		e->stage = STAGE_SEARCH;
	set_wanted(e);
}

/**
 * explore_turn_begins() - a guest is as new, and has been told nothing yet
 * @e: the run's course
 * @booted: it has been booted; else it is back at its checkpoint
 */
void explore_turn_begins(struct explore *e, bool booted)
{
	struct explore_plan *plan = e->turn.plan;

	e->turn = (struct turn){
		.plan = plan,
		.booted = booted,
		.cycles = booted ? 0 : e->kept,
		.first = e->hunt.carried.nr,
	};
	if (e->config.repro)
		e->replay->begun++;
}

/* The last run of a proof that has seen no boot yet. */
static bool proof_wants_boot(const struct explore *e)
{
	return e->stage == STAGE_PROVE && !e->workup.proved_by_boot &&
	       e->replay->done + 1 >= e->replay->wanted;
}

/* What comes next is to be carried out in a guest that has just been booted. */
static bool wants_boot(const struct explore *e)
{
	if (e->config.repro && e->config.restore == RESTORE_DEFAULT)
		return true;
	return e->config.restore == RESTORE_OFF || e->workup.fresh_only || proof_wants_boot(e);
}

/**
 * explore_checkpoint_wanted() - is this where a guest should be able to go back to?
 * @e: the run's course
 *
 * Behind the first cycle, unless it is the first cycle that is worked upon.
 *
 * Return: what the guest is told then, flags of a plan; 0 if it is not.
 */
unsigned int explore_checkpoint_wanted(const struct explore *e)
{
	if (!e->turn.booted || e->turn.cycles != !explore_cold(e) || wants_boot(e))
		return 0;
	return EXPLORE_F_CHECKPOINT | (e->config.restore == RESTORE_VERIFY ? EXPLORE_F_VERIFY : 0);
}

/**
 * explore_checkpoint_taken() - the guest can go back to where it is now
 * @e: the run's course
 */
void explore_checkpoint_taken(struct explore *e)
{
	e->kept = e->turn.cycles;
}

/**
 * explore_may_go_back() - can the next turn do without a boot?
 * @e: the run's course; the guest has a checkpoint
 */
bool explore_may_go_back(const struct explore *e)
{
	return !explore_over(e) && !wants_boot(e) && !(explore_cold(e) && e->kept);
}

/* The stages that follow, as long as coming to one is enough to be through with it. */
static void follow(struct explore *e, const struct explore_view *view, enum course course)
{
	while (course > COURSE_FRESH) {
		e->stage = transitions[e->stage][course];
		course = stages[e->stage]->begin ? stages[e->stage]->begin(e, view) : COURSE_ON;
	}
}

/*
 * What the first cycle of every boot does.
 *
 * The first load of a module is unlike those that follow: caches fill, memory is
 * touched for the first time. It is gone through without a decision, so that all
 * cycles after it start alike.
 */
static void first_cycle_plan(struct explore_plan *plan, bool trace)
{
	plan_init(plan);
	plan->flags = trace ? EXPLORE_F_TRACE : 0;
}

/* Asks the stage, and those that search on where it is through; it may want to stop. */
static enum course stage_next(struct explore *e, const struct explore_view *view)
{
	enum course course = stages[e->stage]->next(e, view);
	enum explore_stage then = transitions[e->stage][course];

	while (course == COURSE_DONE && stages[then]->searching) {
		e->stage = then;
		course = stages[e->stage]->next(e, view);
		then = transitions[e->stage][course];
	}
	return course;
}

/* What the guest does next: the first cycle, what the stage wants, or its orderly end. */
static enum course plan_next(struct explore *e, const struct explore_view *view)
{
	enum course course = COURSE_ON;

	e->turn.strategy = NULL;
	if (!e->turn.cycles)
		first_cycle_plan(e->turn.plan, explore_cold(e));
	else
		course = stage_next(e, view);
	if (course == COURSE_DONE)
		e->turn.plan->flags = EXPLORE_F_STOP;
	return course == COURSE_DONE ? COURSE_ON : course;
}

/* The last cycle, if there was one, has gone well. */
static enum course cycle_passed(struct explore *e, const struct explore_view *view)
{
	bool told = e->turn.under_way && (e->turn.cycles > 1 || explore_cold(e));

	e->turn.under_way = false;
	return told ? stages[e->stage]->passed(e, view) : COURSE_ON;
}

/**
 * explore_next() - a guest wants to know what to do next
 * @e: the run's course
 * @view: the guest, which waits; its last cycle has gone well
 *
 * Return: what it is to do, perhaps to end in its own time; NULL if this turn is over.
 */
const struct explore_plan *explore_next(struct explore *e, const struct explore_view *view)
{
	enum course course = cycle_passed(e, view);

	if (course == COURSE_ON)
		course = plan_next(e, view);
	follow(e, view, course);
	if (course != COURSE_ON)
		return NULL;
	e->turn.under_way = !(e->turn.plan->flags & EXPLORE_F_STOP);
	e->turn.cycles += e->turn.under_way;
	return e->turn.plan;
}

/**
 * explore_boot_over() - a guest has ended
 * @e: the run's course
 * @view: what is left of the guest
 * @failure: what it ended in, NULL for nothing
 */
void explore_boot_over(struct explore *e, const struct explore_view *view,
		       const struct failure *failure)
{
	const struct stage *stage = stages[e->stage];
	enum course course = COURSE_ON;

	if (failure && stage->failed)
		course = stage->failed(e, view, failure);
	else if (!failure && view->said->done && stage->ended)
		course = stage->ended(e);
	/* A debugger's user has seen enough. */
	if (e->replay->stop_event)
		course = COURSE_GIVE_UP;
	follow(e, view, course);
}

/**
 * explore_searching() - does what a guest does now count for the run?
 * @e: the run's course
 */
bool explore_searching(const struct explore *e)
{
	return stages[e->stage]->searching;
}

/**
 * explore_over() - is there nothing more to carry out?
 * @e: the run's course
 */
bool explore_over(const struct explore *e)
{
	return e->stage == STAGE_OVER;
}
