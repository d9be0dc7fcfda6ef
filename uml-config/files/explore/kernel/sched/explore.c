// SPDX-License-Identifier: GPL-2.0
/*
 * Schedule exploration: pick the first role that can run.
 *
 * Only fair tasks are chosen between. Tasks of a higher class go first, as
 * always.
 */
#include <linux/modrace_explore.h>
#include "sched.h"

static bool runnable(struct task_struct *p)
{
	return task_on_rq_queued(p) && !p->se.sched_delayed;
}

/**
 * explore_pick_task() - the task to run next, in place of the fair class
 * @rq: the run queue
 *
 * Among tasks of one role the one that runs goes on, else the one that has
 * waited longest starts: cfs_tasks has the most recent one in front.
 *
 * Return: a queued task, or NULL to leave the choice to the classes.
 */
struct task_struct *explore_pick_task(struct rq *rq)
{
	struct task_struct *p, *best = NULL;
	unsigned int rank, best_rank = UINT_MAX;

	lockdep_assert_rq_held(rq);
	if (rq->nr_running != rq->cfs.h_nr_queued)
		return NULL;
	list_for_each_entry_reverse(p, &rq->cfs_tasks, se.group_node) {
		if (!runnable(p))
			continue;
		rank = explore_rank(p);
		if (rank < best_rank || (rank == best_rank && task_current(rq, p))) {
			best = p;
			best_rank = rank;
		}
	}
	return best;
}

/**
 * explore_runnable_roles() - which roles have a task that can run
 *
 * Return: a mask of roles.
 */
u32 explore_runnable_roles(void)
{
	struct rq_flags rf;
	struct task_struct *p;
	struct rq *rq = this_rq_lock_irq(&rf);
	u32 mask = 0;

	list_for_each_entry(p, &rq->cfs_tasks, se.group_node)
		if (runnable(p))
			mask |= 1u << explore_task_role(p);
	rq_unlock_irq(rq, &rf);
	return mask;
}
