/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of exploring share; see explore.h for what it is about.
 */
#ifndef MODRACE_EXPLORE_INTERNAL_H
#define MODRACE_EXPLORE_INTERNAL_H

#include "explore.h"
#include "minimise.h"
#include "replay.h"

struct explore;

/**
 * struct stage - one stage of exploring
 * @next: fill in the plan of the next cycle; false if this boot has done its part
 * @passed: the cycle went well
 * @failed: the boot ended in a failure while a cycle was under way
 * @ended: the boot ended as it was told to; may be NULL
 * @searching: its cycles count as schedules, and its failures as the run's
 */
struct stage {
	bool (*next)(struct explore *e, struct boot *boot);
	void (*passed)(struct explore *e, struct boot *boot);
	void (*failed)(struct explore *e, struct boot *boot, const struct failure *failure);
	void (*ended)(struct explore *e);
	bool searching;
};

extern const struct stage profile_stage, same_stage, search_stage;
extern const struct stage confirm_stage, prefix_stage, minimise_stage, shorten_stage, prove_stage;
extern const struct stage replay_stage;

/**
 * struct schedules - some schedules
 * @list: allocated
 * @nr: how many
 */
struct schedules {
	struct schedule *list;
	size_t nr;
};

/**
 * struct finding - a schedule that failed
 * @found: there is one
 * @cold: it was the first cycle of its boot, which makes no decisions
 * @schedule: the schedule
 * @before: those carried out before it in the same boot, the first cycle left out
 * @title: what failed
 * @expected: as the scenario expects
 */
struct finding {
	bool found;
	bool cold;
	struct schedule schedule;
	struct schedules before;
	char title[TITLE_LEN];
	bool expected;
};

/**
 * struct trial - what a boot of the work-up carries out
 * @before: schedules of the cycles before
 * @main: the schedule it is about; outlives the trial
 * @position: cycles of it begun in this boot
 */
struct trial {
	struct schedules before;
	const struct schedule *main;
	size_t position;
};

/**
 * struct explore - the course of a run
 * @run: the run
 * @kernel: what it boots
 * @memory_mb: memory of its guests, MiB
 * @stage: where it is
 * @search: the search
 * @plan: what was last handed to the guest
 * @strategy: that chose it, NULL for none
 * @cycles: cycles begun in this boot
 * @under_way: the last one has not ended yet
 * @wanted: schedules to go through, those of the twin not counted
 * @profiled: profiling cycles begun
 * @twin: run whose schedules come first, over when this one begins; NULL for none
 * @next_same: position among its schedules
 * @carried: schedules carried out while searching, in order
 * @boot_first: the first of them that belongs to this boot
 * @failing: schedules that have failed as expected, for those whose twin this is
 * @finding: the failure worked upon
 * @trial: what the work-up tries now
 * @minimiser: of decisions or, in @shorten_stage, of cycles before
 * @best: smallest schedule known to fail
 * @before: cycles it needs before it
 * @fresh_only: whether a schedule fails has turned out to depend on the boot; each
 *	trial has its own
 * @replay: comparison of replays; of the work-up, or the user's
 * @repro: what to replay, NULL in a search
 */
struct explore {
	struct run *run;
	const struct kernel *kernel;
	unsigned int memory_mb;
	const struct stage *stage;
	struct search search;
	struct explore_plan *plan;
	const struct strategy *strategy;
	size_t cycles;
	bool under_way;
	uint64_t wanted;
	unsigned int profiled;
	const struct run *twin;
	size_t next_same;
	struct schedules carried;
	size_t boot_first;
	struct schedules failing;
	struct finding finding;
	struct trial trial;
	struct minimiser minimiser;
	struct schedule best;
	struct schedules before;
	bool fresh_only;
	struct replay *replay;
	const struct repro *repro;
};

/* explore.c */
void schedules_add(struct schedules *schedules, const struct schedule *schedule);
void schedules_clear(struct schedules *schedules);
bool explore_worth_repeating(const struct explore *e);
void explore_finish(struct explore *e);

/* explore_workup.c */
void workup_begin(struct explore *e);

/* explore_conclude.c */
void explore_draw(struct explore *e, struct boot *boot, const char *title);
void explore_conclude(struct explore *e, struct boot *boot);

#endif /* MODRACE_EXPLORE_INTERNAL_H */
