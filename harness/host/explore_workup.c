// SPDX-License-Identifier: GPL-2.0
/*
 * From a schedule that failed to a reproducer. Each question is a trial: some
 * cycles, then the one that should fail, from a fresh boot or, where that is
 * enough, in a boot that has gone well so far.
 *
 *	confirm   the schedule, from a fresh boot
 *	prefix    if that goes well: the last 1, 2, 4, ... cycles before it, too
 *	minimise  which decisions can be left out?
 *	shorten   which cycles before can be left out?
 *	prove     several times from a fresh boot, compared event by event
 *
 * Minimising shares boots. If what is left then fails to fail from a fresh boot,
 * it is done once more with a boot for each trial.
 */
#include <stdlib.h>
#include <string.h>

#include "diagnosis.h"
#include "explore_internal.h"
#include "util.h"

#define PROOFS 2

/* ---- trials ---- */

static bool trial_next(struct explore *e, struct boot *boot)
{
	struct trial *trial = &e->trial;
	size_t i = trial->position++;

	(void)boot;
	plan_from_schedule(e->plan, i < trial->before.nr ? &trial->before.list[i] : trial->main);
	if (i >= trial->before.nr && e->stage == &prove_stage)
		e->plan->flags |= EXPLORE_F_TRACE;
	return true;
}

/* Was the cycle that has just ended the one the trial is about? */
static bool main_cycle(const struct explore *e)
{
	return e->finding.cold ? e->cycles == 1 : e->trial.position > e->trial.before.nr;
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

	schedules_clear(&e->trial.before);
	for (i = all->nr - nr; i < all->nr; i++)
		schedules_add(&e->trial.before, &all->list[i]);
}

static void copy_schedules(struct schedules *to, const struct schedules *from)
{
	size_t i;

	schedules_clear(to);
	for (i = 0; i < from->nr; i++)
		schedules_add(to, &from->list[i]);
}

/* ---- prove ---- */

static void unconfirmed(struct explore *e)
{
	e->run->explored.confirmed = false;
	explore_finish(e);
}

static void minimise_again(struct explore *e);

static void prove(struct explore *e)
{
	replay_clear(e->replay, PROOFS);
	copy_schedules(&e->trial.before, &e->before);
	e->trial.main = &e->best;
	e->stage = &prove_stage;
	if (!e->fresh_only && e->finding.expected)
		schedules_add(&e->failing, &e->best);
}

/* It goes well after all: a shared boot had a part in it. */
static void prove_passed(struct explore *e, struct boot *boot)
{
	if (!main_cycle(e))
		return;
	boot_end(boot, ENDED_ENOUGH);
	if (e->fresh_only || e->finding.cold)
		unconfirmed(e);
	else
		minimise_again(e);
}

/* With fewer decisions it may be noticed elsewhere; title and report are the replays'. */
static void take_title(struct explore *e, const struct boot *boot, const char *title)
{
	if (!strcmp(title, e->finding.title))
		return;
	run_rename_failure(e->run, e->finding.title, title);
	snprintf(e->finding.title, sizeof(e->finding.title), "%s", title);
	diagnosis_write(boot->diagnosis, boot);
}

static void prove_failed(struct explore *e, struct boot *boot, const struct failure *failure)
{
	if (!same_failure(e, failure)) {
		unconfirmed(e);
		return;
	}
	replay_add(e->replay, boot->link.shm);
	if (e->replay->done < e->replay->wanted)
		return;
	e->run->explored.confirmed = true;
	take_title(e, boot, failure->title);
	explore_conclude(e, boot);
	explore_finish(e);
}

const struct stage prove_stage = {
	.next = trial_next,
	.passed = prove_passed,
	.failed = prove_failed,
};

/* ---- shorten ---- */

/*
 * Cycles are left out like decisions: a schedule whose decisions number them, and are
 * simple, so that no trial is spent on making them so.
 */
static void shorten_begin(struct explore *e)
{
	struct schedule numbers = { .nr = 0 };
	size_t i;

	if (!e->before.nr) {
		prove(e);
		return;
	}
	for (i = 0; i < e->before.nr; i++) {
		struct explore_decision number = { .site = i,
						   .nth = 1,
						   .rank = SCHEDULE_LAST_RANK };

		schedule_add(&numbers, &number);
	}
	minimise_end(&e->minimiser);
	minimise_begin(&e->minimiser, &numbers);
	schedule_free(&numbers);
	e->stage = &shorten_stage;
}

static void pick_before(struct explore *e, struct schedules *to, const struct schedule *numbers)
{
	size_t i;

	schedules_clear(to);
	for (i = 0; i < numbers->nr; i++)
		schedules_add(to, &e->before.list[numbers->decisions[i].site]);
}

static void shorten_ask(struct explore *e)
{
	const struct schedule *numbers = minimise_next(&e->minimiser);
	struct schedules left = { 0 };

	if (numbers) {
		e->run->explored.tests++;
		pick_before(e, &e->trial.before, numbers);
		e->trial.main = &e->best;
		return;
	}
	pick_before(e, &left, &e->minimiser.best);
	schedules_clear(&e->before);
	e->before = left;
	prove(e);
}

static void shorten_answer(struct explore *e, bool fails)
{
	minimise_answer(&e->minimiser, fails);
	shorten_ask(e);
}

static void shorten_passed(struct explore *e, struct boot *boot)
{
	if (!main_cycle(e))
		return;
	boot_end(boot, ENDED_ENOUGH);
	shorten_answer(e, false);
}

static void shorten_failed(struct explore *e, struct boot *boot, const struct failure *failure)
{
	(void)boot;
	shorten_answer(e, same_failure(e, failure));
}

const struct stage shorten_stage = {
	.next = trial_next,
	.passed = shorten_passed,
	.failed = shorten_failed,
};

/* ---- minimise ---- */

static void minimise_over(struct explore *e)
{
	schedule_free(&e->best);
	schedule_copy(&e->best, &e->minimiser.best);
	shorten_begin(e);
	if (e->stage == &shorten_stage)
		shorten_ask(e);
}

static void minimise_ask(struct explore *e)
{
	e->trial.main = minimise_next(&e->minimiser);
	if (e->trial.main)
		e->run->explored.tests++;
	else
		minimise_over(e);
}

static void begin_minimise(struct explore *e)
{
	copy_schedules(&e->before, &e->trial.before);
	minimise_end(&e->minimiser);
	minimise_begin(&e->minimiser, &e->finding.schedule);
	e->stage = &minimise_stage;
	minimise_ask(e);
}

static void minimise_again(struct explore *e)
{
	e->fresh_only = true;
	copy_schedules(&e->trial.before, &e->before);
	begin_minimise(e);
}

/* After a cycle that went well the next trial can do without a boot of its own. */
static void minimise_passed(struct explore *e, struct boot *boot)
{
	bool share = !e->fresh_only && !e->trial.before.nr;

	if (!main_cycle(e))
		return;
	minimise_answer(&e->minimiser, false);
	minimise_ask(e);
	e->trial.position = 0;
	if (!share || e->stage != &minimise_stage)
		boot_end(boot, ENDED_ENOUGH);
}

static void minimise_failed(struct explore *e, struct boot *boot, const struct failure *failure)
{
	bool same = same_failure(e, failure);

	(void)boot;
	if (same && e->finding.expected)
		schedules_add(&e->failing, e->trial.main);
	minimise_answer(&e->minimiser, same);
	minimise_ask(e);
}

const struct stage minimise_stage = {
	.next = trial_next,
	.passed = minimise_passed,
	.failed = minimise_failed,
};

/* ---- prefix ---- */

static void prefix_answer(struct explore *e, bool fails)
{
	size_t nr = e->trial.before.nr, all = e->finding.before.nr;

	if (fails)
		begin_minimise(e);
	else if (nr == all)
		unconfirmed(e);
	else
		set_before(e, nr ? (2 * nr < all ? 2 * nr : all) : 1);
}

static void prefix_passed(struct explore *e, struct boot *boot)
{
	if (!main_cycle(e))
		return;
	boot_end(boot, ENDED_ENOUGH);
	e->stage = &prefix_stage;
	prefix_answer(e, false);
}

static void prefix_failed(struct explore *e, struct boot *boot, const struct failure *failure)
{
	(void)boot;
	e->stage = &prefix_stage;
	prefix_answer(e, same_failure(e, failure));
}

const struct stage prefix_stage = {
	.next = trial_next,
	.passed = prefix_passed,
	.failed = prefix_failed,
};

/* ---- confirm ---- */

const struct stage confirm_stage = {
	.next = trial_next,
	.passed = prefix_passed,
	.failed = prefix_failed,
};

/**
 * workup_begin() - the search is over and has found something
 * @e: the run's course
 */
void workup_begin(struct explore *e)
{
	e->trial.main = &e->finding.schedule;
	schedules_clear(&e->trial.before);
	schedule_free(&e->best);
	schedule_copy(&e->best, &e->finding.schedule);
	e->stage = &confirm_stage;
	if (e->finding.cold)
		prove(e);
}
