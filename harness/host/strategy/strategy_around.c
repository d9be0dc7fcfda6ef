// SPDX-License-Identifier: GPL-2.0
/*
 * The neighbourhood of schedules that failed: one of them, changed a little. This
 * is how a fix is verified, since what a fix leaves open lies near what it closed.
 */
#include "base/util.h"
#include "strategy/strategy.h"

/* How far a passage is moved at most. */
#define REACH 4

/* One change in so many moves somebody else, to the front. */
#define OTHER_CHANCE 3

static void shift_passage(struct search *search, struct explore_decision *d)
{
	uint32_t by = 1 + draw_below(search, REACH);

	if (draw_below(search, 2))
		d->nth += by;
	else
		d->nth = d->nth > by ? d->nth - by : 1;
}

/* Another site that the same role passes, of the same kind of place if possible. */
static void move_site(struct search *search, const struct profile *profile,
		      struct explore_decision *d)
{
	uint32_t seen = 0;
	size_t i;

	for (i = 0; i < profile->nr_sites; i++) {
		const struct profile_site *site = &profile->sites[i];

		if (site->role != d->role || !(site->flags & EXPLORE_SITE_EXTENT) ||
		    draw_below(search, ++seen))
			continue;
		d->site = site->site;
		d->kind = site->kind;
		d->nth = 1 + draw_below(search, site->count);
	}
}

static void change_decision(struct search *search, const struct profile *profile,
			    struct explore_decision *d)
{
	uint8_t roles[EXPLORE_ROLES];
	size_t n = profile_roles(profile, roles);

	if (d->kind == EXPLORE_SOFTIRQ || draw_below(search, 2)) {
		shift_passage(search, d);
	} else if (n && !draw_below(search, OTHER_CHANCE)) {
		d->target = roles[draw_below(search, n)];
		d->rank = d->target == d->role ? SCHEDULE_LAST_RANK : 0;
	} else {
		move_site(search, profile, d);
	}
}

/* Each decision stays, changes or is left out; one at least is not as it was. */
static bool around_next(struct search *search, void *state, struct explore_plan *plan)
{
	const struct schedule *base;
	uint32_t changed;
	size_t i;

	(void)state;
	if (!search->nr_around)
		return false;
	base = &search->around[draw_below(search, search->nr_around)];
	plan->extent = base->extent;
	plan->start_delay = base->delay;
	plan_set_order(plan, base->first, base->nr_first);
	changed = base->nr ? draw_below(search, base->nr) : 0;
	for (i = 0; i < base->nr; i++) {
		struct explore_decision d = base->decisions[i];

		if (i == changed || !draw_below(search, 4))
			change_decision(search, &search->profile[base->extent], &d);
		if (i == changed || draw_below(search, 8))
			plan_add(plan, &d);
	}
	if (!base->nr || !draw_below(search, 4))
		draw_order(search, plan);
	draw_start(search, plan);
	return true;
}

const struct strategy around_strategy = {
	.name = "around",
	.help = "schedules that failed elsewhere, changed a little",
	.turns = 6,
	.next = around_next,
};
