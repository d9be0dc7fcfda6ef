// SPDX-License-Identifier: GPL-2.0
/*
 * What all strategies draw alike, and the mix of them; see strategy.h.
 */
#include <gsl/gsl_randist.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "strategy/strategy.h"

#define NSEC_PER_MSEC 1000000ull

/* Later starts reach as far as a few jiffies, in steps that hit between timers. */
#define START_STEP_NS (NSEC_PER_MSEC / 4)
#define START_STEPS   160

/* One schedule in so many has points everywhere. Such a cycle takes three times as long. */
#define ALL_CHANCE 8

const struct strategy *const strategies[] = {
	&conflict_strategy, &site_strategy, &late_strategy,    &pct_strategy,
	&bounded_strategy,  &surw_strategy, &uniform_strategy, &around_strategy,
};

const size_t nr_strategies = ARRAY_SIZE(strategies);

/**
 * strategy_find() - a strategy by its name
 * @name: the name
 *
 * Return: the strategy or NULL.
 */
const struct strategy *strategy_find(const char *name)
{
	size_t i;

	for (i = 0; i < nr_strategies; i++) {
		if (!strcmp(strategies[i]->name, name))
			return strategies[i];
	}
	return NULL;
}

/**
 * search_begin() - start a search
 * @search: filled in; to be given to search_end()
 * @seed: decides everything that is drawn
 * @only: the strategy wanted, NULL for the mix
 */
void search_begin(struct search *search, uint64_t seed, const struct strategy *only)
{
	size_t i;

	memset(search, 0, sizeof(*search));
	search->rng = gsl_rng_alloc(gsl_rng_mt19937);
	if (!search->rng)
		fatal("out of memory");
	gsl_rng_set(search->rng, seed ^ seed >> 32);
	search->only = only;
	search->state = allocate(nr_strategies * sizeof(*search->state));
	search->tried = allocate(nr_strategies * sizeof(*search->tried));
	for (i = 0; i < nr_strategies; i++)
		search->state[i] = allocate(strategies[i]->state_size + 1);
}

/**
 * search_end() - free what a search holds
 * @search: the search
 */
void search_end(struct search *search)
{
	size_t i;

	for (i = 0; i < nr_strategies; i++) {
		if (strategies[i]->end)
			strategies[i]->end(search->state[i]);
		free(search->state[i]);
	}
	for (i = 0; i < NR_EXTENTS; i++)
		profile_free(&search->profile[i]);
	gsl_rng_free(search->rng);
	free(search->state);
	free(search->tried);
}

static size_t position(const struct strategy *strategy)
{
	size_t i = 0;

	while (strategies[i] != strategy)
		i++;
	return i;
}

static bool try_strategy(struct search *search, size_t i, struct explore_plan *plan)
{
	plan_init(plan);
	if (!strategies[i]->next(search, search->state[i], plan))
		return false;
	search->tried[i]++;
	return true;
}

static unsigned int turns_of(const struct search *search, size_t i)
{
	if (search->only)
		return strategies[i] == search->only;
	return strategies[i]->turns;
}

/* The strategy whose turn it is: they go round, one turn each, until all turns are used up. */
static size_t whose_turn(const struct search *search, uint64_t turn)
{
	unsigned int most = 0, round, total = 0;
	size_t i;

	for (i = 0; i < nr_strategies; i++) {
		total += turns_of(search, i);
		most = turns_of(search, i) > most ? turns_of(search, i) : most;
	}
	turn %= total;
	for (round = 0; round < most; round++) {
		for (i = 0; i < nr_strategies; i++) {
			if (turns_of(search, i) > round && !turn--)
				return i;
		}
	}
	return 0;
}

/**
 * search_next() - choose the next schedule
 * @search: the search
 * @plan: overwritten
 *
 * Return: the strategy that chose it, or NULL if all of them are through.
 */
const struct strategy *search_next(struct search *search, struct explore_plan *plan)
{
	unsigned int tries;
	size_t i;

	for (tries = 0; tries < 4 * nr_strategies; tries++) {
		i = whose_turn(search, search->turn++);
		if (try_strategy(search, i, plan))
			return strategies[i];
	}
	return NULL;
}

/**
 * search_learn() - tell a strategy what came of the schedule it chose
 * @search: the search
 * @strategy: from search_next()
 * @plan: the plan it filled in
 * @result: of carrying it out
 */
void search_learn(struct search *search, const struct strategy *strategy,
		  const struct explore_plan *plan, const struct explore_result *result)
{
	profile_note(&search->profile[plan->extent], plan, result);
	if (strategy->learn)
		strategy->learn(search, search->state[position(strategy)], plan, result);
}

/**
 * search_report() - what the strategies have to say of the search
 * @search: the search
 *
 * Return: allocated lines, one for each strategy that has tried something.
 */
char *search_report(const struct search *search)
{
	char *text = format("%s", ""), *line, *longer;
	size_t i;

	for (i = 0; i < nr_strategies; i++) {
		if (!search->tried[i])
			continue;
		line = strategies[i]->report ? strategies[i]->report(search, search->state[i]) :
					       format("%s", strategies[i]->help);
		longer = format("%s%s: %llu schedules; %s\n", text, strategies[i]->name,
				(unsigned long long)search->tried[i], line);
		free(line);
		free(text);
		text = longer;
	}
	return text;
}

/**
 * draw_below() - a number from 0 to @n - 1
 * @search: the search
 * @n: how many there are to choose from, at least 1
 */
uint32_t draw_below(struct search *search, uint32_t n)
{
	return gsl_rng_uniform_int(search->rng, n);
}

/**
 * draw_order() - the roles that take part, in random order
 * @search: the search
 * @plan: changed
 */
void draw_order(struct search *search, struct explore_plan *plan)
{
	uint8_t roles[EXPLORE_ROLES];
	size_t n = profile_roles(&search->profile[plan->extent], roles);

	/* None are known if no profiling cycle came to its end; GSL insists on one. */
	if (n)
		gsl_ran_shuffle(search->rng, roles, n, sizeof(*roles));
	plan_set_order(plan, roles, n);
}

/**
 * draw_start() - now and then, start the unload at another virtual time
 * @search: the search
 * @plan: changed
 */
void draw_start(struct search *search, struct explore_plan *plan)
{
	if (!draw_below(search, 4))
		plan->start_delay = draw_below(search, START_STEPS) * START_STEP_NS;
}

/**
 * draw_seed() - for what the kernel draws itself
 * @search: the search
 * @plan: changed
 */
void draw_seed(struct search *search, struct explore_plan *plan)
{
	plan->seed = gsl_rng_get(search->rng) | 1;
}

/**
 * draw_extent() - mostly what the module and its unload reach, now and then all
 * @search: the search
 * @plan: changed
 */
void draw_extent(struct search *search, struct explore_plan *plan)
{
	if (search->profile[EXPLORE_EXTENT_ALL].nr_sites && !draw_below(search, ALL_CHANCE))
		plan->extent = EXPLORE_EXTENT_ALL;
}
