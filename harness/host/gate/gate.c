// SPDX-License-Identifier: GPL-2.0
/*
 * Pairing variants and judging them; see gate.h. The rules, in the order in which
 * they are asked; the first that applies decides:
 *
 *	failed, not in the baseline, again when repeated	REGRESSION
 *	failed, not in the baseline, not again			UNCONFIRMED
 *	failed as in the baseline, but more often		REGRESSION
 *	failed as in the baseline				KNOWN
 *	could not be run to its end				INCONCLUSIVE
 *	it has no twin here, nor had it in the baseline		CONTROL
 *	in lockdep mode, a race of the twin's rate excluded	PASS
 *	in lockdep mode, one may have been missed		CONTROL
 *	the twin did not fail, or is gone			INCONCLUSIVE
 *	explored, and went through the schedule that failed in	PASS
 *	the twin, and a search as large again
 *	a race of the twin's rate may have been missed		INCONCLUSIVE
 *	otherwise						PASS
 */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "gate/gate.h"
#include "plan/mode.h"

/* A known failure is worse when it comes this many times as often. */
#define WORSE    3.0
#define MAX_RATE 0.999

const char *const gate_verdict_names[NR_GATE_VERDICTS] = {
	[GATE_PASS] = "PASS",
	[GATE_CONTROL] = "CONTROL",
	[GATE_KNOWN] = "KNOWN",
	[GATE_REGRESSION] = "REGRESSION",
	[GATE_UNCONFIRMED] = "UNCONFIRMED",
	[GATE_INCONCLUSIVE] = "INCONCLUSIVE",
};

/* What the baseline was made with has no twin now, if @run had one there that was run. */
static bool had_twin(const struct baseline *b, const struct run *run)
{
	const struct baseline_run *before = baseline_find(b, run);
	size_t i;

	for (i = 0; before && i < b->nr_runs; i++) {
		const struct baseline_run *r = &b->runs[i];

		if (!strcmp(r->scenario, before->scenario) && r->mode == before->mode &&
		    kernel_same_version(r->kernel, run->spec.kernel) &&
		    !strcmp(r->variant, before->twin))
			return true;
	}
	return false;
}

static void add_entry(struct gate *gate, struct run *run, struct run *twin)
{
	struct gate_entry *e;

	gate->entries = grow(gate->entries, gate->nr_entries, sizeof(*e));
	e = &gate->entries[gate->nr_entries++];
	memset(e, 0, sizeof(*e));
	e->run = run;
	e->twin = twin;
	e->before = baseline_find(&gate->baseline, run);
	e->twin_before = twin ? baseline_find(&gate->baseline, twin) : NULL;
	e->had_twin = had_twin(&gate->baseline, run);
	e->own = run->spec.cycles;
}

static bool is_paired(const struct gate *gate, const struct run *run)
{
	size_t i;

	for (i = 0; i < gate->nr_entries; i++) {
		if (gate->entries[i].twin == run)
			return true;
	}
	return false;
}

/**
 * gate_pair() - find for each variant that is to pass the one that must fail
 * @gate: with @batch and @baseline; gets its entries
 */
void gate_pair(struct gate *gate)
{
	struct run *run;
	size_t i;

	for (i = 0; i < gate->batch->nr_runs; i++) {
		run = &gate->batch->runs[i];
		if (run->outcome.verdict != VERDICT_SKIP &&
		    run->spec.variant->expect == EXPECT_PASS)
			add_entry(gate, run, batch_twin(gate->batch, run));
	}
	for (i = 0; i < gate->batch->nr_runs; i++) {
		run = &gate->batch->runs[i];
		if (run->outcome.verdict != VERDICT_SKIP &&
		    run->spec.variant->expect == EXPECT_FAIL && !is_paired(gate, run))
			add_entry(gate, run, run);
	}
}

/**
 * gate_alone() - is an entry one of a broken variant alone?
 * @e: the entry
 */
bool gate_alone(const struct gate_entry *e)
{
	return e->run == e->twin;
}

/**
 * gate_new_failure() - has a variant failed as the baseline does not know?
 * @e: the entry, its run over
 */
bool gate_new_failure(const struct gate_entry *e)
{
	unsigned int i;

	for (i = 0; i < e->run->outcome.nr_failures; i++) {
		if (!baseline_knows(e->before, e->run->outcome.failures[i].title))
			return true;
	}
	return false;
}

/* What tells a known failure from the same, only worse. */
static struct sprt_design known_design(const struct baseline_run *before)
{
	double p0 = stats_clopper_pearson(before->hits, before->trials, 0.95).upper;

	p0 = fmin(fmax(p0, GATE_FLAWLESS), MAX_RATE / 2);
	return (struct sprt_design){ p0, fmin(p0 * WORSE, MAX_RATE), GATE_MISSED, GATE_MISSED };
}

/* What tells a clean variant from one that fails as its twin does. */
static struct sprt_design clean_design(const struct interval *hit)
{
	double p1 = fmin(fmax(hit->lower, 2 * GATE_FLAWLESS), MAX_RATE);

	return (struct sprt_design){ GATE_FLAWLESS, p1, GATE_MISSED, GATE_MISSED };
}

static __printf(3, 4) void decide(struct gate_entry *e, enum gate_verdict verdict, const char *fmt,
				  ...)
{
	va_list args;

	e->verdict = verdict;
	va_start(args, fmt);
	vsnprintf(e->rule, sizeof(e->rule), fmt, args);
	va_end(args);
}

/* A schedule that fails from a fresh boot is its own confirmation. */
static void judge_explored_failure(struct gate_entry *e)
{
	const struct explored *x = &e->run->explored;

	decide(e, GATE_REGRESSION,
	       "schedule %" PRIu64
	       " fails from a fresh boot, %u of %u replays identical; the baseline knows no such failure",
	       e->run->outcome.failures[0].cycle, x->identical, x->replays);
}

static void judge_failure(struct gate_entry *e)
{
	const struct run *again = e->again;
	uint64_t hits = again ? run_hits(again) : 0;

	if (hits)
		decide(e, GATE_REGRESSION,
		       "failed in trial %" PRIu64 " and, repeated, in %" PRIu64 " of %" PRIu64
		       " trials; the baseline knows no such failure",
		       e->run->outcome.failures[0].cycle, hits, run_trials(again));
	else
		decide(e, GATE_UNCONFIRMED,
		       "failed in trial %" PRIu64 "; %" PRIu64
		       " trials to see it again went well, which does not undo it",
		       e->run->outcome.failures[0].cycle, again ? run_trials(again) : 0);
}

static void judge_known(struct gate_entry *e)
{
	struct sprt_design design = known_design(e->before);

	if (stats_sprt(&design, run_hits(e->run), run_trials(e->run)) == SPRT_REJECT)
		decide(e, GATE_REGRESSION,
		       "a failure the baseline knows, but at %g times the rate or more", WORSE);
	else
		decide(e, GATE_KNOWN, "failed as the baseline says");
}

static void judge_without_twin(struct gate_entry *e)
{
	if (e->had_twin)
		decide(e, GATE_INCONCLUSIVE, "its twin in the baseline, %s, has not been run",
		       e->before->twin);
	else
		decide(e, GATE_CONTROL,
		       "clean, and no twin is expected to fail here: shows that nothing is reported falsely");
}

/* The schedules are controlled: it is not left to chance whether the race took place. */
static bool stood_the_same(const struct gate_entry *e)
{
	const struct explored *x = &e->run->explored;

	return mode_of(e->run)->controlled && e->twin->explored.confirmed && x->same &&
	       x->schedules >= 2 * x->same;
}

/*
 * In lockdep mode a few cycles show whether locks are taken in order. That they miss
 * a rare race is no matter, which stress mode looks for in as many as it takes; but then
 * they do not show that there is none.
 */
static bool makes_do_with_few(const struct run *run)
{
	return mode_of(run)->few &&
	       (run->outcome.verdict == VERDICT_XFAIL || run->outcome.verdict == VERDICT_XPASS);
}

static void judge_few(struct gate_entry *e)
{
	if (e->missed <= GATE_MISSED_FEW)
		decide(e, GATE_PASS,
		       "a race at the lower end of its twin's rate would be missed with probability %.2g",
		       e->missed);
	else
		decide(e, GATE_CONTROL,
		       "clean; a race at the lower end of its twin's rate would be missed with probability %.2g: that one is for stress mode to find",
		       e->missed);
}

static void judge_with_twin(struct gate_entry *e)
{
	struct sprt_design design = clean_design(&e->hit);
	enum sprt said = stats_sprt(&design, 0, run_trials(e->run));

	if (makes_do_with_few(e->twin))
		judge_few(e);
	else if (!run_hits(e->twin))
		decide(e, GATE_INCONCLUSIVE,
		       "its twin %s did not fail as expected in %" PRIu64
		       " trials (%s): a pass would prove nothing",
		       e->twin->spec.variant->name, run_trials(e->twin), e->twin->outcome.reason);
	else if (stood_the_same(e))
		decide(e, GATE_PASS,
		       "went through the %" PRIu64
		       " schedules of its twin %s, of which one fails there, and %" PRIu64
		       " of its own; fails in less than %.2g %% (95 %%)",
		       e->run->explored.same, e->twin->spec.variant->name,
		       run_trials(e->run) - e->run->explored.same,
		       stats_upper_bound(0, run_trials(e->run), 0.95) * 100);
	else if (said != SPRT_ACCEPT)
		decide(e, GATE_INCONCLUSIVE,
		       "too few trials: a race at the lower end of the rate of its twin %s would be missed with probability %.2g",
		       e->twin->spec.variant->name, e->missed);
	else
		decide(e, GATE_PASS,
		       "%" PRIu64
		       " clean trials exclude the lower end of the rate of its twin %s (%.2g %%); fails in less than %.2g %% (95 %%)",
		       run_trials(e->run), e->twin->spec.variant->name, e->hit.lower * 100,
		       stats_upper_bound(0, run_trials(e->run), 0.95) * 100);
}

static void judge_alone(struct gate_entry *e)
{
	if (run_hits(e->run))
		decide(e, GATE_PASS, "fails as expected; the scenario has no variant to pass here");
	else if (makes_do_with_few(e->run))
		decide(e, GATE_CONTROL, "does not fail in so few trials");
	else
		decide(e, GATE_INCONCLUSIVE, "%s", e->run->outcome.reason);
}

/**
 * gate_judge() - come to a verdict
 * @e: sampled; hit, missed, verdict and rule are set
 */
void gate_judge(struct gate_entry *e)
{
	e->hit = (struct interval){ 0, 1 };
	e->missed = 1;
	if (e->twin && run_hits(e->twin)) {
		e->hit = stats_clopper_pearson(run_hits(e->twin), run_trials(e->twin), 0.95);
		e->missed = stats_missed(e->hit.lower, run_trials(e->run));
	}
	if (gate_alone(e))
		judge_alone(e);
	else if (e->run->outcome.nr_failures && gate_new_failure(e) && e->run->explored.confirmed)
		judge_explored_failure(e);
	else if (e->run->outcome.nr_failures && gate_new_failure(e))
		judge_failure(e);
	else if (e->run->outcome.nr_failures)
		judge_known(e);
	else if (e->run->outcome.verdict != VERDICT_PASS)
		decide(e, GATE_INCONCLUSIVE, "%s: %s", verdict_names[e->run->outcome.verdict],
		       e->run->outcome.reason);
	else if (!e->twin)
		judge_without_twin(e);
	else
		judge_with_twin(e);
}

/**
 * gate_trials() - how many clean trials exclude a twin's rate
 * @hit: its interval
 * @least: no fewer than so many
 */
uint64_t gate_trials(const struct interval *hit, uint64_t least)
{
	struct sprt_design design = clean_design(hit);
	uint64_t needed = stats_sprt_clean(&design);

	return needed > least ? needed : least;
}

/**
 * gate_wanted() - how many trials a variant that is to pass should have
 * @e: the entry, judged
 *
 * Return: enough to exclude its twin's rate, and GATE_RATE as far as its own
 * number of cycles or schedules goes; in lockdep mode only that.
 */
uint64_t gate_wanted(const struct gate_entry *e)
{
	uint64_t least = stats_trials_needed(GATE_RATE, GATE_MISSED);

	if (least > e->own)
		least = e->own;
	if (mode_of(e->run)->few || !e->twin || !run_hits(e->twin))
		return least;
	return gate_trials(&e->hit, least);
}

/**
 * gate_exit_status() - what the program is to exit with
 * @gate: judged
 *
 * Return: 1 if anything failed that the baseline does not know, or else 2 if
 * anything could not be judged, or else 0.
 */
int gate_exit_status(const struct gate *gate)
{
	int status = 0;
	size_t i;

	for (i = 0; i < gate->nr_entries; i++) {
		switch (gate->entries[i].verdict) {
		case GATE_REGRESSION:
		case GATE_UNCONFIRMED:
			return 1;
		case GATE_INCONCLUSIVE:
			status = 2;
			break;
		default:
			break;
		}
	}
	return status;
}

/**
 * gate_inconclusive() - is there anything that could not be judged?
 * @gate: judged
 */
bool gate_inconclusive(const struct gate *gate)
{
	size_t i;

	for (i = 0; i < gate->nr_entries; i++) {
		if (gate->entries[i].verdict == GATE_INCONCLUSIVE)
			return true;
	}
	return false;
}

/* What was looked at now is replaced, whether it is still there or not. */
static void forget_part(struct gate *gate)
{
	struct baseline *b = &gate->baseline;
	size_t i, kept = 0;

	for (i = 0; i < b->nr_runs; i++) {
		if (!gate_looks_at(gate, &b->runs[i]))
			b->runs[kept++] = b->runs[i];
	}
	b->nr_runs = kept;
}

/**
 * gate_record() - make the baseline of what has been run
 * @gate: judged; its baseline is what was in @path before, of which the part that
 *	was not looked at stays
 * @path: the baseline's file
 */
void gate_record(struct gate *gate, const char *path)
{
	size_t i;
	int mode;

	forget_part(gate);
	for (i = 0; i < gate->batch->nr_runs; i++) {
		if (gate->batch->runs[i].outcome.verdict != VERDICT_SKIP)
			baseline_put(&gate->baseline, &gate->batch->runs[i]);
	}
	for (mode = 0; mode < NR_MODES; mode++) {
		if (gate->modes & (1u << mode))
			baseline_put_kernel(&gate->baseline, mode, &gate->kernels[mode],
					    gate->batch);
	}
	baseline_write(&gate->baseline, path);
}
