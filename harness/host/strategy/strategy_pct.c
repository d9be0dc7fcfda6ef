// SPDX-License-Identifier: GPL-2.0
/*
 * PCT (Burckhardt and others, ASPLOS 2010): the n roles stand in random order,
 * and at d - 1 of the k points, drawn beforehand, whoever runs is moved below all
 * others, to the place that belongs to the change. A bug that shows as soon as d
 * events come in the right order is hit by one schedule with a probability of at
 * least 1/(n k^(d-1)), whatever the program is.
 *
 *	order:  n roles | roles that take no part  .  .  .  .
 *	                             place of change 2 ^     ^ place of change 1
 *
 * Points are those in module text; k is the most that one cycle had of them.
 */
#include <math.h>
#include <stdlib.h>

#include "base/util.h"
#include "strategy/strategy.h"

#define MAX_DEPTH 3

/* Places lie apart, so that moves to one do not push a role past another's. */
#define PLACE_GAP 3

/**
 * struct pct - state of the strategy
 * @tried: schedules by depth, 2 and 3
 */
struct pct {
	uint64_t tried[MAX_DEPTH + 1];
};

static uint32_t measured_k(const struct search *search)
{
	uint32_t k = search->profile[EXPLORE_EXTENT_MODULE].steps[EXPLORE_SCOPE_MODULE];

	return k ? k : 1;
}

static int compare_steps(const void *a, const void *b)
{
	const struct explore_step *x = a, *y = b;

	return x->step < y->step ? -1 : x->step > y->step;
}

/* Depths 2, 3, 2, 3, ...; depth 1, no change at all, is what bound 0 goes through. */
static bool pct_next(struct search *search, void *state, struct explore_plan *plan)
{
	struct pct *pct = state;
	unsigned int i, depth = pct->tried[2] > pct->tried[3] ? 3 : 2;
	uint32_t k = measured_k(search);

	draw_order(search, plan);
	plan->scope = EXPLORE_SCOPE_MODULE;
	plan->nr_steps = depth - 1;
	for (i = 0; i < plan->nr_steps; i++) {
		plan->steps[i].step = 1 + draw_below(search, k);
		plan->steps[i].rank = SCHEDULE_LAST_RANK - i * PLACE_GAP;
	}
	qsort(plan->steps, plan->nr_steps, sizeof(*plan->steps), compare_steps);
	pct->tried[depth]++;
	return true;
}

/*
 * How likely one schedule is, at least, to hit a bug of the depth. The start is
 * not drawn here: it would be one more choice that the bound does not count.
 */
static double bound(const struct search *search, unsigned int depth)
{
	uint8_t roles[EXPLORE_ROLES];
	size_t n = profile_roles(&search->profile[EXPLORE_EXTENT_MODULE], roles);

	return 1 / ((n ? n : 1) * pow(measured_k(search), depth - 1));
}

static char *depth_report(const struct search *search, const struct pct *pct, unsigned int depth)
{
	double p = bound(search, depth);

	return format("of depth %u with p >= 1/(n k%s) = %.2g a schedule, %.2g in all %llu", depth,
		      depth == 2 ? "" : "^2", p, 1 - pow(1 - p, pct->tried[depth]),
		      (unsigned long long)pct->tried[depth]);
}

static char *pct_report(const struct search *search, const void *state)
{
	char *two = depth_report(search, state, 2), *three = depth_report(search, state, 3), *text;
	uint8_t roles[EXPLORE_ROLES];
	size_t n = profile_roles(&search->profile[EXPLORE_EXTENT_MODULE], roles);

	text = format("n = %zu roles, k = %u points; a bug is hit %s; %s", n, measured_k(search),
		      two, three);
	free(two);
	free(three);
	return text;
}

const struct strategy pct_strategy = {
	.name = "pct",
	.help = "random order of roles, few random changes in module text",
	.turns = 2,
	.state_size = sizeof(struct pct),
	.next = pct_next,
	.report = pct_report,
};
