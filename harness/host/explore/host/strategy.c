// SPDX-License-Identifier: GPL-2.0
/*
 * Strategies: ways to choose the next schedule.
 *
 * No single one finds every race. Where a window lies inside module code, few
 * random priority changes there (PCT) find it at once; where it lies in core
 * code between two calls of the module, a site has to be drawn first and then
 * one of its passages, or the few that matter drown in hot loops.
 */
#include <stdlib.h>

#include "explore.h"

#define LAST (EXPLORE_ROLES - 1)
#define NSEC_PER_MSEC 1000000ull

/* Roles that take part, and can be made to wait for each other. */
static size_t active_roles(const struct profile *profile, uint8_t *roles)
{
	size_t n = 0;

	for (size_t role = EXPLORE_ROLE_REMOVER; role < EXPLORE_ROLE_OTHER; role++)
		if (profile->roles & 1u << role)
			roles[n++] = role;
	return n;
}

static void shuffle(struct rng *rng, uint8_t *roles, size_t n)
{
	for (size_t i = n; i > 1; i--) {
		size_t j = rng_below(rng, i);
		uint8_t role = roles[j];

		roles[j] = roles[i - 1];
		roles[i - 1] = role;
	}
}

static void random_order(struct search *search, struct explore_plan *plan)
{
	uint8_t roles[EXPLORE_ROLES];
	size_t n = active_roles(&search->profile, roles);

	shuffle(&search->rng, roles, n);
	plan_set_order(plan, roles, n);
}

/* Now and then the unload starts at another virtual time. */
static void random_start(struct search *search, struct explore_plan *plan)
{
	if (!rng_below(&search->rng, 4))
		plan->start_delay = rng_below(&search->rng, 64) *
				    NSEC_PER_MSEC / 4;
}

static void begin(struct search *search, struct explore_plan *plan)
{
	plan_init(plan);
	random_order(search, plan);
	random_start(search, plan);
}

/* ---- random switching in module text ---- */

static bool uniform_next(struct search *search, struct explore_plan *plan)
{
	begin(search, plan);
	plan->scope = EXPLORE_SCOPE_MODULE;
	plan->generator = EXPLORE_GEN_UNIFORM;
	plan->chance = 2 + rng_below(&search->rng, 14);
	plan->seed = rng_next(&search->rng);
	return true;
}

/* ---- PCT: random order, few priority changes among k points ---- */

static int compare_steps(const void *a, const void *b)
{
	const struct explore_step *x = a, *y = b;

	return x->step < y->step ? -1 : x->step > y->step;
}

static bool pct_next(struct search *search, struct explore_plan *plan)
{
	uint32_t k = search->profile.steps[EXPLORE_SCOPE_MODULE];

	begin(search, plan);
	plan->scope = EXPLORE_SCOPE_MODULE;
	plan->nr_steps = 1 + rng_below(&search->rng, 3);
	for (uint32_t i = 0; i < plan->nr_steps; i++)
		plan->steps[i] = (struct explore_step) {
			.step = 1 + rng_below(&search->rng, k + 1),
			.rank = LAST,
		};
	qsort(plan->steps, plan->nr_steps, sizeof(*plan->steps), compare_steps);
	return true;
}

/**
 * pct_bound() - how likely one PCT schedule is to hit a bug, at least
 * @profile: for the number of roles n and of points k
 * @depth: ordering constraints d that the bug needs
 *
 * Return: 1 / (n k^(d-1))
 */
double pct_bound(const struct profile *profile, unsigned int depth)
{
	uint8_t roles[EXPLORE_ROLES];
	double bound = active_roles(profile, roles) ?: 1;

	for (; depth > 1; depth--)
		bound *= profile->steps[EXPLORE_SCOPE_MODULE] ?: 1;
	return 1 / bound;
}

/* ---- a site first, then one of its passages ---- */

typedef bool (*site_filter)(const struct profile_site *s);

static bool remover_in_module(const struct profile_site *s)
{
	return s->role == EXPLORE_ROLE_REMOVER && s->flags & EXPLORE_SITE_EXTENT;
}

static bool others_in_module(const struct profile_site *s)
{
	return s->role != EXPLORE_ROLE_REMOVER && s->flags & EXPLORE_SITE_EXTENT;
}

static bool in_conflict(const struct profile_site *s)
{
	return s->role != EXPLORE_ROLE_OTHER && s->flags & EXPLORE_SITE_CONFLICT;
}

static const struct profile_site *draw_site(struct search *search,
					    site_filter filter)
{
	const struct profile *profile = &search->profile;
	const struct profile_site *chosen = NULL;
	uint32_t seen = 0;

	for (size_t i = 0; i < profile->nr; i++)
		if (filter(&profile->sites[i]) &&
		    !rng_below(&search->rng, ++seen))
			chosen = &profile->sites[i];
	return chosen;
}

static void add_at_site(struct search *search, struct explore_plan *plan,
			const struct profile_site *s)
{
	struct explore_decision d = {
		.site = s->site, .role = s->role, .kind = s->kind,
		.nth = 1 + rng_below(&search->rng, s->count),
		.target = s->role, .rank = LAST,
	};

	if (s->kind == EXPLORE_SOFTIRQ)
		d.target = EXPLORE_ROLE_KSOFTIRQD;
	else if (!rng_below(&search->rng, 12)) {
		d.target = EXPLORE_ROLE_TIMER;
		d.rank = rng_below(&search->rng, 4);
	}
	plan_add(plan, d);
}

static bool sites_next(struct search *search, struct explore_plan *plan)
{
	static const site_filter filters[] = {
		remover_in_module, others_in_module, in_conflict,
	};
	const struct profile_site *s;
	uint32_t n = 1 + rng_below(&search->rng, 3);

	begin(search, plan);
	while (n--) {
		s = draw_site(search, filters[rng_below(&search->rng, 3)]);
		if (s)
			add_at_site(search, plan, s);
	}
	return true;
}

/* ---- random places in the order, at sites where roles meet ---- */

static bool pos_next(struct search *search, struct explore_plan *plan)
{
	const struct profile *profile = &search->profile;

	begin(search, plan);
	plan->scope = EXPLORE_SCOPE_SITES;
	plan->generator = EXPLORE_GEN_POS;
	plan->seed = rng_next(&search->rng);
	for (size_t i = 0; i < profile->nr && plan->nr_sites < EXPLORE_MAX_SCOPE; i++)
		if (in_conflict(&profile->sites[i]) ||
		    profile->sites[i].flags & EXPLORE_SITE_EXTENT)
			plan->sites[plan->nr_sites++] = (struct explore_scope) {
				.site = profile->sites[i].site,
				.role = profile->sites[i].role,
			};
	plan->chance = 1 + (profile->steps[EXPLORE_SCOPE_SITES] >>
			    (2 + rng_below(&search->rng, 5)));
	return true;
}

/* ---- every schedule with no, one, two delays in module text ---- */

static bool bounded_next(struct search *search, struct explore_plan *plan)
{
	uint64_t k = search->profile.steps[EXPLORE_SCOPE_MODULE] ?: 1;
	uint8_t roles[EXPLORE_ROLES];
	size_t n = active_roles(&search->profile, roles);
	uint64_t i;

	if (!search->bound_total || search->bound_next == search->bound_total) {
		search->bound += search->bound_total != 0;
		search->bound_next = 0;
		search->bound_total = n;
		for (unsigned int b = 0; b < search->bound; b++)
			search->bound_total *= k;
	}
	if (search->bound > 2)
		return false;
	i = search->bound_next++;
	plan_init(plan);
	plan->scope = EXPLORE_SCOPE_MODULE;
	/* Rotations of the order: who goes first matters most. */
	plan_set_order(plan, &roles[i % n], 1);
	i /= n;
	for (plan->nr_steps = 0; plan->nr_steps < search->bound; i /= k)
		plan->steps[plan->nr_steps++] = (struct explore_step) {
			.step = 1 + i % k, .rank = LAST,
		};
	qsort(plan->steps, plan->nr_steps, sizeof(*plan->steps), compare_steps);
	return true;
}

/* ---- tables ---- */

static const struct strategy strategies[] = {
	{ "uniform", uniform_next },
	{ "pct", pct_next },
	{ "sites", sites_next },
	{ "pos", pos_next },
	{ "bounded", bounded_next },
};

#define NR_STRATEGIES (sizeof(strategies) / sizeof(*strategies))

/**
 * strategy_find() - by name
 * @name: as printed
 */
const struct strategy *strategy_find(const char *name)
{
	for (size_t i = 0; i < NR_STRATEGIES; i++)
		if (!__builtin_strcmp(strategies[i].name, name))
			return &strategies[i];
	return NULL;
}

/**
 * strategy_mix() - the default: whose turn it is
 * @turn: counts schedules
 */
const struct strategy *strategy_mix(unsigned int turn)
{
	static const char *const turns[] = {
		"pct", "sites", "bounded", "sites", "uniform", "sites",
	};

	return strategy_find(turns[turn % (sizeof(turns) / sizeof(*turns))]);
}
