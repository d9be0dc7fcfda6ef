/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Strategies: ways to choose the next schedule.
 *
 * No single one finds every race. Where a window lies inside module code, few
 * random priority changes there find it at once; where it lies in core code
 * between two calls of the module, a place has to be drawn first and then one of
 * its passages, or the few that matter drown in hot loops. So the default takes
 * turns, and the strategy that found a bug is named with it.
 *
 * Each is a file strategy_*.c with one struct strategy.
 */
#ifndef MODRACE_STRATEGY_H
#define MODRACE_STRATEGY_H

#include <gsl/gsl_rng.h>

#include "schedule/profile.h"
#include "schedule/schedule.h"

#define NR_EXTENTS        2
#define STRATEGY_NAME_LEN 16

struct strategy;

/**
 * struct search - one search for a failing schedule
 * @rng: seeded; all that is drawn comes from it
 * @profile: by enum explore_extent
 * @around: schedules whose neighbourhood is to be searched
 * @nr_around: how many
 * @only: the strategy the user wants, NULL for the mix
 * @state: private to each strategy, by its position in strategies
 * @tried: schedules by each strategy, by its position
 * @turn: schedules chosen so far
 */
struct search {
	gsl_rng *rng;
	struct profile profile[NR_EXTENTS];
	const struct schedule *around;
	size_t nr_around;
	const struct strategy *only;
	void **state;
	uint64_t *tried;
	uint64_t turn;
};

/**
 * struct strategy - one way to choose schedules
 * @name: as the user writes it
 * @help: one line for people
 * @turns: how many turns of a round it has in the mix
 * @state_size: bytes of private state, zeroed at the beginning of a search
 * @next: fills in the next plan, made by plan_init(); false if there is none
 *	left, or none without a profile that shows more
 * @learn: is told what came of the plan it chose last; may be NULL
 * @report: what its search amounts to, one allocated line; may be NULL
 * @end: frees what its state points to; may be NULL
 */
struct strategy {
	const char *name;
	const char *help;
	unsigned int turns;
	size_t state_size;
	bool (*next)(struct search *search, void *state, struct explore_plan *plan);
	void (*learn)(struct search *search, void *state, const struct explore_plan *plan,
		      const struct explore_result *result);
	char *(*report)(const struct search *search, const void *state);
	void (*end)(void *state);
};

extern const struct strategy bounded_strategy, conflict_strategy, pct_strategy, site_strategy,
	surw_strategy, uniform_strategy, around_strategy, late_strategy;
extern const struct strategy *const strategies[];
extern const size_t nr_strategies;

const struct strategy *strategy_find(const char *name);
void search_begin(struct search *search, uint64_t seed, const struct strategy *only);
const struct strategy *search_next(struct search *search, struct explore_plan *plan);
void search_learn(struct search *search, const struct strategy *strategy,
		  const struct explore_plan *plan, const struct explore_result *result);
char *search_report(const struct search *search);
void search_end(struct search *search);

/* For the strategies */
uint32_t draw_below(struct search *search, uint32_t n);
void draw_order(struct search *search, struct explore_plan *plan);
void draw_start(struct search *search, struct explore_plan *plan);
void draw_seed(struct search *search, struct explore_plan *plan);
void draw_extent(struct search *search, struct explore_plan *plan);

#endif /* MODRACE_STRATEGY_H */
