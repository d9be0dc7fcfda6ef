// SPDX-License-Identifier: GPL-2.0
/*
 * Sampling: how long everything is run before the gate judges it; see gate.h. In
 * rounds, since what one variant needs depends on how often its twin fails:
 *
 *	round 1   broken: some failures    fixed: GATE_RATE excluded
 *	round 2   of what is undecided GROWTH times as much, and so on, until
 *	          nothing is undecided or the budget is spent
 *	confirm   what failed and should not have, once more from the start
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "gate/gate.h"
#include "plan/mode.h"

/* To confirm a failure is to see it again, this often if it can be had. */
#define CONFIRM_HITS    3
#define CONFIRM_MOST    20000
#define CONFIRM_SECONDS 300
#define CONFIRM_MISSED  0.05

/* Trials are added in steps of at most this many times those there are. */
#define GROWTH 3

/* A search that asks for more schedules than so many times its own wants a twin's rate first. */
#define LONG_SEARCH 5

/* Nothing more will be learned: it could not go on, or has gone through all there is. */
static bool stuck(const struct run *run)
{
	if (*run->outcome.broken || run->outcome.timed_out || run->outcome.starved ||
	    run->outcome.interrupted)
		return true;
	return mode_of(run)->controlled && !run->outcome.nr_failures &&
	       run->explored.schedules - run->explored.same < run->spec.cycles;
}

/*
 * Where the twin's schedules do not apply, since it is another module, a search is as
 * long at once as a twin that fails in its only schedule will ask for.
 */
static uint64_t search_length(const struct gate_entry *e)
{
	struct interval hit = stats_clopper_pearson(1, 1, 0.95);

	if (!e->twin || !strcmp(e->twin->spec.variant->module, e->run->spec.variant->module))
		return e->own;
	return gate_trials(&hit, e->own);
}

/* The first round. A search goes through what the scenario says, to the first failure. */
static void prepare_entry(const struct gate *gate, const struct gate_entry *e)
{
	bool known = e->before && e->before->hits;

	if (mode_of(e->run)->controlled) {
		e->run->spec.cycles = search_length(e);
		e->run->spec.timeout = gate->budget;
		if (e->twin)
			e->twin->spec.timeout = gate->budget;
		return;
	}
	if (!gate_alone(e))
		run_extend(e->run, gate_wanted(e), known ? GATE_HITS : 1, gate->budget);
	if (e->twin)
		run_extend(e->twin, e->twin->spec.cycles, gate->hits, gate->budget);
}

/* As many more trials as fit in the time left, as far as can be told. */
static uint64_t affordable(const struct run *run, double left)
{
	double rate = run->tally.seconds > 0 ? run_trials(run) / run->tally.seconds : 1;
	double trials = fmin(rate * left, (double)GROWTH * run_trials(run));

	return trials > 1 ? trials : 1;
}

/* A search's cycles are the schedules of its own. */
static uint64_t cycles_for(const struct run *run, uint64_t trials)
{
	return mode_of(run)->controlled ? trials - run->explored.same : trials;
}

static bool extend_run(struct run *run, uint64_t wanted, unsigned int failures, double left)
{
	uint64_t more = affordable(run, left), trials = run_trials(run);

	if (run->outcome.verdict == VERDICT_NONE)
		return true;
	if (stuck(run) || trials >= wanted || run->outcome.nr_failures >= failures)
		return false;
	if (more > wanted - trials)
		more = wanted - trials;
	run_extend(run, cycles_for(run, trials + more), failures, left);
	return true;
}

/* So many failures would settle the twin's rate as far as this is useful now. */
static unsigned int hits_wanted(const struct gate_entry *e)
{
	uint64_t hits = run_hits(e->twin);

	if (!mode_of(e->run)->controlled || !hits)
		return GATE_HITS;
	if (gate_wanted(e) <= LONG_SEARCH * e->own)
		return hits;
	return hits * GROWTH < GATE_HITS ? hits * GROWTH : GATE_HITS;
}

static bool extend_entry(const struct gate_entry *e, double left)
{
	bool any = extend_run(e->twin, UINT64_MAX, hits_wanted(e), left);

	if (!gate_alone(e) && run_hits(e->twin))
		any |= extend_run(e->run, gate_wanted(e), 1, left);
	return any;
}

static bool undecided(const struct gate_entry *e)
{
	return e->verdict == GATE_INCONCLUSIVE && e->twin;
}

/* Asks for more trials where more would help; false if that is nowhere. */
static bool extend_all(struct gate *gate, double left)
{
	size_t i, nr = 0, jobs = runner_jobs(gate->how.jobs, gate->how.memory_mb);
	bool any = false;

	for (i = 0; i < gate->nr_entries; i++) {
		gate_judge(&gate->entries[i]);
		nr += undecided(&gate->entries[i]);
	}
	/* Each has its share of the time left. */
	if (nr > jobs)
		left = left * jobs / nr;
	for (i = 0; i < gate->nr_entries; i++) {
		if (undecided(&gate->entries[i]))
			any |= extend_entry(&gate->entries[i], left);
	}
	return any;
}

/* It may have come early by luck: as many trials as the lower end of its rate asks for. */
static uint64_t confirm_trials(const struct gate_entry *e)
{
	struct interval rate = stats_clopper_pearson(1, e->run->outcome.failures[0].cycle, 0.95);
	uint64_t trials = stats_trials_needed(rate.lower, CONFIRM_MISSED);

	if (mode_of(e->run)->controlled)
		return e->run->spec.cycles;
	if (trials < gate_wanted(e))
		trials = gate_wanted(e);
	return trials < CONFIRM_MOST ? trials : CONFIRM_MOST;
}

static void add_confirmation(struct batch *batch, const struct gate_entry *e)
{
	struct run_spec spec = e->run->spec;
	struct run *run;

	spec.dir = format("%s/confirm", e->run->spec.dir);
	spec.after = NULL;
	batch_add_run(batch, &spec);
	run = &batch->runs[batch->nr_runs - 1];
	if (!make_directory(spec.dir))
		run_broken(run, "%s: cannot create the directory: %s", spec.dir, strerror(errno));
	run_extend(run, confirm_trials(e), mode_of(run)->controlled ? 1 : CONFIRM_HITS,
		   CONFIRM_SECONDS);
}

/* A schedule that failed from a fresh boot has been confirmed by that. */
static bool needs_confirmation(const struct gate_entry *e)
{
	return !gate_alone(e) && !e->run->explored.confirmed && e->run->outcome.nr_failures &&
	       gate_new_failure(e);
}

/* Runs what failed once more, from the start, as anybody would who was told of it. */
static bool confirm_all(struct gate *gate)
{
	struct batch *batch = allocate(sizeof(*batch));
	size_t i, n = 0;
	bool through;

	for (i = 0; i < gate->nr_entries; i++) {
		if (needs_confirmation(&gate->entries[i]))
			add_confirmation(batch, &gate->entries[i]);
	}
	if (!batch->nr_runs) {
		free(batch);
		return true;
	}
	printf("repeating what failed\n");
	through = runner_go(batch, &gate->how);
	runner_release(batch);
	for (i = 0; i < gate->nr_entries; i++) {
		if (needs_confirmation(&gate->entries[i]))
			gate->entries[i].again = &batch->runs[n++];
	}
	return through;
}

/*
 * What is left of the budget. It is for seconds that the guests get of the host: where
 * they get half of what they ask for, it lasts twice as long.
 */
static double budget_left(const struct gate *gate, double began)
{
	double seconds = 0, got = 0;
	size_t i;

	for (i = 0; i < gate->batch->nr_runs; i++) {
		seconds += gate->batch->runs[i].tally.seconds;
		got += gate->batch->runs[i].tally.got_seconds;
	}
	return gate->budget - (now_seconds() - began) * (seconds > 0 ? got / seconds : 1);
}

/**
 * gate_sample() - run everything for as long as it takes to judge it
 * @gate: with its entries; they are judged afterwards
 *
 * Return: false if the user stopped it.
 */
bool gate_sample(struct gate *gate)
{
	double began = now_seconds(), left;
	size_t i;

	for (i = 0; i < gate->nr_entries; i++) {
		gate_judge(&gate->entries[i]);
		prepare_entry(gate, &gate->entries[i]);
	}
	do {
		if (!runner_go(gate->batch, &gate->how))
			return false;
		left = budget_left(gate, began);
	} while (left > 0 && extend_all(gate, left));

	if (!confirm_all(gate))
		return false;
	for (i = 0; i < gate->nr_entries; i++)
		gate_judge(&gate->entries[i]);
	return true;
}
