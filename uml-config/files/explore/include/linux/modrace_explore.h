/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_MODRACE_EXPLORE_H
#define _LINUX_MODRACE_EXPLORE_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <uapi/linux/modrace_explore.h>

struct rq;
struct task_struct;

#ifdef CONFIG_MODRACE_EXPLORE

extern bool explore_on;
extern bool explore_active;

void __explore_point(enum explore_kind kind, const void *addr,
		     size_t size, unsigned long ip);
bool __explore_defer_softirq(unsigned long ip);
void __explore_syscall(unsigned long function);

/**
 * explore_point() - something another task can observe is about to happen
 * @kind: what
 * @addr: the memory it happens to, or NULL
 * @size: of that memory
 * @ip: who does it
 *
 * Has to come before the operation and before any check of its validity. May
 * switch to another task if the caller can be preempted.
 */
static __always_inline void explore_point(enum explore_kind kind,
					  const void *addr,
					  size_t size, unsigned long ip)
{
	if (unlikely(explore_active))
		__explore_point(kind, addr, size, ip);
}

/**
 * explore_running() - is it for a plan to say who runs?
 */
static __always_inline bool explore_running(void)
{
	return unlikely(explore_on);
}

/**
 * explore_defer_softirq() - leave pending softirqs to ksoftirqd?
 * @ip: where they would run
 */
static __always_inline bool explore_defer_softirq(unsigned long ip)
{
	return unlikely(explore_on) && __explore_defer_softirq(ip);
}

/**
 * explore_syscall() - a task makes a system call
 * @function: address of the function that implements it
 */
static __always_inline void explore_syscall(unsigned long function)
{
	if (unlikely(explore_on))
		__explore_syscall(function);
}

/*
 * No points from here on: for what the detectors do on their own account.
 * Interrupts do not arrive in between, nor does anybody else run.
 */
bool explore_suspend(void);
void explore_resume(bool was_active);

/* The end of a cycle that has gone wrong: what follows is the report of it. */
void explore_report(void);

/* For the scheduler. */
unsigned int explore_rank(struct task_struct *p);
unsigned int explore_task_role(struct task_struct *p);
void explore_yield(struct task_struct *p);
void explore_switched(void);

/* From the scheduler. */
u32 explore_runnable_roles(void);

/* From the architecture. */
void time_travel_advance_to_event(void);
u64 time_travel_look(void);

#else

static inline void explore_point(enum explore_kind kind,
				 const void *addr, size_t size,
				 unsigned long ip)
{
}

static inline bool explore_running(void)
{
	return false;
}

static inline bool explore_defer_softirq(unsigned long ip)
{
	return false;
}

static inline void explore_syscall(unsigned long function)
{
}

static inline bool explore_suspend(void)
{
	return false;
}

static inline void explore_resume(bool was_active)
{
}

static inline void explore_report(void)
{
}

#endif /* CONFIG_MODRACE_EXPLORE */

#endif /* _LINUX_MODRACE_EXPLORE_H */
