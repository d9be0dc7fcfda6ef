// SPDX-License-Identifier: GPL-2.0
/*
 * Delta debugging: drop decisions for as long as the failure stays. Decisions
 * name their site and not their position, so dropping one leaves the meaning
 * of the others alone.
 */
#include <stdlib.h>
#include <string.h>

#include "explore.h"

static void drop(struct explore_plan *plan, uint32_t from, uint32_t n)
{
	memmove(&plan->decisions[from], &plan->decisions[from + n],
		(plan->nr_decisions - from - n) * sizeof(*plan->decisions));
	plan->nr_decisions -= n;
}

/* Try without each chunk of n decisions; true if one could go. */
static bool drop_chunks(struct explore_plan *plan, struct explore_plan *trial,
			uint32_t n, plan_test test, void *data)
{
	bool dropped = false;

	for (uint32_t end = plan->nr_decisions; end; ) {
		uint32_t from = end > n ? end - n : 0;

		memcpy(trial, plan, sizeof(*plan));
		drop(trial, from, end - from);
		if (test(data, trial)) {
			memcpy(plan, trial, sizeof(*plan));
			dropped = true;
		}
		end = from;
	}
	return dropped;
}

static void simplify_start(struct explore_plan *plan, struct explore_plan *trial,
			   plan_test test, void *data)
{
	if (!plan->start_delay)
		return;
	memcpy(trial, plan, sizeof(*plan));
	trial->start_delay = 0;
	if (test(data, trial))
		memcpy(plan, trial, sizeof(*plan));
}

/**
 * minimise() - shrink a failing plan until no decision can be left out
 * @plan: that fails; on return the smaller one
 * @test: runs a plan, true if it fails in the same way
 * @data: for @test
 */
void minimise(struct explore_plan *plan, plan_test test, void *data)
{
	struct explore_plan *trial = malloc(sizeof(*trial));
	uint32_t n = plan->nr_decisions;

	if (!trial)
		return;
	simplify_start(plan, trial, test, data);
	while (n && plan->nr_decisions) {
		bool dropped = drop_chunks(plan, trial, n, test, data);

		if (n > plan->nr_decisions)
			n = plan->nr_decisions;
		else if (!dropped || n > 1)
			n = n > 1 ? (n + 1) / 2 : 0;
	}
	free(trial);
}
