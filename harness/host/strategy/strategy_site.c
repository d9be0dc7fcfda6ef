// SPDX-License-Identifier: GPL-2.0
/*
 * Few changes, each drawn by site and then by passage: a cycle passes some
 * hundred sites, a few of them ten thousand times, and among single events those
 * few would be all that is ever drawn.
 */
#include "base/util.h"
#include "strategy/strategy.h"

#define MAX_CHANGES 3

/* One change in so many lets virtual time advance instead, by 1, 2, 4, ... 128 timers. */
#define TIMER_CHANCE 12
#define TIMER_RANKS  8

typedef bool (*site_filter)(const struct profile_site *site);

static bool remover_in_module(const struct profile_site *site)
{
	return role_removes(site->role) && site->flags & EXPLORE_SITE_EXTENT;
}

static bool others_in_module(const struct profile_site *site)
{
	return !role_removes(site->role) && site->flags & EXPLORE_SITE_EXTENT;
}

static bool in_conflict(const struct profile_site *site)
{
	return site->role != EXPLORE_ROLE_OTHER && site->flags & EXPLORE_SITE_CONFLICT;
}

static const site_filter filters[] = { remover_in_module, others_in_module, in_conflict };

static const struct profile_site *draw_site(struct search *search, const struct profile *profile,
					    site_filter filter)
{
	const struct profile_site *chosen = NULL;
	uint32_t seen = 0;
	size_t i;

	for (i = 0; i < profile->nr_sites; i++) {
		if (filter(&profile->sites[i]) && !draw_below(search, ++seen))
			chosen = &profile->sites[i];
	}
	return chosen;
}

static void add_change(struct search *search, struct explore_plan *plan,
		       const struct profile_site *site)
{
	struct explore_decision d = {
		.site = site->site,
		.nth = 1 + draw_below(search, site->count),
		.role = site->role,
		.target = site->role,
		.rank = SCHEDULE_LAST_RANK,
		.kind = site->kind,
	};

	if (site->kind == EXPLORE_SOFTIRQ) {
		d.target = EXPLORE_ROLE_KSOFTIRQD;
	} else if (!draw_below(search, TIMER_CHANCE)) {
		d.target = EXPLORE_ROLE_TIMER;
		d.rank = draw_below(search, TIMER_RANKS);
		/* What a handler raises is in no profile. */
		plan->flags |= EXPLORE_F_SOFTIRQS;
		draw_seed(search, plan);
	}
	plan_add(plan, &d);
}

static bool site_next(struct search *search, void *state, struct explore_plan *plan)
{
	uint32_t changes = 1 + draw_below(search, MAX_CHANGES);
	const struct profile_site *site;

	(void)state;
	draw_extent(search, plan);
	draw_order(search, plan);
	draw_start(search, plan);
	while (changes--) {
		site = draw_site(search, &search->profile[plan->extent],
				 filters[draw_below(search, ARRAY_SIZE(filters))]);
		if (site)
			add_change(search, plan, site);
	}
	return true;
}

const struct strategy site_strategy = {
	.name = "site",
	.help = "few changes, drawn by site first and then by passage",
	.turns = 3,
	.next = site_next,
};
