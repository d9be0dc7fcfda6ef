// SPDX-License-Identifier: GPL-2.0
/*
 * The course of a run in explore mode, as far as all stages share it; see
 * explore.h.
 */
#include <stdlib.h>
#include <string.h>

#include "diagnosis.h"
#include "explore_internal.h"
#include "util.h"

/*
 * A variant that is expected to fail is searched longer: that nothing was found
 * there says that the search is too short to say anything about the others.
 */
#define PATIENCE 10

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

/* The first cycle is the one that is worked upon. */
static bool explore_cold(const struct explore *e)
{
	return e->repro ? e->repro->cold : e->finding.cold;
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

/**
 * explore_create() - prepare a search
 * @run: the run
 * @only: the strategy wanted, NULL for the mix
 *
 * Return: allocated; lives as long as the run.
 */
struct explore *explore_create(struct run *run, const struct strategy *only)
{
	struct explore *e = allocate(sizeof(*e));

	e->run = run;
	e->stage = &profile_stage;
	e->plan = allocate(sizeof(*e->plan));
	e->replay = replay_create(0);
	search_begin(&e->search, run->seed, only);
	return e;
}

/**
 * explore_set_replay() - replay instead of searching
 * @e: the course of a run of the reproducer's variant
 * @repro: what to replay; outlives the run
 * @replay: where the outcome goes; shared by all runs that replay it
 */
void explore_set_replay(struct explore *e, const struct repro *repro, struct replay *replay)
{
	e->stage = &replay_stage;
	e->repro = repro;
	replay_free(e->replay);
	e->replay = replay;
}

/**
 * explore_set_twin() - have a run go through what its twin went through first
 * @e: the run's course; it is not begun before the twin is over
 * @twin: a run of a variant of the same module that is expected to fail
 */
void explore_set_twin(struct explore *e, const struct run *twin)
{
	e->twin = twin;
}

/**
 * explore_needs() - does a run go through what another one went through first?
 * @e: the run's course
 * @run: the other run
 */
bool explore_needs(const struct explore *e, const struct run *run)
{
	return e->twin == run;
}

/**
 * explore_ready() - may a run begin?
 * @e: the run's course
 *
 * Return: false while its twin is not over.
 */
bool explore_ready(const struct explore *e)
{
	return !e->twin || e->twin->verdict != VERDICT_NONE;
}

/**
 * explore_worth_repeating() - do the schedules of a run's twin say anything about it?
 * @e: the run's course, begun
 *
 * Return: false if there is no twin, or none of its schedules made it fail.
 */
bool explore_worth_repeating(const struct explore *e)
{
	return e->twin && e->twin->verdict != VERDICT_XPASS;
}

/* The search around what failed in the twin has at least as many schedules. */
static void set_wanted(struct explore *e)
{
	const struct explore *other;

	e->wanted = e->run->cycles * (e->run->variant->expect == EXPECT_FAIL ? PATIENCE : 1);
	if (!explore_worth_repeating(e))
		return;
	other = e->twin->explore;
	if (e->wanted < other->carried.nr + other->failing.nr)
		e->wanted = other->carried.nr + other->failing.nr;
	e->search.around = other->failing.list;
	e->search.nr_around = other->failing.nr;
}

/**
 * explore_begin() - begin a run, or go on with one that is to have more schedules
 * @e: its course
 * @kernel: what it boots; outlives the run
 * @memory_mb: memory of its guests, MiB
 */
void explore_begin(struct explore *e, const struct kernel *kernel, unsigned int memory_mb)
{
	e->kernel = kernel;
	e->memory_mb = memory_mb;
	if (e->run->explored.finished)
		e->stage = &search_stage;
	e->run->explored.finished = false;
	set_wanted(e);
}

/**
 * explore_boot_begin() - a guest is about to be started
 * @e: the run's course
 * @boot: the boot; its link is opened
 *
 * Return: 0, or a negative errno if there can be no link.
 */
int explore_boot_begin(struct explore *e, struct boot *boot)
{
	int err = link_open(&boot->link);

	if (err)
		return err;
	boot->linked = true;
	e->cycles = 0;
	e->under_way = false;
	e->trial.position = 0;
	e->boot_first = e->carried.nr;
	if (e->repro)
		e->replay->begun++;
	return 0;
}

/* What the guest does next: the first cycle, what the stage wants, or nothing more. */
static void plan_next(struct explore *e, struct boot *boot)
{
	e->strategy = NULL;
	if (!e->cycles)
		first_cycle_plan(e->plan, explore_cold(e));
	else if (!e->stage->next(e, boot))
		e->plan->flags = EXPLORE_F_STOP;
}

/*
 * What does not stop the kernel, like a report of lockdep, belongs to the cycle that
 * has just ended: the guest waits, so it has said all there is to say about it.
 */
static bool ended_by_report(struct boot *boot)
{
	boot_read_channel(boot);
	boot_read_console(boot);
	if (boot_reported(boot))
		boot_end(boot, ENDED_REPORT);
	return boot->ending != ENDED_ITSELF;
}

/**
 * explore_serve() - tell a guest that asks what to do next
 * @e: the run's course
 * @boot: the boot
 */
void explore_serve(struct explore *e, struct boot *boot)
{
	while (boot->ending == ENDED_ITSELF && link_wanted(&boot->link)) {
		if (ended_by_report(boot))
			return;
		if (e->under_way && (e->cycles > 1 || explore_cold(e)))
			e->stage->passed(e, boot);
		e->under_way = false;
		if (boot->ending != ENDED_ITSELF)
			return;
		plan_next(e, boot);
		if (boot->ending != ENDED_ITSELF)
			return;
		link_release(&boot->link, e->plan);
		e->under_way = !(e->plan->flags & EXPLORE_F_STOP);
		e->cycles += e->under_way;
	}
}

/**
 * explore_searching() - does what a guest does now count for the run?
 * @e: the run's course
 */
bool explore_searching(const struct explore *e)
{
	return e->stage->searching;
}

/**
 * explore_boot_over() - a guest has ended
 * @e: the run's course
 * @boot: the boot
 * @failure: what it ended in, NULL for nothing
 */
void explore_boot_over(struct explore *e, struct boot *boot, const struct failure *failure)
{
	if (failure)
		e->stage->failed(e, boot, failure);
	else if (boot->done && e->stage->ended)
		e->stage->ended(e);
	link_close(&boot->link);
	/* A debugger's user has seen enough. */
	if (e->replay->stop_event)
		explore_finish(e);
}

/**
 * explore_finish() - there is nothing more to be done for the run
 * @e: its course
 */
void explore_finish(struct explore *e)
{
	free(e->run->explored.report);
	e->run->explored.report = search_report(&e->search);
	e->run->explored.finished = true;
}
