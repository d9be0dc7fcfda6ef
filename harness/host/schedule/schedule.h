/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Schedules: who gives way to whom, and where.
 *
 * Roles stand in an order and the first that can run runs. A schedule says which
 * roles go first, how much later the unload starts, and at which places the
 * order changes. Each part means the same when the others are left out, since
 * places are named by what is there and how often it was passed:
 *
 *	first=traffic0 delay=250000ns remover@nf_hook_exit+0x22[nf_hook]:1>last
 *	|              |              who @ where : the n-th time > who moves : to which rank
 *	|              the remover starts later
 *	roles that go first
 */
#ifndef MODRACE_SCHEDULE_H
#define MODRACE_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/modrace_explore.h>

#define SCHEDULE_LAST_RANK  (EXPLORE_ROLES - 1)
#define SCHEDULE_SYMBOL_LEN 96
#define SCHEDULE_MODULE_LEN 56

/**
 * struct schedule - one schedule
 * @extent: enum explore_extent; part of what "the n-th passage" means
 * @first: roles that go first, in this order; the others follow by number, the
 *	remover last
 * @nr_first: entries used of @first
 * @delay: virtual nanoseconds by which the remover starts later
 * @decisions: allocated; for each site and role in ascending order of @nth
 * @nr: entries used of @decisions
 */
struct schedule {
	uint32_t extent;
	uint8_t first[EXPLORE_ROLES];
	unsigned int nr_first;
	uint64_t delay;
	struct explore_decision *decisions;
	size_t nr;
};

/**
 * struct decision_text - a decision as it is written
 * @role: who passes
 * @symbol: function that is passed
 * @offset: into @symbol, bytes
 * @module: empty for the kernel proper
 * @nth: at which passage
 * @target: who moves
 * @rank: where to
 */
struct decision_text {
	uint8_t role;
	char symbol[SCHEDULE_SYMBOL_LEN];
	uint64_t offset;
	char module[SCHEDULE_MODULE_LEN];
	uint32_t nth;
	uint8_t target;
	uint8_t rank;
};

const char *role_name(unsigned int role);
int role_parse(const char *name, size_t len);
bool role_removes(unsigned int role);

void schedule_copy(struct schedule *to, const struct schedule *from);
void schedule_free(struct schedule *schedule);
bool schedule_add(struct schedule *schedule, const struct explore_decision *decision);
size_t schedule_size(const struct schedule *schedule);

void plan_init(struct explore_plan *plan);
void plan_set_order(struct explore_plan *plan, const uint8_t *roles, size_t nr);
bool plan_add(struct explore_plan *plan, const struct explore_decision *decision);
void plan_from_schedule(struct explore_plan *plan, const struct schedule *schedule);
void schedule_from_log(struct schedule *schedule, const struct explore_plan *plan,
		       const struct explore_decision *log, size_t nr);

char *decision_format(const struct decision_text *text);
bool decision_parse(const char *word, struct decision_text *text);

#endif /* MODRACE_SCHEDULE_H */
