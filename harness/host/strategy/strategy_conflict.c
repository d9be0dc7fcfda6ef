// SPDX-License-Identifier: GPL-2.0
/*
 * Conflict-directed, after Snowboard (SOSP 2021): the profile has run the roles
 * one after the other and knows the sites at which two of them touch the same
 * memory, one writing. Each of these is a place to switch at, in this order:
 *
 *	1. its role runs up to there, then everybody else, then the rest of it
 *	2. the same at the last passage
 *	3. one role waits at one side of a conflict, the other comes as far as
 *	   the other side and waits as well
 *
 * Module text goes before what it calls, that before the rest, and sites passed
 * seldom before those passed often. After that, passages are drawn.
 */
#include <stdlib.h>

#include "base/util.h"
#include "strategy/strategy.h"

enum stage {
	STAGE_FIRST,
	STAGE_LAST,
	STAGE_PAIRS,
	STAGE_DRAW,
};

/**
 * struct conflict - state of the strategy
 * @sites: sites in conflict, the most promising first
 * @nr: how many
 * @stage: what is gone through now
 * @next: position in it
 */
struct conflict {
	const struct profile_site **sites;
	size_t nr;
	enum stage stage;
	size_t next;
};

static int promise(const struct profile_site *site)
{
	if (site->site & EXPLORE_SITE_MODULE)
		return 0;
	return site->flags & EXPLORE_SITE_EXTENT ? 1 : 2;
}

static int compare(const void *a, const void *b)
{
	const struct profile_site *x = *(const struct profile_site *const *)a;
	const struct profile_site *y = *(const struct profile_site *const *)b;

	if (promise(x) != promise(y))
		return promise(x) - promise(y);
	if (x->count != y->count)
		return x->count < y->count ? -1 : 1;
	return x < y ? -1 : x > y;
}

static void list_sites(struct conflict *conflict, const struct profile *profile)
{
	size_t i;

	conflict->sites = allocate((profile->nr_sites + 1) * sizeof(*conflict->sites));
	for (i = 0; i < profile->nr_sites; i++) {
		const struct profile_site *site = &profile->sites[i];

		if (site->flags & EXPLORE_SITE_CONFLICT && site->role != EXPLORE_ROLE_OTHER)
			conflict->sites[conflict->nr++] = site;
	}
	qsort(conflict->sites, conflict->nr, sizeof(*conflict->sites), compare);
}

static void wait_at(struct explore_plan *plan, const struct profile_site *site, uint32_t nth)
{
	struct explore_decision d = {
		.site = site->site,
		.nth = nth,
		.role = site->role,
		.target = site->role,
		.rank = SCHEDULE_LAST_RANK,
		.kind = site->kind,
	};

	if (site->kind == EXPLORE_SOFTIRQ)
		d.target = EXPLORE_ROLE_KSOFTIRQD;
	plan_add(plan, &d);
}

static void one_waits(struct explore_plan *plan, const struct profile_site *site, uint32_t nth)
{
	plan_set_order(plan, &site->role, 1);
	wait_at(plan, site, nth);
}

static void both_wait(struct explore_plan *plan, const struct profile_site *a,
		      const struct profile_site *b, uint32_t nth_a, uint32_t nth_b)
{
	one_waits(plan, a, nth_a);
	wait_at(plan, b, nth_b);
}

/* Each conflict twice: either role may be the one that waits first. */
static void pair_waits(const struct profile *profile, size_t i, struct explore_plan *plan)
{
	const struct profile_pair *pair = &profile->pairs[i / 2];
	const struct profile_site *a = &profile->sites[pair->a], *b = &profile->sites[pair->b];

	if (i % 2)
		both_wait(plan, b, a, 1, 1);
	else
		both_wait(plan, a, b, 1, 1);
}

static void draw(struct search *search, const struct profile *profile, struct explore_plan *plan)
{
	const struct profile_pair *pair = &profile->pairs[draw_below(search, profile->nr_pairs)];
	const struct profile_site *a = &profile->sites[pair->a], *b = &profile->sites[pair->b];
	uint32_t nth_a = 1 + draw_below(search, a->count), nth_b = 1 + draw_below(search, b->count);

	if (draw_below(search, 2))
		both_wait(plan, a, b, nth_a, nth_b);
	else
		both_wait(plan, b, a, nth_b, nth_a);
	draw_start(search, plan);
}

static size_t stage_size(const struct conflict *conflict, const struct profile *profile)
{
	switch (conflict->stage) {
	case STAGE_PAIRS:
		return 2 * profile->nr_pairs;
	case STAGE_DRAW:
		return profile->nr_pairs ? SIZE_MAX : 0;
	default:
		return conflict->nr;
	}
}

static bool conflict_next(struct search *search, void *state, struct explore_plan *plan)
{
	const struct profile *profile = &search->profile[EXPLORE_EXTENT_MODULE];
	struct conflict *conflict = state;

	if (!conflict->sites)
		list_sites(conflict, profile);
	while (conflict->next == stage_size(conflict, profile)) {
		if (conflict->stage == STAGE_DRAW)
			return false;
		conflict->stage++;
		conflict->next = 0;
	}
	if (conflict->stage == STAGE_FIRST)
		one_waits(plan, conflict->sites[conflict->next], 1);
	else if (conflict->stage == STAGE_LAST)
		one_waits(plan, conflict->sites[conflict->next],
			  conflict->sites[conflict->next]->count);
	else if (conflict->stage == STAGE_PAIRS)
		pair_waits(profile, conflict->next, plan);
	else
		draw(search, profile, plan);
	conflict->next++;
	return true;
}

static char *conflict_report(const struct search *search, const void *state)
{
	static const char *const stages[] = {
		[STAGE_FIRST] = "first passages",
		[STAGE_LAST] = "last passages",
		[STAGE_PAIRS] = "both sides",
		[STAGE_DRAW] = "drawn passages",
	};
	const struct conflict *conflict = state;

	return format("%zu sites, %zu conflicts; got as far as %s", conflict->nr,
		      search->profile[EXPLORE_EXTENT_MODULE].nr_pairs, stages[conflict->stage]);
}

static void conflict_end(void *state)
{
	struct conflict *conflict = state;

	free(conflict->sites);
}

const struct strategy conflict_strategy = {
	.name = "conflict",
	.help = "switches where two roles touch the same memory",
	.turns = 2,
	.state_size = sizeof(struct conflict),
	.next = conflict_next,
	.report = conflict_report,
	.end = conflict_end,
};
