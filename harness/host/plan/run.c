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
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "plan/mode.h"
#include "plan/run.h"
#include "plan/signature.h"

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

/* Guests' texts end up in JSON and XML; nothing but printable ASCII is let in. */
static void make_printable(char *text)
{
	for (; *text; text++) {
		if (*text < ' ' || *text > '~')
			*text = '?';
	}
}

/**
 * run_create() - a run that has not begun
 * @spec: what is asked for; copied
 */
struct run run_create(const struct run_spec *spec)
{
	return (struct run){ .spec = *spec, .tally.next_cycle = 1 };
}

/**
 * run_expects() - is it the failure that is expected of a run?
 * @run: the run
 * @title: what failed
 */
bool run_expects(const struct run *run, const char *title)
{
	return signature_match(run->spec.variant->signature, title) > 0;
}

/**
 * run_add_failure() - record a failure of a run's guest
 * @run: the run
 * @cycle: the cycle it happened in
 * @phase: what the remover was doing
 * @title: what failed
 *
 * A signature that takes too long on it is said in the reason of the verdict.
 */
void run_add_failure(struct run *run, uint64_t cycle, enum phase phase, const char *title)
{
	struct failure *f;
	int match;

	if (run->outcome.nr_failures == MAX_FAILURES)
		return;
	f = &run->outcome.failures[run->outcome.nr_failures++];
	f->cycle = cycle;
	f->phase = phase;
	f->boot = run->tally.boots;
	snprintf(f->title, sizeof(f->title), "%s", title);
	make_printable(f->title);
	match = signature_match(run->spec.variant->signature, f->title);
	f->expected = match > 0;
	if (match < 0)
		run_broken(run, "%s:%d: signature: takes too long on '%s'; make it simpler",
			   run->spec.scenario->path, run->spec.variant->signature_line, f->title);
}

/**
 * run_broken() - note what keeps the harness from doing a run's work
 * @run: the run; it is over, and what was noted first counts
 * @fmt: the reason
 */
void run_broken(struct run *run, const char *fmt, ...)
{
	va_list args;

	if (*run->outcome.broken)
		return;
	va_start(args, fmt);
	vsnprintf(run->outcome.broken, sizeof(run->outcome.broken), fmt, args);
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

	for (i = 0; i < run->outcome.nr_failures; i++) {
		if (strcmp(run->outcome.failures[i].title, from))
			continue;
		snprintf(run->outcome.failures[i].title, sizeof(run->outcome.failures[i].title),
			 "%s", to);
		make_printable(run->outcome.failures[i].title);
		return;
	}
}

/**
 * run_add_totals() - count what another guest of a run did
 * @run: the run
 * @totals: what the guest counted
 */
void run_add_totals(struct run *run, const struct run_totals *totals)
{
	struct run_totals *sum = &run->tally.totals;
	unsigned int i;

	for (i = 0; i < WIRE_BUCKETS; i++)
		sum->sweep[i] += totals->sweep[i];
	for (i = 0; i < NR_STEPS; i++)
		sum->steps[i] += totals->steps[i];
	for (i = 0; i < totals->nr_traffic; i++) {
		sum->traffic[i].ops += totals->traffic[i].ops;
		sum->traffic[i].misses += totals->traffic[i].misses;
		memcpy(sum->traffic[i].name, totals->traffic[i].name, WIRE_NAME_LEN);
	}
	if (totals->nr_traffic > sum->nr_traffic)
		sum->nr_traffic = totals->nr_traffic;
}

/**
 * run_ready() - may a run begin?
 * @run: the run
 *
 * Return: false while the run that comes before it is not over.
 */
bool run_ready(const struct run *run)
{
	return !run->spec.after || run->spec.after->outcome.verdict != VERDICT_NONE;
}

/**
 * run_finished() - is there nothing more to boot a guest for?
 * @run: the run, begun
 */
bool run_finished(const struct run *run)
{
	const struct run_outcome *out = &run->outcome;

	if (out->verdict == VERDICT_SKIP || out->timed_out || out->starved || *out->broken ||
	    out->interrupted)
		return true;
	return mode_of(run)->ops->finished(run);
}

static __printf(3, 4) void decide(struct run *run, enum verdict verdict, const char *fmt, ...)
{
	va_list args;

	run->outcome.verdict = verdict;
	va_start(args, fmt);
	vsnprintf(run->outcome.reason, sizeof(run->outcome.reason), fmt, args);
	va_end(args);
	make_printable(run->outcome.reason);
}

/* With less than this share of the time it asks for a guest is starved. */
#define STARVED_SHARE 0.5

/* The failure that decides: the first expected one, or else the first. */
static const struct failure *deciding_failure(const struct run *run)
{
	unsigned int i;

	for (i = 0; i < run->outcome.nr_failures; i++) {
		if (run->outcome.failures[i].expected)
			return &run->outcome.failures[i];
	}
	return run->outcome.nr_failures ? &run->outcome.failures[0] : NULL;
}

/* A failure counts, whatever the harness could not do about it, but nothing is hushed up. */
static void add_broken(struct run *run)
{
	size_t len = strlen(run->outcome.reason);

	if (*run->outcome.broken)
		snprintf(run->outcome.reason + len, sizeof(run->outcome.reason) - len, "; %s",
			 run->outcome.broken);
	make_printable(run->outcome.reason);
}

static void judge_failure(struct run *run, const struct failure *f)
{
	snprintf(run->outcome.title, sizeof(run->outcome.title), "%s", f->title);
	if (run->spec.variant->expect == EXPECT_PASS)
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
	if (*run->outcome.silence)
		decide(run, VERDICT_TIMEOUT, "not through after %.0f s; %s", run->spec.timeout,
		       run->outcome.silence);
	else
		decide(run, VERDICT_TIMEOUT, "not through after %.0f s", run->spec.timeout);
}

/* The first step of the removal that no guest says it has carried out, or STEP_NONE. */
static unsigned int missing_step(const struct run *run)
{
	const unsigned char *step = removal_steps[run->spec.variant->removal];

	while (*step != STEP_NONE && run->tally.totals.steps[*step])
		step++;
	return *step;
}

/* A verdict speaks of what was carried out: how often each step was, in their order. */
static void add_steps(struct run *run)
{
	const unsigned char *steps = removal_steps[run->spec.variant->removal];
	size_t len = strlen(run->outcome.reason);
	unsigned int i;

	for (i = 0; steps[i] != STEP_NONE && len < sizeof(run->outcome.reason); i++) {
		if (!memchr(steps, steps[i], i))
			len += snprintf(run->outcome.reason + len,
					sizeof(run->outcome.reason) - len, "%s%s %" PRIu64,
					i ? ", " : "; ", removal_step_names[steps[i]],
					run->tally.totals.steps[steps[i]]);
	}
}

static void judge_pass(struct run *run)
{
	const struct run_spec *spec = &run->spec;
	const struct variant *twin = scenario_twin(spec->scenario, spec->variant, spec->mode);
	char went_well[REASON_LEN / 2];

	mode_of(run)->ops->describe(run, went_well, sizeof(went_well));
	decide(run, VERDICT_PASS, "%s; twin: %s", went_well, twin ? twin->name : "none");
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
	double asked = run->tally.ran + run->tally.waited;

	return asked > 0 ? run->tally.ran / asked : 1;
}

static bool starved(const struct run *run)
{
	return run->outcome.starved || run_share(run) < STARVED_SHARE;
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

	if (run->outcome.verdict == VERDICT_SKIP)
		return;
	if (f)
		judge_failure(run, f);
	else if (*run->outcome.broken)
		decide(run, VERDICT_BROKEN, "%s", run->outcome.broken);
	else if (run->outcome.timed_out)
		judge_timeout(run);
	else if (!mode_of(run)->ops->through(run))
		judge_inconclusive(run, "%s after %" PRIu64 " of %" PRIu64 " unloads",
				   run->outcome.interrupted ? "interrupted" : "ended",
				   run->tally.unloads, run->spec.cycles);
	else if (!run->tally.overlaps)
		judge_inconclusive(run, "traffic never overlapped an unload");
	else if (missing_step(run))
		judge_inconclusive(run, "step %s of the removal was never carried out",
				   removal_step_names[missing_step(run)]);
	else if (run->spec.variant->expect == EXPECT_FAIL)
		decide(run, VERDICT_XPASS, "expected to fail, but %" PRIu64 " unloads went well",
		       run->tally.unloads);
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
	return run->outcome.verdict == VERDICT_INCONCLUSIVE && starved(run) && !run->repeated &&
	       !run->outcome.interrupted && !mode_of(run)->controlled;
}

/**
 * run_repeat() - forget all that a run came to, so that it can begin again
 * @run: one worth repeating
 */
void run_repeat(struct run *run)
{
	*run = run_create(&run->spec);
	run->repeated = true;
}

/**
 * run_extend() - ask for more of a run that is over, or has not begun
 * @run: the run; it has no verdict any more
 * @cycles: cycles or schedules wanted, those there are included
 * @failures: after so many it ends
 * @seconds: time that it may take beyond what it has taken
 */
void run_extend(struct run *run, uint64_t cycles, unsigned int failures, double seconds)
{
	run->spec.cycles = cycles;
	run->spec.max_failures = failures;
	run->spec.timeout = run->tally.got_seconds + seconds;
	run->outcome.verdict = VERDICT_NONE;
	*run->outcome.title = '\0';
	*run->outcome.reason = '\0';
}

/**
 * run_trials() - how often a run tried
 * @run: the run
 *
 * Return: cycles begun and not tried again since, that of every failure included; in
 * explore mode the schedules of the search.
 */
uint64_t run_trials(const struct run *run)
{
	return mode_of(run)->ops->trials(run);
}

/**
 * run_hits() - how often a run failed in the way that counts
 * @run: the run
 *
 * Return: of a variant that is to fail, failures with its signature; of any other,
 * all failures.
 */
uint64_t run_hits(const struct run *run)
{
	const struct run_outcome *out = &run->outcome;
	uint64_t hits = 0;
	unsigned int i;

	for (i = 0; i < out->nr_failures; i++)
		hits += run->spec.variant->expect == EXPECT_PASS || out->failures[i].expected;
	return hits;
}

/**
 * run_cpu_ms() - processor time of a trial, milliseconds
 * @run: the run
 */
double run_cpu_ms(const struct run *run)
{
	uint64_t trials = run_trials(run);

	return trials ? run->tally.cpu_seconds * 1e3 / trials : 0;
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
		switch (runs[i].outcome.verdict) {
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
