// SPDX-License-Identifier: GPL-2.0
/*
 * Uniform sampling of the order of selected events, after SURW (Zhao and others,
 * ASPLOS 2025), which succeeds POS: draw one conflict, that is two sites at which
 * two roles touched the same memory; then draw one of all orders of their
 * passages, each as likely as any other. For a passages of one and b of the
 * other there are (a + b)! / (a! b!), and the next is of the first with a
 * probability of a / (a + b), both counted down as they are used up.
 *
 *	drawn:      A1 B1 B2 A2 A3 B3
 *	decisions:  A first; A@site:2 > B;  B@site:3 > A
 *
 * How often sites are passed is measured, hence so is the uniformity: passages
 * that a schedule adds come last, those that it takes away are left out.
 */
#include "base/util.h"
#include "strategy/strategy.h"

/* Of sites passed more often, a window of so many passages is ordered. */
#define WINDOW 24

/**
 * struct side - one role in a conflict
 * @site: where it passes
 * @next: the passage that comes next, from 1
 * @left: passages to be ordered yet
 */
struct side {
	const struct profile_site *site;
	uint32_t next;
	uint32_t left;
};

static struct side make_side(struct search *search, const struct profile_site *site)
{
	struct side side = { .site = site, .next = 1, .left = site->count };

	if (site->count > WINDOW) {
		side.next = 1 + draw_below(search, site->count - WINDOW + 1);
		side.left = WINDOW;
	}
	return side;
}

/* Before the next passage of @from, @to is let go first. */
static void hand_over(struct explore_plan *plan, const struct side *from, const struct side *to)
{
	struct explore_decision d = {
		.site = from->site->site,
		.nth = from->next,
		.role = from->site->role,
		.target = to->site->role,
		.kind = from->site->kind,
	};

	plan_add(plan, &d);
}

/* Whose passage comes next, 0 or 1. */
static unsigned int draw_side(struct search *search, const struct side *side)
{
	return draw_below(search, side[0].left + side[1].left) >= side[0].left;
}

static void order_passages(struct search *search, struct explore_plan *plan, struct side *side)
{
	unsigned int now = draw_side(search, side), next = now;
	uint8_t first[] = { side[now].site->role, side[!now].site->role };

	plan_set_order(plan, first, ARRAY_SIZE(first));
	for (;;) {
		if (next != now && side[now].left)
			hand_over(plan, &side[now], &side[next]);
		now = next;
		side[now].next++;
		side[now].left--;
		if (!(side[0].left + side[1].left))
			return;
		next = draw_side(search, side);
	}
}

static bool surw_next(struct search *search, void *state, struct explore_plan *plan)
{
	const struct profile *profile;
	const struct profile_pair *pair;
	struct side side[2];

	(void)state;
	draw_extent(search, plan);
	profile = &search->profile[plan->extent];
	if (!profile->nr_pairs)
		return false;
	pair = &profile->pairs[draw_below(search, profile->nr_pairs)];
	side[0] = make_side(search, &profile->sites[pair->a]);
	side[1] = make_side(search, &profile->sites[pair->b]);
	order_passages(search, plan, side);
	draw_start(search, plan);
	return true;
}

static char *surw_report(const struct search *search, const void *state)
{
	(void)state;
	return format("%zu conflicts to draw from, the orders of each equally likely",
		      search->profile[EXPLORE_EXTENT_MODULE].nr_pairs);
}

const struct strategy surw_strategy = {
	.name = "surw",
	.help = "all orders of the passages of one conflict, equally likely",
	.turns = 1,
	.next = surw_next,
	.report = surw_report,
};
