// SPDX-License-Identifier: GPL-2.0
/*
 * Between two steps of a removal, what sleeps comes by. Exit, and what it has done
 * for it in the background, takes no virtual time, so a timer that is armed and a
 * worker that naps are through before it or come after it. Here they come while it
 * is under way:
 *
 *	exit        |any sessions? no|  timers fire  |close the entry|
 *	traffic     nap                 |begin a session|
 *
 * All places in module text that somebody other than the traffic passes are gone
 * through, seldom passed ones first: their first passage with many timers, with a
 * few, with one; the same with the last passage.
 */
#include <stdlib.h>

#include "base/util.h"
#include "strategy/strategy.h"

/* Binary logarithms of how many timers fire. */
static const uint8_t ranks[] = { 5, 3, 0 };

/**
 * struct late - state of the strategy
 * @sites: the places
 * @nr: how many
 * @next: round * @nr + place
 */
struct late {
	const struct profile_site **sites;
	size_t nr;
	size_t next;
};

static bool on_the_way_out(const struct profile_site *site)
{
	if (!(site->site & EXPLORE_SITE_MODULE) || site->kind == EXPLORE_SOFTIRQ)
		return false;
	return role_removes(site->role) || site->role == EXPLORE_ROLE_KWORKER ||
	       site->role == EXPLORE_ROLE_UNBOUND;
}

static int compare(const void *a, const void *b)
{
	const struct profile_site *x = *(const struct profile_site *const *)a;
	const struct profile_site *y = *(const struct profile_site *const *)b;

	if (x->count != y->count)
		return x->count < y->count ? -1 : 1;
	return x < y ? -1 : x > y;
}

static void list_sites(struct late *late, const struct profile *profile)
{
	size_t i;

	late->sites = allocate((profile->nr_sites + 1) * sizeof(*late->sites));
	for (i = 0; i < profile->nr_sites; i++) {
		if (on_the_way_out(&profile->sites[i]))
			late->sites[late->nr++] = &profile->sites[i];
	}
	qsort(late->sites, late->nr, sizeof(*late->sites), compare);
}

/* The usual order has traffic before workers, and everybody before the remover. */
static void wait_for_timers(struct explore_plan *plan, const struct profile_site *site,
			    uint32_t nth, uint32_t rank)
{
	struct explore_decision d = {
		.site = site->site,
		.nth = nth,
		.role = site->role,
		.target = EXPLORE_ROLE_TIMER,
		.rank = rank,
		.kind = site->kind,
	};

	plan_add(plan, &d);
}

static bool late_next(struct search *search, void *state, struct explore_plan *plan)
{
	const struct profile *profile = &search->profile[EXPLORE_EXTENT_MODULE];
	const struct profile_site *site;
	struct late *late = state;
	size_t round;

	if (!late->sites)
		list_sites(late, profile);
	if (late->next == 2 * ARRAY_SIZE(ranks) * late->nr)
		return false;
	site = late->sites[late->next % late->nr];
	round = late->next++ / late->nr;
	wait_for_timers(plan, site, round < ARRAY_SIZE(ranks) ? 1 : site->count,
			ranks[round % ARRAY_SIZE(ranks)]);
	return true;
}

static char *late_report(const struct search *search, const void *state)
{
	const struct late *late = state;

	(void)search;
	return format("%zu places on the way out, %zu of %zu waits tried", late->nr, late->next,
		      2 * ARRAY_SIZE(ranks) * late->nr);
}

static void late_end(void *state)
{
	struct late *late = state;

	free(late->sites);
}

const struct strategy late_strategy = {
	.name = "late",
	.help = "timers fire, and who naps comes by, between two steps of the removal",
	.turns = 2,
	.state_size = sizeof(struct late),
	.next = late_next,
	.report = late_report,
	.end = late_end,
};
