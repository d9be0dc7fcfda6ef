/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A run: one variant of one scenario in one mode, from the plan to the verdict.
 */
#ifndef MODRACE_RUN_H
#define MODRACE_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler.h"
#include "removal_steps.h"
#include "scenario.h"
#include "wire.h"

#define TITLE_LEN    256
#define REASON_LEN   512
#define MAX_FAILURES 16

/**
 * enum verdict - what a run came to
 * @VERDICT_NONE: not judged yet
 * @VERDICT_PASS: all cycles through, nothing reported
 * @VERDICT_FAIL: failed, and not as expected
 * @VERDICT_XFAIL: failed as expected, with the expected signature
 * @VERDICT_XPASS: expected to fail, but did not
 * @VERDICT_INCONCLUSIVE: the race never took place, or not often enough
 * @VERDICT_TIMEOUT: took longer than the scenario allows
 * @VERDICT_BROKEN: the harness or the guest could not do its work
 * @VERDICT_SKIP: not run, with a reason
 */
enum verdict {
	VERDICT_NONE,
	VERDICT_PASS,
	VERDICT_FAIL,
	VERDICT_XFAIL,
	VERDICT_XPASS,
	VERDICT_INCONCLUSIVE,
	VERDICT_TIMEOUT,
	VERDICT_BROKEN,
	VERDICT_SKIP,
	NR_VERDICTS,
};

/**
 * struct failure - one failure of a guest
 * @cycle: the cycle it happened in
 * @phase: what the remover was doing
 * @boot: the boot it ended, from 1
 * @title: what failed, without anything that changes from run to run
 * @expected: the title matches the variant's signature
 */
struct failure {
	uint64_t cycle;
	enum phase phase;
	unsigned int boot;
	char title[TITLE_LEN];
	bool expected;
};

/**
 * enum restore - what becomes of a guest that has failed, or is to be as new
 * @RESTORE_DEFAULT: it goes back to its checkpoint, if it has one; not where a reproducer is
 *	replayed, which is to show what a boot does
 * @RESTORE_ON: it goes back there, too
 * @RESTORE_OFF: another one is booted
 * @RESTORE_VERIFY: it goes back, and compares what the host has of it each time
 */
enum restore {
	RESTORE_DEFAULT,
	RESTORE_ON,
	RESTORE_OFF,
	RESTORE_VERIFY,
	NR_RESTORE,
};

/**
 * struct traffic_total - what one traffic section did over a run
 * @name: the section
 * @ops: operations that reached the module
 * @misses: operations that did not find it
 */
struct traffic_total {
	char name[WIRE_NAME_LEN];
	uint64_t ops;
	uint64_t misses;
};

/**
 * struct run_totals - what the guests of a run did, counted by themselves
 * @traffic: by section
 * @nr_traffic: entries used of @traffic
 * @steps: how often each step of a removal was carried out, by enum removal_step
 * @sweep: unloads by the part of a traffic operation they fell in
 */
struct run_totals {
	struct traffic_total traffic[SCENARIO_MAX_TRAFFIC];
	unsigned int nr_traffic;
	uint64_t steps[NR_STEPS];
	uint64_t sweep[WIRE_BUCKETS];
};

/**
 * struct explored - what exploring came to, see explore.h; nothing in other modes
 * @schedules: carried out while searching
 * @same: how many of them its twin had been given before
 * @strategy: which one chose the schedule that failed; empty if none did
 * @found: choices that schedule made
 * @decisions: choices left after minimising
 * @tests: schedules tried to minimise it
 * @before: cycles that must come before it in the same boot
 * @confirmed: it failed again from a fresh boot
 * @replays: how often it was carried out in the end
 * @identical: how many of these were the same to the last event
 * @reproducer: for `make repro`, NULL if there is none
 * @events: of the failing cycle
 * @hash: of its event stream
 * @switch_event: number of the event at the decisive switch, from 0; UINT64_MAX for
 *	none
 * @decisive: the decisive switch, one sentence, or NULL
 * @story: the timeline as text, cut down to what a terminal shows
 * @timeline: the timeline has been drawn
 * @report: what the strategies say of their search, lines, or NULL
 */
struct explored {
	uint64_t schedules;
	uint64_t same;
	const char *strategy;
	size_t found;
	size_t decisions;
	unsigned int tests;
	size_t before;
	bool confirmed;
	unsigned int replays;
	unsigned int identical;
	char *reproducer;
	uint64_t events;
	uint64_t hash;
	uint64_t switch_event;
	char *decisive;
	char *story;
	bool timeline;
	char *report;
};

/**
 * struct run_spec - what is asked for
 * @scenario: what is raced; outlives the run
 * @variant: part of @scenario
 * @mode: how it is raced, see mode.h
 * @kernel: version of the kernel it boots
 * @seed: handed to the guest
 * @cycles: cycles wanted, in explore mode schedules
 * @max_failures: the run ends after so many
 * @timeout: seconds it may take of those that it gets of the host, restarts included
 * @dir: the run's own directory below the results, absolute
 * @initramfs: what its guests boot, file descriptor of an in-memory file
 * @after: run that must be over before this one begins, which goes through the same
 *	schedules first; NULL for none
 *
 * Whoever plans a run fills it in; while it is carried out nobody changes it. Between
 * two calls of runner_go() run_extend() may ask for more.
 */
struct run_spec {
	const struct scenario *scenario;
	const struct variant *variant;
	enum run_mode mode;
	const char *kernel;
	uint64_t seed;
	uint64_t cycles;
	unsigned int max_failures;
	double timeout;
	char *dir;
	int initramfs;
	const struct run *after;
};

/**
 * struct run_tally - how far it has got, and what that took
 * @next_cycle: first cycle not begun, from 1
 * @boots: guests started so far
 * @turns: how often a guest has gone back to its checkpoint in place of a boot
 * @lost: how often it did not arrive there
 * @unexplained: guests that ended without a report
 * @unloads: modules unloaded, all boots
 * @overlaps: attempts to unload that traffic overlapped
 * @refused: attempts the kernel refused because the module was in use
 * @totals: what the guests counted
 * @seconds: host time spent
 * @got_seconds: those of @seconds in which the host let the guests run if they wanted to
 * @cpu_seconds: processor time spent by the guests
 * @ran: seconds that tasks of the guests ran
 * @waited: seconds that they were ready to and had to wait
 */
struct run_tally {
	uint64_t next_cycle;
	unsigned int boots;
	unsigned int turns;
	unsigned int lost;
	unsigned int unexplained;
	uint64_t unloads;
	uint64_t overlaps;
	uint64_t refused;
	struct run_totals totals;
	double seconds;
	double got_seconds;
	double cpu_seconds;
	double ran;
	double waited;
};

/**
 * struct run_outcome - how it ended
 * @failures: the failures, in order
 * @nr_failures: how many; at most MAX_FAILURES are stored
 * @starved: ended because the host let the guests run too rarely
 * @timed_out: the scenario's timeout has passed
 * @silence: and the guest had not been heard of for a while: what may be behind that
 * @broken: why the harness or the guest could not do its work; empty if it could
 * @interrupted: ended by the user
 * @verdict: the judgement
 * @title: title of the failure that decided, or empty
 * @reason: which rule decided, one sentence
 */
struct run_outcome {
	struct failure failures[MAX_FAILURES];
	unsigned int nr_failures;
	bool starved;
	bool timed_out;
	char silence[128];
	char broken[REASON_LEN];
	bool interrupted;
	enum verdict verdict;
	char title[TITLE_LEN];
	char reason[REASON_LEN];
};

/**
 * struct run - one run
 * @spec: what is asked for
 * @tally: how far it has got
 * @outcome: how it ended
 * @explored: what exploring came to
 * @repeated: this is the second time, because it was starved the first time
 * @state: private to its mode; NULL before it has begun
 */
struct run {
	struct run_spec spec;
	struct run_tally tally;
	struct run_outcome outcome;
	struct explored explored;
	bool repeated;
	void *state;
};

extern const char *const verdict_names[NR_VERDICTS];

struct run run_create(const struct run_spec *spec);
bool run_expects(const struct run *run, const char *title);
void run_add_failure(struct run *run, uint64_t cycle, enum phase phase, const char *title);
__printf(2, 3) void run_broken(struct run *run, const char *fmt, ...);
void run_rename_failure(struct run *run, const char *from, const char *to);
void run_add_totals(struct run *run, const struct run_totals *totals);
bool run_ready(const struct run *run);
bool run_finished(const struct run *run);
void run_judge(struct run *run);
double run_share(const struct run *run);
bool run_worth_repeating(const struct run *run);
void run_repeat(struct run *run);
void run_extend(struct run *run, uint64_t cycles, unsigned int failures, double seconds);
uint64_t run_trials(const struct run *run);
uint64_t run_hits(const struct run *run);
double run_cpu_ms(const struct run *run);
int verdicts_exit_status(const struct run *runs, size_t nr);

#endif /* MODRACE_RUN_H */
