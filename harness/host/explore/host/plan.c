// SPDX-License-Identifier: GPL-2.0
/* Plans: building them, and turning a log back into one. */
#include <string.h>

#include "explore.h"

#define NSEC_PER_SEC 1000000000ull

/**
 * plan_init() - a plan without decisions: each role runs until it blocks
 * @plan: to fill in
 */
void plan_init(struct explore_plan *plan)
{
	memset(plan, 0, offsetof(struct explore_plan, steps));
	plan->settle = NSEC_PER_SEC / 20;
	plan->time_limit = 300 * NSEC_PER_SEC;
	plan->event_limit = 40 * 1000 * 1000;
	plan->fair = 200 * 1000;
	for (unsigned int i = 0; i < EXPLORE_ROLES; i++)
		plan->order[i] = (i + 1) % EXPLORE_ROLES;
}

/**
 * plan_set_order() - say which roles go first
 * @plan: to change
 * @roles: first one first; roles not mentioned follow
 * @n: number of @roles
 */
void plan_set_order(struct explore_plan *plan, const uint8_t *roles, size_t n)
{
	uint32_t seen = 0;
	size_t i, role;

	for (i = 0; i < n; i++) {
		plan->order[i] = roles[i];
		seen |= 1u << roles[i];
	}
	for (role = 0; role < EXPLORE_ROLES; role++)
		if (!(seen & 1u << role))
			plan->order[i++] = role;
}

/**
 * plan_add() - add a decision, keeping passages of a site in order
 * @plan: to change
 * @d: the decision
 *
 * Return: false if the plan is full or decides there already.
 */
bool plan_add(struct explore_plan *plan, struct explore_decision d)
{
	uint32_t i, at = plan->nr_decisions;

	if (at == EXPLORE_DECISIONS)
		return false;
	for (i = 0; i < plan->nr_decisions; i++) {
		struct explore_decision *p = &plan->decisions[i];

		if (p->site != d.site || p->role != d.role)
			continue;
		if (p->nth == d.nth)
			return false;
		if (p->nth > d.nth && i < at)
			at = i;
	}
	memmove(&plan->decisions[at + 1], &plan->decisions[at],
		(plan->nr_decisions - at) * sizeof(d));
	plan->decisions[at] = d;
	plan->nr_decisions++;
	return true;
}

/**
 * plan_from_log() - the plan that repeats a cycle by its decisions alone
 * @plan: to fill in
 * @ran: the plan of that cycle
 * @shm: with the log of that cycle
 */
void plan_from_log(struct explore_plan *plan, const struct explore_plan *ran,
		   const struct explore_shm *shm)
{
	plan_init(plan);
	memcpy(plan->order, ran->order, sizeof(plan->order));
	plan->start_delay = ran->start_delay;
	plan->nr_decisions = shm->result.nr_log;
	memcpy(plan->decisions, shm->log,
	       plan->nr_decisions * sizeof(*plan->decisions));
}

/**
 * role_name() - what to call a role
 * @role: enum explore_role
 */
const char *role_name(unsigned int role)
{
	static const char *const names[EXPLORE_ROLES] = {
		[EXPLORE_ROLE_REMOVER]		= "remover",
		[EXPLORE_ROLE_TRAFFIC + 0]	= "traffic0",
		[EXPLORE_ROLE_TRAFFIC + 1]	= "traffic1",
		[EXPLORE_ROLE_TRAFFIC + 2]	= "traffic2",
		[EXPLORE_ROLE_TRAFFIC + 3]	= "traffic3",
		[EXPLORE_ROLE_TRAFFIC + 4]	= "traffic4",
		[EXPLORE_ROLE_TRAFFIC + 5]	= "traffic5",
		[EXPLORE_ROLE_TRAFFIC + 6]	= "traffic6",
		[EXPLORE_ROLE_TRAFFIC + 7]	= "traffic7",
		[EXPLORE_ROLE_KWORKER]		= "kworker",
		[EXPLORE_ROLE_UNBOUND]		= "unbound",
		[EXPLORE_ROLE_KSOFTIRQD]	= "ksoftirqd",
		[EXPLORE_ROLE_RCU]		= "rcu",
		[EXPLORE_ROLE_KTHREAD]		= "kthread",
		[EXPLORE_ROLE_MODTHREAD]	= "modthread",
		[EXPLORE_ROLE_OTHER]		= "other",
		[EXPLORE_ROLE_IRQ]		= "irq",
		[EXPLORE_ROLE_TIMER]		= "timer",
	};

	return role < EXPLORE_ROLES && names[role] ? names[role] : "none";
}
