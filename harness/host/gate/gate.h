/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The gate: may this be merged? It runs every variant for as long as it takes to
 * say so, and compares the outcome with a baseline.
 *
 *	broken  x  x  x  x ...          until it has failed often enough
 *	fixed   ----------------        until a race of the broken variant's rate,
 *	                                or of GATE_RATE, would have shown itself
 *	        ------x                 a failure: run again, is it confirmed?
 *	        -------------------->   undecided: longer, up to the budget
 */
#ifndef MODRACE_GATE_H
#define MODRACE_GATE_H

#include "base/stats.h"
#include "gate/baseline.h"
#include "run/runner.h"

/* A race at this rate, per trial, is looked for even where the twin fails more often. */
#define GATE_RATE 0.01
/* Allowed probability to miss a race, and to take one's absence for one. */
#define GATE_MISSED 0.001
/* The same in lockdep mode, whose cycles are few: more than that is said, not made up for. */
#define GATE_MISSED_FEW 0.05
/* Failures of a broken variant that give its rate well enough; each costs a boot. */
#define GATE_HITS 10
/* Enough of them if no more trials follow from it than there are to be anyway. */
#define GATE_FEW_HITS 3
/* What is all right fails less often than this. */
#define GATE_FLAWLESS 0.000001

/**
 * enum gate_verdict - what the gate says of one variant
 * @GATE_PASS: clean, and its twin shows that it might not have been
 * @GATE_CONTROL: clean, but nothing shows that so many trials can fail
 * @GATE_KNOWN: fails as the baseline says it does
 * @GATE_REGRESSION: fails, and fails again when asked to
 * @GATE_UNCONFIRMED: has failed, and did not when asked to again
 * @GATE_INCONCLUSIVE: cannot be judged
 */
enum gate_verdict {
	GATE_PASS,
	GATE_CONTROL,
	GATE_KNOWN,
	GATE_REGRESSION,
	GATE_UNCONFIRMED,
	GATE_INCONCLUSIVE,
	NR_GATE_VERDICTS,
};

/**
 * struct gate_entry - one variant that is to pass, in one mode
 * @run: its run; for a broken variant that is nobody's twin, that run
 * @twin: run of the variant that must fail in the same mode, or NULL
 * @before: what the baseline knows of @run, or NULL
 * @twin_before: what the baseline knows of @twin, or NULL
 * @had_twin: it had a twin when the baseline was made
 * @own: cycles or schedules that the scenario, or the user, gives it
 * @again: the attempt to confirm a failure, or NULL
 * @hit: rate of the twin, 95 % interval
 * @missed: probability that a race of the lower end of @hit was missed
 * @verdict: the verdict
 * @rule: which rule made it, one sentence
 */
struct gate_entry {
	struct run *run;
	struct run *twin;
	const struct baseline_run *before;
	const struct baseline_run *twin_before;
	bool had_twin;
	uint64_t own;
	struct run *again;
	struct interval hit;
	double missed;
	enum gate_verdict verdict;
	char rule[REASON_LEN];
};

/**
 * struct gate - the gate's work
 * @batch: what is run
 * @kernels: by mode
 * @how: for runner_go()
 * @baseline: what to compare with; empty when a baseline is being made
 * @only: the part of the baseline that is looked at, as in struct batch_options
 * @modes: the modes that are looked at
 * @hits: failures of a broken variant that are enough at first
 * @budget: seconds after which no more trials are asked for
 * @entries: allocated
 * @nr_entries: how many
 * @changes: what has changed without being a failure, one line each
 * @nr_changes: how many
 */
struct gate {
	struct batch *batch;
	const struct kernel *kernels;
	struct runner_options how;
	struct baseline baseline;
	const char *only;
	unsigned int modes;
	unsigned int hits;
	double budget;
	struct gate_entry *entries;
	size_t nr_entries;
	char **changes;
	size_t nr_changes;
};

extern const char *const gate_verdict_names[NR_GATE_VERDICTS];

void gate_pair(struct gate *gate);
bool gate_sample(struct gate *gate);
void gate_judge(struct gate_entry *e);
bool gate_alone(const struct gate_entry *e);
bool gate_looks_at(const struct gate *gate, const struct baseline_run *b);
bool gate_new_failure(const struct gate_entry *e);
uint64_t gate_trials(const struct interval *hit, uint64_t least);
uint64_t gate_wanted(const struct gate_entry *entry);
char *gate_reproducer(const struct gate_entry *entry);
void gate_list_changes(struct gate *gate);
int gate_exit_status(const struct gate *gate);
bool gate_inconclusive(const struct gate *gate);
void gate_print(const struct gate *gate, bool explain);
void gate_write(const struct gate *gate, const char *dir, int status);
void gate_record(struct gate *gate, const char *path);

#endif /* MODRACE_GATE_H */
