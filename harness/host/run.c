// SPDX-License-Identifier: GPL-2.0
/*
 * Judging a run. The rules, in the order in which they are asked; the first
 * that applies decides:
 *
 *	expected to fail			expected to pass
 *	a failure matches the signature: XFAIL	any failure: FAIL
 *	any other failure: FAIL
 *				(and the reason says what else went wrong, if anything did)
 *	the harness could not do its work: BROKEN
 *	the time was up: TIMEOUT
 *	starved, too few cycles, no unload overlapped by traffic, or a step of the removal
 *	never carried out: INCONCLUSIVE
 *	otherwise: XPASS			otherwise: PASS
 */
#include <inttypes.h>
#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "run.h"

/* clang-format off */
const char *const verdict_names[NR_VERDICTS] = {
	[VERDICT_NONE] = "NONE",
	[VERDICT_PASS] = "PASS",
	[VERDICT_FAIL] = "FAIL",
	[VERDICT_XFAIL] = "XFAIL",
	[VERDICT_XPASS] = "XPASS",
	[VERDICT_INCONCLUSIVE] = "INCONCLUSIVE",
	[VERDICT_TIMEOUT] = "TIMEOUT",
	[VERDICT_BROKEN] = "BROKEN",
	[VERDICT_SKIP] = "SKIP",
};

/* clang-format on */

static bool matches(const char *signature, const char *title)
{
	regex_t regex;
	bool match;

	if (!*signature || regcomp(&regex, signature, REG_EXTENDED | REG_NOSUB))
		return false;
	match = !regexec(&regex, title, 0, NULL, 0);
	regfree(&regex);
	return match;
}

/* Guests' texts end up in JSON and XML; nothing but printable ASCII is let in. */
static void make_printable(char *text)
{
	for (; *text; text++) {
		if (*text < ' ' || *text > '~')
			*text = '?';
	}
}

/**
 * run_expects() - is it the failure that is expected of a run?
 * @run: the run
 * @title: what failed
 */
bool run_expects(const struct run *run, const char *title)
{
	return matches(run->variant->signature, title);
}

/**
 * run_add_failure() - record a failure of a run's guest
 * @run: the run
 * @cycle: the cycle it happened in
 * @phase: what the remover was doing
 * @title: what failed
 */
void run_add_failure(struct run *run, uint64_t cycle, enum phase phase, const char *title)
{
	struct failure *f;

	if (run->nr_failures == MAX_FAILURES)
		return;
	f = &run->failures[run->nr_failures++];
	f->cycle = cycle;
	f->phase = phase;
	f->boot = run->boots;
	snprintf(f->title, sizeof(f->title), "%s", title);
	make_printable(f->title);
	f->expected = run_expects(run, f->title);
}

/**
 * run_broken() - note what keeps the harness from doing a run's work
 * @run: the run; it is over, and what was noted first counts
 * @fmt: the reason
 */
void run_broken(struct run *run, const char *fmt, ...)
{
	va_list args;

	if (*run->broken)
		return;
	va_start(args, fmt);
	vsnprintf(run->broken, sizeof(run->broken), fmt, args);
	va_end(args);
}

/**
 * run_rename_failure() - a failure turned out to be another one when it was worked upon
 * @run: the run
 * @from: title it was recorded with
 * @to: its title now
 */
void run_rename_failure(struct run *run, const char *from, const char *to)
{
	unsigned int i;

	for (i = 0; i < run->nr_failures; i++) {
		if (strcmp(run->failures[i].title, from))
			continue;
		snprintf(run->failures[i].title, sizeof(run->failures[i].title), "%s", to);
		make_printable(run->failures[i].title);
		return;
	}
}

/**
 * run_finished() - is there nothing more to boot a guest for?
 * @run: the run
 */
bool run_finished(const struct run *run)
{
	if (run->verdict == VERDICT_SKIP || run->timed_out || run->starved || *run->broken ||
	    run->interrupted)
		return true;
	if (run->explore)
		return run->explored.finished;
	return run->next_cycle > run->cycles || run->nr_failures >= run->max_failures;
}

static __printf(3, 4) void decide(struct run *run, enum verdict verdict, const char *fmt, ...)
{
	va_list args;

	run->verdict = verdict;
	va_start(args, fmt);
	vsnprintf(run->reason, sizeof(run->reason), fmt, args);
	va_end(args);
	make_printable(run->reason);
}

/* With less than this share of the time it asks for a guest is starved. */
#define STARVED_SHARE 0.5

/* The failure that decides: the first expected one, or else the first. */
static const struct failure *deciding_failure(const struct run *run)
{
	unsigned int i;

	for (i = 0; i < run->nr_failures; i++) {
		if (run->failures[i].expected)
			return &run->failures[i];
	}
	return run->nr_failures ? &run->failures[0] : NULL;
}

/* A failure counts, whatever the harness could not do about it, but nothing is hushed up. */
static void add_broken(struct run *run)
{
	size_t len = strlen(run->reason);

	if (*run->broken)
		snprintf(run->reason + len, sizeof(run->reason) - len, "; %s", run->broken);
	make_printable(run->reason);
}

static void judge_failure(struct run *run, const struct failure *f)
{
	snprintf(run->title, sizeof(run->title), "%s", f->title);
	if (run->variant->expect == EXPECT_PASS)
		decide(run, VERDICT_FAIL, "failed in cycle %" PRIu64 ", phase %s", f->cycle,
		       phase_names[f->phase]);
	else if (f->expected)
		decide(run, VERDICT_XFAIL, "failed as expected in cycle %" PRIu64 ", phase %s",
		       f->cycle, phase_names[f->phase]);
	else
		decide(run, VERDICT_FAIL,
		       "failed in cycle %" PRIu64 ", phase %s, but not with the expected signature",
		       f->cycle, phase_names[f->phase]);
	add_broken(run);
}

static void judge_timeout(struct run *run)
{
	if (*run->silence)
		decide(run, VERDICT_TIMEOUT, "not through after %.0f s; %s", run->timeout,
		       run->silence);
	else
		decide(run, VERDICT_TIMEOUT, "not through after %.0f s", run->timeout);
}

/* A search is over when it says so; it may have gone through all there is. */
static bool through(const struct run *run)
{
	return run->explore ? run->explored.finished : run->unloads >= run->cycles;
}

/* The first step of the removal that no guest says it has carried out, or STEP_NONE. */
static unsigned int missing_step(const struct run *run)
{
	const unsigned char *step = removal_steps[run->variant->removal];

	while (*step != STEP_NONE && run->steps[*step])
		step++;
	return *step;
}

/* A verdict speaks of what was carried out: how often each step was, in their order. */
static void add_steps(struct run *run)
{
	const unsigned char *steps = removal_steps[run->variant->removal];
	size_t len = strlen(run->reason);
	unsigned int i;

	for (i = 0; steps[i] != STEP_NONE && len < sizeof(run->reason); i++) {
		if (!memchr(steps, steps[i], i))
			len += snprintf(run->reason + len, sizeof(run->reason) - len,
					"%s%s %" PRIu64, i ? ", " : "; ",
					removal_step_names[steps[i]], run->steps[steps[i]]);
	}
}

static void judge_pass(struct run *run)
{
	const struct variant *twin = scenario_twin(run->scenario, run->variant, run->mode);
	const char *name = twin ? twin->name : "none";

	if (run->explore)
		decide(run, VERDICT_PASS,
		       "%" PRIu64 " schedules, %" PRIu64 " of them those of the twin; twin: %s",
		       run->explored.schedules, run->explored.same, name);
	else
		decide(run, VERDICT_PASS,
		       "%" PRIu64 " unloads, %" PRIu64 " attempts overlapped by traffic; twin: %s",
		       run->unloads, run->overlaps, name);
	add_steps(run);
}

/**
 * run_share() - how much of the processor time that it asked for a run got
 * @run: the run
 *
 * Return: 0 to 1; 1 if it never asked.
 */
double run_share(const struct run *run)
{
	double asked = run->ran + run->waited;

	return asked > 0 ? run->ran / asked : 1;
}

static bool starved(const struct run *run)
{
	return run->starved || run_share(run) < STARVED_SHARE;
}

/* What a busy host has a part in begins with that. */
static __printf(2, 3) void judge_inconclusive(struct run *run, const char *fmt, ...)
{
	char rule[REASON_LEN / 2];
	va_list args;

	va_start(args, fmt);
	vsnprintf(rule, sizeof(rule), fmt, args);
	va_end(args);
	if (starved(run))
		decide(run, VERDICT_INCONCLUSIVE,
		       "starved (%.0f %% of the processor time it asked for): %s",
		       run_share(run) * 100, rule);
	else
		decide(run, VERDICT_INCONCLUSIVE, "%s", rule);
}

/**
 * run_judge() - come to a verdict
 * @run: a run that is over; its verdict, title and reason are set
 */
void run_judge(struct run *run)
{
	const struct failure *f = deciding_failure(run);

	if (run->verdict == VERDICT_SKIP)
		return;
	if (f)
		judge_failure(run, f);
	else if (*run->broken)
		decide(run, VERDICT_BROKEN, "%s", run->broken);
	else if (run->timed_out)
		judge_timeout(run);
	else if (!through(run))
		judge_inconclusive(run, "%s after %" PRIu64 " of %" PRIu64 " unloads",
				   run->interrupted ? "interrupted" : "ended", run->unloads,
				   run->cycles);
	else if (!run->overlaps)
		judge_inconclusive(run, "traffic never overlapped an unload");
	else if (missing_step(run))
		judge_inconclusive(run, "step %s of the removal was never carried out",
				   removal_step_names[missing_step(run)]);
	else if (run->variant->expect == EXPECT_FAIL)
		decide(run, VERDICT_XPASS, "expected to fail, but %" PRIu64 " unloads went well",
		       run->unloads);
	else
		judge_pass(run);
}

/**
 * run_worth_repeating() - may it come to another verdict when the host has room?
 * @run: judged
 *
 * A schedule of explore mode does not depend on how much of the host a guest gets.
 */
bool run_worth_repeating(const struct run *run)
{
	return run->verdict == VERDICT_INCONCLUSIVE && starved(run) && !run->repeated &&
	       !run->interrupted && !run->explore;
}

/**
 * run_pristine() - a run as it was before it began
 * @run: the run; what it points to is shared
 */
struct run run_pristine(const struct run *run)
{
	return (struct run){
		.scenario = run->scenario,
		.variant = run->variant,
		.mode = run->mode,
		.kernel = run->kernel,
		.seed = run->seed,
		.cycles = run->cycles,
		.dir = run->dir,
		.initramfs = run->initramfs,
		.next_cycle = 1,
		.max_failures = run->max_failures,
		.timeout = run->timeout,
	};
}

/**
 * run_repeat() - forget all that a run came to, so that it can begin again
 * @run: one worth repeating
 */
void run_repeat(struct run *run)
{
	*run = run_pristine(run);
	run->repeated = true;
}

/**
 * verdicts_exit_status() - the exit status for a set of runs
 * @runs: the runs, judged
 * @nr: how many
 *
 * Return: 0 all as expected, 1 something failed or failed to fail, 2 neither,
 * but something could not be judged.
 */
int verdicts_exit_status(const struct run *runs, size_t nr)
{
	int status = 0;
	size_t i;

	for (i = 0; i < nr; i++) {
		switch (runs[i].verdict) {
		case VERDICT_FAIL:
		case VERDICT_XPASS:
			return 1;
		case VERDICT_PASS:
		case VERDICT_XFAIL:
		case VERDICT_SKIP:
			break;
		default:
			status = 2;
		}
	}
	return status;
}
