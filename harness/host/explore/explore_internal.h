/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the stages of exploring share; see explore.c for how they follow each other.
 */
#ifndef MODRACE_EXPLORE_INTERNAL_H
#define MODRACE_EXPLORE_INTERNAL_H

#include "decode/diagnosis.h"
#include "explore/explore.h"
#include "schedule/minimise.h"
#include "schedule/replay.h"
#include "schedule/repro.h"
#include "strategy/strategy.h"

/**
 * enum explore_stage - where a run is
 * @STAGE_OVER: nothing more is to be done
 * @STAGE_PROFILE: cycles that show what there is
 * @STAGE_SAME: what the twin has gone through
 * @STAGE_SEARCH: what the strategies choose
 * @STAGE_CONFIRM: what failed, once more from a fresh boot
 * @STAGE_PREFIX: with the last 1, 2, 4 ... cycles before it
 * @STAGE_MINIMISE: decisions are left out
 * @STAGE_SHORTEN: cycles before it are left out
 * @STAGE_PROVE: several times from a fresh boot, compared event by event
 * @STAGE_CONCLUDE: reproducer and timeline
 * @STAGE_REPLAY: what the user's reproducer says
 */
enum explore_stage {
	STAGE_OVER,
	STAGE_PROFILE,
	STAGE_SAME,
	STAGE_SEARCH,
	STAGE_CONFIRM,
	STAGE_PREFIX,
	STAGE_MINIMISE,
	STAGE_SHORTEN,
	STAGE_PROVE,
	STAGE_CONCLUDE,
	STAGE_REPLAY,
	NR_STAGES,
};

/**
 * enum course - what a stage makes of what it is told
 * @COURSE_ON: it goes on, in this turn if that is not over
 * @COURSE_FRESH: it goes on with a guest that is as new
 * @COURSE_DONE: it has done its part
 * @COURSE_FAILS: there is a schedule that fails
 * @COURSE_COLD: it is the first cycle of its boot, which makes no decisions
 * @COURSE_PASSES: what should have failed goes well
 * @COURSE_GIVE_UP: nothing more can be found out
 */
enum course {
	COURSE_ON,
	COURSE_FRESH,
	COURSE_DONE,
	COURSE_FAILS,
	COURSE_COLD,
	COURSE_PASSES,
	COURSE_GIVE_UP,
	NR_COURSES,
};

/**
 * struct stage - one stage of exploring
 * @begin: it is come to; may be NULL
 * @next: fill in the plan of the next cycle, or be done with this turn
 * @passed: the cycle went well
 * @failed: the guest ended in a failure, while a cycle was under way or after the last
 * @ended: the guest ended as it was told to; may be NULL
 * @searching: its cycles count as schedules, and its failures as the run's
 */
struct stage {
	enum course (*begin)(struct explore *e, const struct explore_view *view);
	enum course (*next)(struct explore *e, const struct explore_view *view);
	enum course (*passed)(struct explore *e, const struct explore_view *view);
	enum course (*failed)(struct explore *e, const struct explore_view *view,
			      const struct failure *failure);
	enum course (*ended)(struct explore *e);
	bool searching;
};

extern const struct stage profile_stage, same_stage, search_stage;
extern const struct stage confirm_stage, prefix_stage, minimise_stage, shorten_stage, prove_stage;
extern const struct stage conclude_stage, replay_stage;

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
 * struct turn - what a guest has been told to carry out since it was new
 * @plan: what it was told last
 * @strategy: that chose it, NULL for none
 * @booted: the guest was booted for it
 * @cycles: cycles begun, before the checkpoint that it began at, too
 * @under_way: the last one has not ended yet
 * @position: of them, those that the stage chose
 * @first: what the search had carried out before
 */
struct turn {
	struct explore_plan *plan;
	const struct strategy *strategy;
	bool booted;
	size_t cycles;
	bool under_way;
	size_t position;
	size_t first;
};

/**
 * struct hunt - the search, whatever chooses the schedules
 * @search: what the strategies know
 * @wanted: schedules to go through, those of the twin not counted
 * @profiled: profiling cycles begun
 * @twin: whose schedules come first; NULL for none
 * @next_same: position among its schedules
 * @carried: schedules carried out that went well, in order
 * @failing: schedules that have failed as expected, for those whose twin this is
 */
struct hunt {
	struct search search;
	uint64_t wanted;
	unsigned int profiled;
	const struct explore *twin;
	size_t next_same;
	struct schedules carried;
	struct schedules failing;
};

/**
 * struct workup - a finding being worked upon, or a reproducer being replayed
 * @before: cycles that come before the trial's own
 * @main: the schedule that the trial is about; outlives the trial
 * @minimiser: of decisions or, in STAGE_SHORTEN, of cycles before
 * @best: smallest schedule known to fail
 * @needed: cycles it needs before it
 * @fresh_only: whether a schedule fails has turned out to depend on the boot; each
 *	trial has its own
 * @proved_by_boot: one of the runs that prove it was from a boot
 */
struct workup {
	struct schedules before;
	const struct schedule *main;
	struct minimiser minimiser;
	struct schedule best;
	struct schedules needed;
	bool fresh_only;
	bool proved_by_boot;
};

/**
 * struct explore - the course of a run
 * @run: the run; its tally, failures and what exploring came to are written here
 * @config: what it is done with
 * @stage: where it is
 * @turn: what the guest is doing
 * @kept: cycles that the guest had begun at its checkpoint
 * @hunt: the search
 * @finding: the failure worked upon
 * @workup: the work upon it
 * @replay: comparison of replays: the user's, or of the proof
 */
struct explore {
	struct run *run;
	struct explore_config config;
	enum explore_stage stage;
	struct turn turn;
	size_t kept;
	struct hunt hunt;
	struct finding finding;
	struct workup workup;
	struct replay *replay;
};

/* explore.c */
void schedules_add(struct schedules *schedules, const struct schedule *schedule);
void schedules_clear(struct schedules *schedules);
void finding_drop(struct finding *finding);
bool explore_worth_repeating(const struct explore *e);
struct symbols *explore_symbols(const struct explore *e, const struct explore_view *view);

/* explore_conclude.c */
void explore_draw(struct explore *e, const struct explore_view *view, const char *title);

#endif /* MODRACE_EXPLORE_INTERNAL_H */
