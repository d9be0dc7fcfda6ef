// SPDX-License-Identifier: GPL-2.0
/*
 * Uniform random switching: at one point in module text in so many, on average,
 * whoever can run is let go first, or, in every other schedule, timers fire and
 * softirqs wait as well. The kernel draws, since only it knows who can.
 */
#include "strategy/strategy.h"

#define LEAST_CHANCE 2
#define CHANCES      14

static bool uniform_next(struct search *search, void *state, struct explore_plan *plan)
{
	(void)state;
	draw_extent(search, plan);
	draw_order(search, plan);
	draw_start(search, plan);
	plan->scope = EXPLORE_SCOPE_MODULE;
	plan->generator = EXPLORE_GEN_UNIFORM;
	plan->flags |= draw_below(search, 2) ? EXPLORE_F_TIMERS | EXPLORE_F_SOFTIRQS : 0;
	plan->chance = LEAST_CHANCE + draw_below(search, CHANCES);
	draw_seed(search, plan);
	return true;
}

const struct strategy uniform_strategy = {
	.name = "uniform",
	.help = "switches at random points in module text",
	.turns = 1,
	.next = uniform_next,
};
