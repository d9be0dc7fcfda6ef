// SPDX-License-Identifier: GPL-2.0
/*
 * From a schedule that failed to a reproducer. Each question is a trial: some
 * cycles, then the one that should fail, in a fresh turn or, where that is
 * enough, in one that has gone well so far.
 *
 *	confirm   the schedule, in a fresh turn
 *	prefix    if that goes well: the last 1, 2, 4, ... cycles before it, too
 *	minimise  which decisions can be left out?
 *	shorten   which cycles before can be left out?
 *	prove     several times in a fresh turn, compared event by event
 *
 * A turn is fresh after a boot, or at the checkpoint. A guest that is back at its checkpoint is as
 * fresh as one that has been booted, but of the runs of a proof one is from a boot. Minimising
 * shares turns. If what is left then fails to fail from a fresh boot, it is done once more with a
 * boot for each trial.
 */
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "explore/explore_internal.h"

#define PROOFS 2

/* ---- trials ---- */

static enum course trial_next(struct explore *e, const struct explore_view *view)
{
	const struct schedules *before = &e->workup.before;
	size_t i = e->turn.position++;

	(void)view;
	plan_from_schedule(e->turn.plan, i < before->nr ? &before->list[i] : e->workup.main);
	if (i >= before->nr && e->stage == STAGE_PROVE)
		e->turn.plan->flags |= EXPLORE_F_TRACE;
	return COURSE_ON;
}

/* Was the cycle that has just ended the one the trial is about? */
static bool main_cycle(const struct explore *e)
{
	return e->finding.cold ? e->turn.cycles == 1 : e->turn.position > e->workup.before.nr;
}

/* It failed in the way that is worked upon. */
static bool same_failure(const struct explore *e, const struct failure *failure)
{
	if (!main_cycle(e))
		return false;
	if (e->finding.expected)
		return run_expects(e->run, failure->title);
	return !strcmp(failure->title, e->finding.title);
}

/* The last @nr cycles before the finding are to come before it again. */
static void set_before(struct explore *e, size_t nr)
{
	const struct schedules *all = &e->finding.before;
	size_t i;

	schedules_clear(&e->workup.before);
	for (i = all->nr - nr; i < all->nr; i++)
		schedules_add(&e->workup.before, &all->list[i]);
}

static void copy_schedules(struct schedules *to, const struct schedules *from)
{
	size_t i;

	schedules_clear(to);
	for (i = 0; i < from->nr; i++)
		schedules_add(to, &from->list[i]);
}

/* ---- confirm ---- */

static enum course confirm_begin(struct explore *e, const struct explore_view *view)
{
	struct workup *w = &e->workup;

	(void)view;
	schedules_clear(&w->before);
	schedules_clear(&w->needed);
	schedule_free(&w->best);
	schedule_copy(&w->best, &e->finding.schedule);
	w->main = &e->finding.schedule;
	return e->finding.cold ? COURSE_COLD : COURSE_FRESH;
}

static enum course confirm_passed(struct explore *e, const struct explore_view *view)
{
	(void)view;
	return main_cycle(e) ? COURSE_PASSES : COURSE_ON;
}

static enum course confirm_failed(struct explore *e, const struct explore_view *view,
				  const struct failure *failure)
{
	(void)view;
	return same_failure(e, failure) ? COURSE_FAILS : COURSE_PASSES;
}

const struct stage confirm_stage = {
	.begin = confirm_begin,
	.next = trial_next,
	.passed = confirm_passed,
	.failed = confirm_failed,
};

/* ---- prefix ---- */

/* Twice as many cycles before it, as long as there are any more. */
static enum course prefix_grow(struct explore *e, const struct explore_view *view)
{
	size_t nr = e->workup.before.nr, all = e->finding.before.nr;

	(void)view;
	if (nr == all)
		return COURSE_GIVE_UP;
	set_before(e, nr ? (2 * nr < all ? 2 * nr : all) : 1);
	return COURSE_FRESH;
}

static enum course prefix_passed(struct explore *e, const struct explore_view *view)
{
	return main_cycle(e) ? prefix_grow(e, view) : COURSE_ON;
}

static enum course prefix_failed(struct explore *e, const struct explore_view *view,
				 const struct failure *failure)
{
	return same_failure(e, failure) ? COURSE_FAILS : prefix_grow(e, view);
}

const struct stage prefix_stage = {
	.begin = prefix_grow,
	.next = trial_next,
	.passed = prefix_passed,
	.failed = prefix_failed,
};

/* ---- minimise ---- */

static enum course minimise_ask(struct explore *e)
{
	struct workup *w = &e->workup;

	w->main = minimise_next(&w->minimiser);
	if (w->main) {
		e->run->explored.tests++;
		return COURSE_FRESH;
	}
	schedule_free(&w->best);
	schedule_copy(&w->best, &w->minimiser.best);
	return COURSE_DONE;
}

static enum course begin_minimise(struct explore *e, const struct explore_view *view)
{
	struct workup *w = &e->workup;

	(void)view;
	copy_schedules(&w->needed, &w->before);
	minimise_end(&w->minimiser);
	minimise_begin(&w->minimiser, &e->finding.schedule);
	return minimise_ask(e);
}

/* After a cycle that went well the next trial can do without a boot of its own. */
static enum course minimise_passed(struct explore *e, const struct explore_view *view)
{
	bool share = !e->workup.fresh_only && !e->workup.before.nr;
	enum course course;

	(void)view;
	if (!main_cycle(e))
		return COURSE_ON;
	minimise_answer(&e->workup.minimiser, false);
	course = minimise_ask(e);
	e->turn.position = 0;
	return share && course == COURSE_FRESH ? COURSE_ON : course;
}

static enum course minimise_failed(struct explore *e, const struct explore_view *view,
				   const struct failure *failure)
{
	bool same = same_failure(e, failure);

	(void)view;
	if (same && e->finding.expected)
		schedules_add(&e->hunt.failing, e->workup.main);
	minimise_answer(&e->workup.minimiser, same);
	return minimise_ask(e);
}

const struct stage minimise_stage = {
	.begin = begin_minimise,
	.next = trial_next,
	.passed = minimise_passed,
	.failed = minimise_failed,
};

/* ---- shorten ---- */

static void pick_before(struct explore *e, struct schedules *to, const struct schedule *numbers)
{
	size_t i;

	schedules_clear(to);
	for (i = 0; i < numbers->nr; i++)
		schedules_add(to, &e->workup.needed.list[numbers->decisions[i].site]);
}

static enum course shorten_ask(struct explore *e)
{
	struct workup *w = &e->workup;
	const struct schedule *numbers = minimise_next(&w->minimiser);
	struct schedules left = { 0 };

	if (numbers) {
		e->run->explored.tests++;
		pick_before(e, &w->before, numbers);
		w->main = &w->best;
		return COURSE_FRESH;
	}
	pick_before(e, &left, &w->minimiser.best);
	schedules_clear(&w->needed);
	w->needed = left;
	return COURSE_DONE;
}

/*
 * Cycles are left out like decisions: a schedule whose decisions number them, and are
 * simple, so that no trial is spent on making them so.
 */
static enum course shorten_begin(struct explore *e, const struct explore_view *view)
{
	struct schedule numbers = { .nr = 0 };
	size_t i;

	(void)view;
	if (!e->workup.needed.nr)
		return COURSE_DONE;
	for (i = 0; i < e->workup.needed.nr; i++) {
		struct explore_decision number = { .site = i,
						   .nth = 1,
						   .rank = SCHEDULE_LAST_RANK };

		schedule_add(&numbers, &number);
	}
	minimise_end(&e->workup.minimiser);
	minimise_begin(&e->workup.minimiser, &numbers);
	schedule_free(&numbers);
	return shorten_ask(e);
}

static enum course shorten_answer(struct explore *e, bool fails)
{
	minimise_answer(&e->workup.minimiser, fails);
	return shorten_ask(e);
}

static enum course shorten_passed(struct explore *e, const struct explore_view *view)
{
	(void)view;
	return main_cycle(e) ? shorten_answer(e, false) : COURSE_ON;
}

static enum course shorten_failed(struct explore *e, const struct explore_view *view,
				  const struct failure *failure)
{
	(void)view;
	return shorten_answer(e, same_failure(e, failure));
}

const struct stage shorten_stage = {
	.begin = shorten_begin,
	.next = trial_next,
	.passed = shorten_passed,
	.failed = shorten_failed,
};

/* ---- prove ---- */

static enum course prove_begin(struct explore *e, const struct explore_view *view)
{
	struct workup *w = &e->workup;

	(void)view;
	replay_clear(e->replay, PROOFS);
	w->proved_by_boot = false;
	copy_schedules(&w->before, &w->needed);
	w->main = &w->best;
	if (!w->fresh_only && e->finding.expected)
		schedules_add(&e->hunt.failing, &w->best);
	return COURSE_FRESH;
}

/* It goes well after all: a shared boot had a part in it. */
static enum course prove_passed(struct explore *e, const struct explore_view *view)
{
	struct workup *w = &e->workup;

	(void)view;
	if (!main_cycle(e))
		return COURSE_ON;
	if (w->fresh_only || e->finding.cold)
		return COURSE_GIVE_UP;
	w->fresh_only = true;
	copy_schedules(&w->before, &w->needed);
	return COURSE_PASSES;
}

/* With fewer decisions it may be noticed elsewhere; title and report are the replays'. */
static void take_title(struct explore *e, const struct explore_view *view, const char *title)
{
	if (!strcmp(title, e->finding.title))
		return;
	run_rename_failure(e->run, e->finding.title, title);
	snprintf(e->finding.title, sizeof(e->finding.title), "%s", title);
	diagnosis_write(view->diagnosis, view->said, e->run);
}

static enum course prove_failed(struct explore *e, const struct explore_view *view,
				const struct failure *failure)
{
	if (!same_failure(e, failure))
		return COURSE_GIVE_UP;
	replay_add(e->replay, view->shm);
	e->workup.proved_by_boot |= e->turn.booted;
	if (e->replay->done < e->replay->wanted)
		return COURSE_FRESH;
	e->run->explored.confirmed = true;
	take_title(e, view, failure->title);
	return COURSE_DONE;
}

const struct stage prove_stage = {
	.begin = prove_begin,
	.next = trial_next,
	.passed = prove_passed,
	.failed = prove_failed,
};
