// SPDX-License-Identifier: GPL-2.0
/*
 * Systematic delay bounding (Emmi and others, POPL 2011): every schedule with no
 * delay, then every one with one, then every one with two. A delay moves whoever
 * is at a point in module text behind all others.
 *
 *	order ABC        |---A---|---B---|---C---|		no delay
 *	delay at step 4  |-A-|---B---|---C---|A|		one
 *	                     ^ step 4
 *
 * A schedule with one delay more is a child of one without it: its last delay
 * lies behind those of its parent, at one of the points the parent had there. So
 * lengths are never guessed, nothing comes twice, and when a level is through
 * all schedules of that bound have been carried out. Orders are all orders of
 * the roles that reach the module.
 */
#include <stdlib.h>

#include "base/util.h"
#include "strategy/strategy.h"

#define MAX_BOUND 2
#define MAX_ROLES 4

/**
 * struct node - one schedule carried out
 * @order: number of its order
 * @steps: its delays, ascending
 * @points: how many points it had
 */
struct node {
	unsigned int order;
	uint32_t steps[MAX_BOUND];
	uint32_t points;
};

/**
 * struct level - the schedules of one bound
 * @nodes: those carried out; not kept for the last level
 * @nr: how many there are of them
 * @done: schedules carried out
 */
struct level {
	struct node *nodes;
	size_t nr;
	uint64_t done;
};

/**
 * struct bounded - state of the strategy
 * @roles: those that reach the module
 * @nr_roles: how many
 * @nr_orders: orders of them
 * @bound: the level gone through
 * @levels: by bound
 * @parent: position among the parents; at bound 0 the next order
 * @step: last delay tried for this parent
 * @now: the schedule under way
 */
struct bounded {
	uint8_t roles[EXPLORE_ROLES];
	unsigned int nr_roles;
	unsigned int nr_orders;
	unsigned int bound;
	struct level levels[MAX_BOUND + 1];
	size_t parent;
	uint32_t step;
	struct node now;
};

/* Of too many roles only the first to run is varied. */
static void find_roles(struct bounded *b, const struct profile *profile)
{
	uint32_t mask = 1u << EXPLORE_ROLE_REMOVER;
	unsigned int i;

	for (i = 0; i < profile->nr_sites; i++) {
		if (profile->sites[i].flags & EXPLORE_SITE_EXTENT)
			mask |= 1u << profile->sites[i].role;
	}
	b->nr_roles = profile_roles(&(struct profile){ .roles = mask & profile->roles }, b->roles);
	for (i = 1, b->nr_orders = 1; i <= b->nr_roles; i++)
		b->nr_orders *= i;
	if (b->nr_roles > MAX_ROLES)
		b->nr_orders = b->nr_roles;
}

/* The @number-th order: each digit of a mixed radix takes one role from those left. */
static void set_order(const struct bounded *b, unsigned int number, struct explore_plan *plan)
{
	uint8_t left[EXPLORE_ROLES], order[EXPLORE_ROLES];
	unsigned int nr = b->nr_roles, i, k;

	for (i = 0; i < nr; i++)
		left[i] = b->roles[i];
	for (i = 0; nr; i++, nr--) {
		order[i] = left[number % nr];
		for (k = number % nr; k + 1 < nr; k++)
			left[k] = left[k + 1];
		number /= nr;
	}
	plan_set_order(plan, order, i);
}

/* The next schedule of this level into @now; false if the level is through. */
static bool next_in_level(struct bounded *b)
{
	const struct level *parents = b->bound ? &b->levels[b->bound - 1] : NULL;

	if (!parents) {
		b->now = (struct node){ .order = b->parent };
		return b->parent++ < b->nr_orders;
	}
	for (; b->parent < parents->nr; b->parent++, b->step = 0) {
		const struct node *parent = &parents->nodes[b->parent];

		if (!b->step && b->bound > 1)
			b->step = parent->steps[b->bound - 2];
		if (b->step >= parent->points)
			continue;
		b->now = *parent;
		b->now.steps[b->bound - 1] = ++b->step;
		return true;
	}
	return false;
}

static bool bounded_next(struct search *search, void *state, struct explore_plan *plan)
{
	struct bounded *b = state;
	unsigned int i;

	if (!b->nr_orders)
		find_roles(b, &search->profile[EXPLORE_EXTENT_MODULE]);
	while (b->bound <= MAX_BOUND && !next_in_level(b)) {
		b->bound++;
		b->parent = 0;
		b->step = 0;
	}
	if (b->bound > MAX_BOUND)
		return false;
	set_order(b, b->now.order, plan);
	plan->scope = EXPLORE_SCOPE_MODULE;
	plan->nr_steps = b->bound;
	for (i = 0; i < b->bound; i++) {
		plan->steps[i].step = b->now.steps[i];
		plan->steps[i].rank = SCHEDULE_LAST_RANK;
	}
	return true;
}

static void bounded_learn(struct search *search, void *state, const struct explore_plan *plan,
			  const struct explore_result *result)
{
	struct bounded *b = state;
	struct level *level = &b->levels[plan->nr_steps];

	(void)search;
	level->done++;
	if (plan->nr_steps == MAX_BOUND)
		return;
	b->now.points = result->steps;
	level->nodes = grow(level->nodes, level->nr, sizeof(*level->nodes));
	level->nodes[level->nr++] = b->now;
}

static char *bounded_report(const struct search *search, const void *state)
{
	const struct bounded *b = state;
	char *text = format("%u orders of %u roles", b->nr_orders, b->nr_roles), *longer;
	unsigned int i;

	(void)search;
	for (i = 0; i <= MAX_BOUND && i <= b->bound; i++) {
		longer = format("%s; bound %u: %llu%s", text, i,
				(unsigned long long)b->levels[i].done,
				i < b->bound ? ", complete" : " so far");
		free(text);
		text = longer;
	}
	return text;
}

static void bounded_end(void *state)
{
	struct bounded *b = state;
	unsigned int i;

	for (i = 0; i <= MAX_BOUND; i++)
		free(b->levels[i].nodes);
}

const struct strategy bounded_strategy = {
	.name = "bounded",
	.help = "every schedule with no, one, two delays in module text",
	.turns = 1,
	.state_size = sizeof(struct bounded),
	.next = bounded_next,
	.learn = bounded_learn,
	.report = bounded_report,
	.end = bounded_end,
};
