/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Delta debugging of schedules, one question at a time:
 *
 *	minimise_begin(&m, &failing);
 *	while ((trial = minimise_next(&m)))
 *		minimise_answer(&m, carry_out(trial) == FAILS);
 *	... m.best is 1-minimal: it passes as soon as any part is left out ...
 *	minimise_end(&m);
 *
 * The parts are the decisions, the roles that go first, and the later start. A
 * decision that lets a certain other role go first is replaced by one that merely
 * has its own role wait, if that will do.
 */
#ifndef MODRACE_MINIMISE_H
#define MODRACE_MINIMISE_H

#include "schedule/schedule.h"

/**
 * struct minimiser - state of one minimisation
 * @best: smallest schedule known to fail
 * @trial: the one asked about
 * @chunk: parts left out at a time
 * @end: parts from here on have been tried in this round
 * @from: first part left out of @trial
 * @dropped: this round has made @best smaller
 * @simpler: decisions before this one have been simplified, or cannot be
 * @simplifying: @trial is @best with one decision simplified
 * @tests: questions asked
 */
struct minimiser {
	struct schedule best;
	struct schedule trial;
	size_t chunk;
	size_t end;
	size_t from;
	bool dropped;
	size_t simpler;
	bool simplifying;
	unsigned int tests;
};

void minimise_begin(struct minimiser *m, const struct schedule *failing);
const struct schedule *minimise_next(struct minimiser *m);
void minimise_answer(struct minimiser *m, bool fails);
void minimise_end(struct minimiser *m);

#endif /* MODRACE_MINIMISE_H */
