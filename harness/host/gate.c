// SPDX-License-Identifier: GPL-2.0
/*
 * Pairing variants, sampling them, judging them; see gate.h. The rules, in the
 * order in which they are asked; the first that applies decides:
 *
 *	failed, not in the baseline, again when repeated	REGRESSION
 *	failed, not in the baseline, not again			UNCONFIRMED
 *	failed as in the baseline, but more often		REGRESSION
 *	failed as in the baseline				KNOWN
 *	could not be run to its end				INCONCLUSIVE
 *	no variant fails here, nor did one in the baseline	CONTROL
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

#include "gate.h"
#include "util.h"

/* A known failure is worse when it comes this many times as often. */
#define WORSE		3.0
#define MAX_RATE	0.999

/*
 * To confirm a failure is to see it again, in so many times the trials it took; it
 * may have come early by luck, so a clean run's trials are the least.
 */
#define CONFIRM_TRIALS	3
#define CONFIRM_HITS	3
#define CONFIRM_MOST	20000
#define CONFIRM_SECONDS	300

/* Trials are added in steps of at most this many times those there are. */
#define GROWTH		3

const char *const gate_verdict_names[NR_GATE_VERDICTS] = {
	[GATE_PASS] = "PASS",
	[GATE_CONTROL] = "CONTROL",
	[GATE_KNOWN] = "KNOWN",
	[GATE_REGRESSION] = "REGRESSION",
	[GATE_UNCONFIRMED] = "UNCONFIRMED",
	[GATE_INCONCLUSIVE] = "INCONCLUSIVE",
};

static bool is_twin(const struct run *run, const struct run *twin)
{
	return twin->scenario == run->scenario && twin->mode == run->mode &&
	       twin->variant->expect == EXPECT_FAIL && twin->verdict != VERDICT_SKIP;
}

/* The variant that must fail: the one named after @run's, or else the first. */
static struct run *find_twin(const struct plan *plan, const struct run *run)
{
	size_t i, len = strlen(run->variant->name);
	struct run *twin = NULL;

	for (i = 0; i < plan->nr_runs; i++) {
		struct run *other = &plan->runs[i];

		if (!is_twin(run, other))
			continue;
		if (!strncmp(other->variant->name, run->variant->name, len))
			return other;
		if (!twin)
			twin = other;
	}
	return twin;
}

static bool had_twin(const struct baseline *b, const struct run *run)
{
	size_t i;

	for (i = 0; i < b->nr_runs; i++) {
		const struct baseline_run *r = &b->runs[i];

		if (!strcmp(r->scenario, run->scenario->name) && r->mode == run->mode &&
		    r->expect == EXPECT_FAIL)
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
 * @gate: with @plan and @baseline; gets its entries
 */
void gate_pair(struct gate *gate)
{
	struct run *run;
	size_t i;

	for (i = 0; i < gate->plan->nr_runs; i++) {
		run = &gate->plan->runs[i];
		if (run->verdict != VERDICT_SKIP && run->variant->expect == EXPECT_PASS)
			add_entry(gate, run, find_twin(gate->plan, run));
	}
	for (i = 0; i < gate->plan->nr_runs; i++) {
		run = &gate->plan->runs[i];
		if (run->verdict != VERDICT_SKIP && run->variant->expect == EXPECT_FAIL &&
		    !is_paired(gate, run))
			add_entry(gate, run, run);
	}
}

/* An entry of a broken variant alone. */
static bool is_alone(const struct gate_entry *e)
{
	return e->run == e->twin;
}

static bool new_failure(const struct gate_entry *e)
{
	unsigned int i;

	for (i = 0; i < e->run->nr_failures; i++) {
		if (!baseline_knows(e->before, e->run->failures[i].title))
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

__attribute__((format(printf, 3, 4)))
static void decide(struct gate_entry *e, enum gate_verdict verdict, const char *fmt, ...)
{
	va_list args;

	e->verdict = verdict;
	va_start(args, fmt);
	vsnprintf(e->rule, sizeof(e->rule), fmt, args);
	va_end(args);
}

/* A schedule that failed is its own confirmation, if it fails from a fresh boot. */
static void judge_explored_failure(struct gate_entry *e)
{
	const struct explored *x = &e->run->explored;

	if (x->confirmed)
		decide(e, GATE_REGRESSION,
		       "schedule %" PRIu64 " fails from a fresh boot, %u of %u replays identical; the baseline knows no such failure",
		       e->run->failures[0].cycle, x->identical, x->replays);
	else
		decide(e, GATE_UNCONFIRMED,
		       "schedule %" PRIu64 " failed; it did not from a fresh boot, which does not undo it",
		       e->run->failures[0].cycle);
}

static void judge_failure(struct gate_entry *e)
{
	const struct run *again = e->again;
	uint64_t hits = again ? run_hits(again) : 0;

	if (hits)
		decide(e, GATE_REGRESSION,
		       "failed in trial %" PRIu64 " and, repeated, in %" PRIu64 " of %" PRIu64
		       " trials; the baseline knows no such failure",
		       e->run->failures[0].cycle, hits, run_trials(again));
	else
		decide(e, GATE_UNCONFIRMED,
		       "failed in trial %" PRIu64 "; %" PRIu64
		       " trials to see it again went well, which does not undo it",
		       e->run->failures[0].cycle, again ? run_trials(again) : 0);
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
		decide(e, GATE_INCONCLUSIVE,
		       "the baseline has a variant that fails here, this run has none");
	else
		decide(e, GATE_CONTROL,
		       "clean, and no variant is expected to fail here: shows that nothing is reported falsely");
}

/* The schedules are controlled: it is not left to chance whether the race took place. */
static bool stood_the_same(const struct gate_entry *e)
{
	const struct explored *x = &e->run->explored;

	return e->run->explore && e->twin->explored.confirmed && x->same &&
	       x->schedules >= 2 * x->same;
}

static void judge_with_twin(struct gate_entry *e)
{
	struct sprt_design design = clean_design(&e->hit);
	enum sprt said = stats_sprt(&design, 0, run_trials(e->run));

	if (!run_hits(e->twin))
		decide(e, GATE_INCONCLUSIVE,
		       "its twin %s did not fail as expected in %" PRIu64
		       " trials (%s): a pass would prove nothing",
		       e->twin->variant->name, run_trials(e->twin), e->twin->reason);
	else if (stood_the_same(e))
		decide(e, GATE_PASS,
		       "went through the %" PRIu64 " schedules of its twin, of which one fails there, and %" PRIu64
		       " of its own; fails in less than %.2g %% (95 %%)",
		       e->run->explored.same, run_trials(e->run) - e->run->explored.same,
		       stats_upper_bound(0, run_trials(e->run), 0.95) * 100);
	else if (said != SPRT_ACCEPT)
		decide(e, GATE_INCONCLUSIVE,
		       "too few trials: a race at the lower end of its twin's rate would be missed with probability %.2g",
		       e->missed);
	else
		decide(e, GATE_PASS,
		       "%" PRIu64 " clean trials exclude the lower end of its twin's rate (%.2g %%); fails in less than %.2g %% (95 %%)",
		       run_trials(e->run), e->hit.lower * 100,
		       stats_upper_bound(0, run_trials(e->run), 0.95) * 100);
}

static void judge_alone(struct gate_entry *e)
{
	if (run_hits(e->run))
		decide(e, GATE_PASS, "fails as expected; the scenario has no variant to pass here");
	else
		decide(e, GATE_INCONCLUSIVE, "%s", e->run->reason);
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
	if (is_alone(e))
		judge_alone(e);
	else if (e->run->nr_failures && new_failure(e) && e->run->explore)
		judge_explored_failure(e);
	else if (e->run->nr_failures && new_failure(e))
		judge_failure(e);
	else if (e->run->nr_failures)
		judge_known(e);
	else if (e->run->verdict != VERDICT_PASS)
		decide(e, GATE_INCONCLUSIVE, "%s: %s", verdict_names[e->run->verdict],
		       e->run->reason);
	else if (!e->twin)
		judge_without_twin(e);
	else
		judge_with_twin(e);
}

/* Nothing more will be learned: it could not go on, or has searched as long as it will. */
static bool stuck(const struct run *run)
{
	return run->explore || *run->broken || run->timed_out || run->interrupted;
}

/**
 * gate_wanted() - how many trials a variant that is to pass should have
 * @e: the entry, judged
 *
 * Return: enough to exclude its twin's rate, and GATE_RATE as far as the
 * scenario's own number of cycles goes.
 */
uint64_t gate_wanted(const struct gate_entry *e)
{
	uint64_t least = stats_trials_needed(GATE_RATE, GATE_MISSED), needed;
	struct sprt_design design = clean_design(&e->hit);

	if (least > e->run->scenario->cycles[e->run->mode])
		least = e->run->scenario->cycles[e->run->mode];
	if (!e->twin || !run_hits(e->twin))
		return least;
	needed = stats_sprt_clean(&design);
	return needed > least ? needed : least;
}

static void prepare(struct run *run, uint64_t cycles, unsigned int failures, double seconds)
{
	run->cycles = cycles;
	run->max_failures = failures;
	run->timeout = run->seconds + seconds;
	run->verdict = VERDICT_NONE;
	*run->title = '\0';
	*run->reason = '\0';
}

/* A search ends by itself, with the first schedule that fails or when it is through. */
static void prepare_explored(struct gate_entry *e, double budget)
{
	e->run->timeout = budget;
	if (e->twin)
		e->twin->timeout = budget;
}

static void prepare_all(struct gate *gate)
{
	size_t i;

	for (i = 0; i < gate->nr_entries; i++) {
		struct gate_entry *e = &gate->entries[i];
		bool known = e->before && e->before->hits;

		if (e->run->explore) {
			prepare_explored(e, gate->budget);
			continue;
		}
		if (!is_alone(e))
			prepare(e->run, gate_wanted(e), known ? GATE_HITS : 1, gate->budget);
		if (e->twin)
			prepare(e->twin, e->twin->scenario->cycles[e->twin->mode], GATE_HITS,
				gate->budget);
	}
}

/* As many more trials as fit in the time left, as far as can be told. */
static uint64_t affordable(const struct run *run, double left)
{
	double rate = run->seconds > 0 ? run_trials(run) / run->seconds : 1;
	double trials = fmin(rate * left, (double)GROWTH * run_trials(run));

	return trials > 1 ? trials : 1;
}

static bool extend_run(struct run *run, uint64_t wanted, unsigned int failures, double left)
{
	uint64_t more = affordable(run, left), trials = run_trials(run);

	if (stuck(run) || trials >= wanted || run->nr_failures >= failures)
		return false;
	if (more > wanted - trials)
		more = wanted - trials;
	prepare(run, trials + more, failures, left);
	return true;
}

/* Asks for more trials where more would help; false if that is nowhere. */
static bool extend_all(struct gate *gate, double left)
{
	bool any = false;
	size_t i;

	for (i = 0; i < gate->nr_entries; i++) {
		struct gate_entry *e = &gate->entries[i];

		gate_judge(e);
		if (e->verdict != GATE_INCONCLUSIVE || !e->twin)
			continue;
		if (e->twin->verdict != VERDICT_NONE && run_hits(e->twin) < GATE_HITS)
			any |= extend_run(e->twin, UINT64_MAX, GATE_HITS, left);
		if (!is_alone(e) && run_hits(e->twin))
			any |= extend_run(e->run, gate_wanted(e), 1, left);
	}
	return any;
}

static uint64_t confirm_trials(const struct gate_entry *e)
{
	uint64_t trials = e->run->failures[0].cycle * CONFIRM_TRIALS;

	if (trials < gate_wanted(e))
		trials = gate_wanted(e);
	return trials < CONFIRM_MOST ? trials : CONFIRM_MOST;
}

static void add_confirmation(struct plan *plan, const struct gate_entry *e)
{
	const struct run *failed = e->run;
	struct run *run;

	plan->runs = grow(plan->runs, plan->nr_runs, sizeof(*run));
	run = &plan->runs[plan->nr_runs++];
	memset(run, 0, sizeof(*run));
	run->scenario = failed->scenario;
	run->variant = failed->variant;
	run->mode = failed->mode;
	run->seed = failed->seed;
	run->initramfs = failed->initramfs;
	run->next_cycle = 1;
	run->dir = format("%s/confirm", failed->dir);
	make_directory(run->dir);
	prepare(run, confirm_trials(e), CONFIRM_HITS, CONFIRM_SECONDS);
}

static bool needs_confirmation(const struct gate_entry *e)
{
	return !is_alone(e) && !e->run->explore && e->run->nr_failures && new_failure(e);
}

/* Runs what failed once more, from the start, as anybody would who was told of it. */
static bool confirm_all(struct gate *gate)
{
	struct plan *plan = allocate(sizeof(*plan));
	size_t i, n = 0;
	bool through;

	for (i = 0; i < gate->nr_entries; i++) {
		if (needs_confirmation(&gate->entries[i]))
			add_confirmation(plan, &gate->entries[i]);
	}
	if (!plan->nr_runs) {
		free(plan);
		return true;
	}
	printf("repeating what failed\n");
	through = runner_go(plan, &gate->how);
	for (i = 0; i < gate->nr_entries; i++) {
		if (needs_confirmation(&gate->entries[i]))
			gate->entries[i].again = &plan->runs[n++];
	}
	return through;
}

/**
 * gate_sample() - run everything for as long as it takes to judge it
 * @gate: with its entries; they are judged afterwards
 *
 * Return: false if the user stopped it.
 */
bool gate_sample(struct gate *gate)
{
	double deadline = now_seconds() + gate->budget;
	size_t i;

	for (i = 0; i < gate->nr_entries; i++)
		gate_judge(&gate->entries[i]);
	prepare_all(gate);
	do {
		if (!runner_go(gate->plan, &gate->how))
			return false;
	} while (now_seconds() < deadline && extend_all(gate, deadline - now_seconds()));

	if (!confirm_all(gate))
		return false;
	for (i = 0; i < gate->nr_entries; i++)
		gate_judge(&gate->entries[i]);
	return true;
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

/**
 * gate_record() - make the baseline of what has been run
 * @gate: judged; its baseline is what was in @path before, and keeps what has not
 *	been run now
 * @path: the baseline's file
 */
void gate_record(struct gate *gate, const char *path)
{
	size_t i;
	int mode;

	for (i = 0; i < gate->plan->nr_runs; i++) {
		if (gate->plan->runs[i].verdict != VERDICT_SKIP)
			baseline_put(&gate->baseline, &gate->plan->runs[i]);
	}
	for (mode = 0; mode < NR_MODES; mode++) {
		if (gate->modes & (1u << mode))
			baseline_put_kernel(&gate->baseline, mode, &gate->kernels[mode],
					    gate->plan);
	}
	baseline_write(&gate->baseline, path);
}
