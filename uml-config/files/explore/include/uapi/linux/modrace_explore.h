/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Schedule exploration: what the kernel, the task that drives it and the
 * program outside the virtual machine agree on.
 *
 * One shared file carries everything. The outside writes a plan, the kernel
 * follows it for one cycle and leaves behind what it did. Because the file
 * belongs to the outside, its contents survive a panic.
 *
 *	outside				inside
 *	write plan, release byte ->	EXPLORE_RUN reads the plan,
 *					opens the gate, all roles run,
 *	read result, log, sites	<-	last role is back at the gate
 *
 * A plan may also be to keep the state of the whole machine, or to go back to the
 * one that was kept. Then the outside is asked again:
 *
 *	EXPLORE_F_CHECKPOINT	->	keeps the state
 *	a plan			->	a cycle that panics,
 *				<-	asks: EXPLORE_ASK_PANIC
 *	EXPLORE_F_BACK		->	everything is as it was
 *	a plan			<->	asks: EXPLORE_ASK_PLAN
 */
#ifndef _UAPI_LINUX_MODRACE_EXPLORE_H
#define _UAPI_LINUX_MODRACE_EXPLORE_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define EXPLORE_MAGIC		0x4d524558
#define EXPLORE_ABI		5

#define EXPLORE_ROLES		32
#define EXPLORE_MODULES		8
#define EXPLORE_DECISIONS	8192
#define EXPLORE_STEPS		64
#define EXPLORE_MAX_SCOPE	4096
#define EXPLORE_SITES		32768
#define EXPLORE_GRANULES	65536
#define EXPLORE_GRANULE_SITES	6

/*
 * Who runs. Tasks of one role are not told apart: a role names the part that
 * a task plays, so that it means the same in the next boot.
 */
enum explore_role {
	EXPLORE_ROLE_NONE	= 0,
	EXPLORE_ROLE_REMOVER	= 1,
	EXPLORE_ROLE_TRAFFIC	= 2,	/* ... to 9 */
	EXPLORE_ROLE_KWORKER	= 10,
	EXPLORE_ROLE_UNBOUND	= 11,	/* unbound kworkers */
	EXPLORE_ROLE_KSOFTIRQD	= 12,
	EXPLORE_ROLE_RCU	= 13,
	EXPLORE_ROLE_KTHREAD	= 14,
	EXPLORE_ROLE_OTHER	= 16,
	EXPLORE_ROLE_IRQ	= 17,	/* interrupts and softirqs: never chosen */
	EXPLORE_ROLE_TIMER	= 18,	/* as a target: let virtual time advance */
	/* Who has a part in a removal besides the remover. */
	EXPLORE_ROLE_REMOVER2	= 19,	/* they remove the module, too */
	EXPLORE_ROLE_REMOVER3	= 20,
	EXPLORE_ROLE_VICTIM	= 21,	/* waits for its end, and is killed */
	EXPLORE_ROLE_WAITER	= 22,	/* waits for its end */
	EXPLORE_ROLE_POLLER	= 23,	/* polls its state */
	EXPLORE_ROLE_THREAD	= 24,	/* ... to 31: kthreads of modules[0] ... */
};

#define EXPLORE_NR_TRAFFIC	8

/* With EXPLORE_ROLE_TIMER time advances by 2^rank timer events, up to this rank. */
#define EXPLORE_MAX_TIMER_RANK	10u

/*
 * Where: an offset into the kernel's image, or into a module.
 * Bits 24-26 of a module site are its index in struct explore_shm.modules.
 */
#define EXPLORE_SITE_MODULE	0x80000000u
#define EXPLORE_SITE_INIT	0x00800000u	/* in the module's init text */
#define EXPLORE_SITE_UNKNOWN	0x7fffffffu
#define EXPLORE_SITE_INDEX(s)	(((s) >> 24) & 7)
#define EXPLORE_SITE_OFFSET(s)	((s) & 0x7fffff)

/* What is about to happen at a point. */
enum explore_kind {
	EXPLORE_READ,
	EXPLORE_WRITE,
	EXPLORE_LOCK,
	EXPLORE_UNLOCK,
	EXPLORE_RCU,		/* a read-side critical section begins */
	EXPLORE_RCU_END,
	EXPLORE_ALLOC,
	EXPLORE_FREE,
	EXPLORE_QUEUE,		/* a work item, timer or RCU callback is queued */
	EXPLORE_START,		/* ... and begins to run */
	EXPLORE_WAKE,		/* a task is woken */
	EXPLORE_REF,		/* a module's reference count is read or changed */
	EXPLORE_BLOCK,		/* a basic block of a module */
	EXPLORE_SYSCALL,	/* the remover or traffic makes a system call */
	EXPLORE_SOFTIRQ,	/* softirqs are about to run */
	EXPLORE_SWITCH,		/* the scheduler switched to this role */
};

/**
 * struct explore_decision - one deviation from the order of roles
 * @site: where
 * @nth: at which passage of @role through @site in this cycle, from 1
 * @role: who passes
 * @target: the role that moves; EXPLORE_ROLE_TIMER lets virtual time
 *	advance by 2^@rank timer events instead, EXPLORE_ROLE_KSOFTIRQD at an
 *	EXPLORE_SOFTIRQ point leaves the softirqs to ksoftirqd
 * @rank: its new place in the order, 0 being the first to run
 * @kind: enum explore_kind, for the reader
 * @event: number of the event at which it was taken, written by the kernel; 0
 *	if it was not
 */
struct explore_decision {
	__u32 site;
	__u32 nth;
	__u8 role;
	__u8 target;
	__u8 rank;
	__u8 kind;
	__u32 event;
};

/**
 * struct explore_step - a decision at the n-th point in scope
 * @step: from 1, ascending in the plan
 * @target: as in struct explore_decision; 0 is the role that runs
 * @rank: as in struct explore_decision
 */
struct explore_step {
	__u32 step;
	__u8 target;
	__u8 rank;
	__u16 reserved;
};

/* A site as it is passed by one role. */
struct explore_scope {
	__u32 site;
	__u32 role;
};

/* Which points count as steps and are offered to the generator. */
enum explore_scope_kind {
	EXPLORE_SCOPE_NONE,
	EXPLORE_SCOPE_MODULE,	/* points in module text */
	EXPLORE_SCOPE_SITES,	/* the sites listed in the plan */
	EXPLORE_SCOPE_ALL,
};

/*
 * Which points there are at all. It belongs to a schedule, as it decides what
 * is counted as a passage.
 */
enum explore_extent {
	/*
	 * All that the remover does and those who have a part in the removal,
	 * and what anybody does in a function of a module and in what that
	 * calls, however deep.
	 */
	EXPLORE_EXTENT_MODULE,
	EXPLORE_EXTENT_ALL,	/* what any role but EXPLORE_ROLE_OTHER does */
};

enum explore_generator {
	EXPLORE_GEN_NONE,
	EXPLORE_GEN_UNIFORM,	/* 1 in chance: a runnable role to the front */
};

#define EXPLORE_F_STOP		0x01	/* no further cycle: EXPLORE_RUN fails */
#define EXPLORE_F_PROFILE	0x02	/* record sites and conflicts */
#define EXPLORE_F_TRACE		0x04	/* record every event */
#define EXPLORE_F_TIMERS	0x08	/* the generator may advance time, too */
#define EXPLORE_F_SOFTIRQS	0x10	/* every other softirq is deferred */
#define EXPLORE_F_CHECKPOINT	0x20	/* no cycle: keep the state of everything */
#define EXPLORE_F_VERIFY	0x40	/* ... and compare at each way back to it */
#define EXPLORE_F_BACK		0x80	/* no cycle: go back to it */

/**
 * struct explore_plan - what the kernel follows for one cycle
 * @flags: EXPLORE_F_*
 * @extent: enum explore_extent
 * @scope: enum explore_scope_kind
 * @generator: enum explore_generator
 * @chance: the generator decides at one point in @chance, on average
 * @seed: of the generator, and of what EXPLORE_F_SOFTIRQS draws
 * @start_delay: virtual nanoseconds by which the remover starts later
 * @settle: virtual nanoseconds for which the cycle goes on after the last role
 *	has come back, so that what was left behind runs inside it
 * @time_limit: virtual nanoseconds after which the cycle counts as hung
 * @event_limit: events after which the cycle counts as livelocked
 * @stop_event: number of the event at which explore_stop() is called, for
 *	debuggers; 0 for none
 * @fair: points a role may pass before it has to step back once
 * @order: roles, the first one that can run runs; absent roles come last, and
 *	the remover behind them if it is absent, too
 * @nr_decisions: used entries of @decisions, which ascend in nth per site
 * @nr_steps: used entries of @steps
 * @nr_sites: used entries of @sites
 * @request: number of the request that this is the answer to
 */
struct explore_plan {
	__u32 flags;
	__u32 extent;
	__u32 scope;
	__u32 generator;
	__u32 chance;
	__u32 fair;
	__u64 seed;
	__u64 start_delay;
	__u64 settle;
	__u64 time_limit;
	__u64 event_limit;
	__u64 stop_event;
	__u8 order[EXPLORE_ROLES];
	__u32 nr_decisions;
	__u32 nr_steps;
	__u32 nr_sites;
	__u32 request;
	struct explore_step steps[EXPLORE_STEPS];
	struct explore_scope sites[EXPLORE_MAX_SCOPE];
	struct explore_decision decisions[EXPLORE_DECISIONS];
};

enum explore_status {
	EXPLORE_IDLE,
	EXPLORE_RUNNING,
	EXPLORE_DONE,
	EXPLORE_HUNG,
	EXPLORE_PANIC,
};

/**
 * struct explore_result - what happened in a cycle
 * @status: enum explore_status
 * @cycle: number of this cycle in this boot, from 1
 * @events: points passed within the plan's extent, switches included
 * @hash: over site, role and kind of every event
 * @hash_addr: over the address of every event
 * @steps: points in scope
 * @switches: task switches
 * @forced: how often a role had to step back for @plan.fair or by yielding
 * @overlap: events of other roles between two events of those who have a part in
 *	the removal
 * @nr_log: used entries of the log
 * @log_lost: decisions that found the log full
 * @taken: decisions of the plan that were taken
 * @sites_lost: sites that found the table full
 * @time: virtual nanoseconds the cycle took
 * @role_events: events by role
 * @role_steps: points in scope by role
 * @reason: why the kernel panicked
 */
struct explore_result {
	__u32 status;
	__u32 cycle;
	__u64 events;
	__u64 hash;
	__u64 hash_addr;
	__u32 steps;
	__u32 switches;
	__u32 forced;
	__u32 overlap;
	__u32 nr_log;
	__u32 log_lost;
	__u32 taken;
	__u32 sites_lost;
	__u64 time;
	__u32 role_events[EXPLORE_ROLES];
	__u32 role_steps[EXPLORE_ROLES];
	char reason[128];
};

#define EXPLORE_SITE_CONFLICT	0x01	/* met another role here, one wrote */
#define EXPLORE_SITE_EXTENT	0x02	/* called, however deep, by module text */
#define EXPLORE_SITE_SCOPE	0x04	/* in the plan's scope */

/**
 * struct explore_site - one site as passed by one role in this cycle
 * @cycle: the entry is unused unless this is the current cycle
 * @site: see EXPLORE_SITE_*
 * @count: passages at which a switch was possible
 * @role: enum explore_role
 * @kind: the last enum explore_kind seen
 * @flags: EXPLORE_SITE_*
 * @pending: internal, next decision of the plan plus 1
 */
struct explore_site {
	__u32 cycle;
	__u32 site;
	__u32 count;
	__u8 role;
	__u8 kind;
	__u16 flags;
	__u32 pending;
};

/**
 * struct explore_granule - eight bytes of memory and who touched them
 * @key: address divided by 8
 * @cycle: the entry is unused unless this is the current cycle
 * @readers: mask of roles
 * @writers: mask of roles
 * @nr: used entries of @sites
 * @sites: indices into struct explore_shm.sites
 */
struct explore_granule {
	__u64 key;
	__u32 cycle;
	__u32 readers;
	__u32 writers;
	__u32 nr;
	__u32 sites[EXPLORE_GRANULE_SITES];
};

#define EXPLORE_EVENT_POINT	0x01	/* a switch was possible */
#define EXPLORE_EVENT_DECISION	0x02	/* a decision was taken */

#define EXPLORE_NO_MODULE	0xff

/**
 * struct explore_event - one event
 * @addr: the memory, task, work item or the like it is about
 * @time: virtual time in nanoseconds
 * @site: see EXPLORE_SITE_*
 * @refs: reference count of the module loaded last, as its users see it
 * @size: bytes at @addr, 65535 if more
 * @pid: of the task that runs
 * @role: enum explore_role
 * @kind: enum explore_kind
 * @flags: EXPLORE_EVENT_*
 * @mod_state: enum module_state of the module loaded last, EXPLORE_NO_MODULE
 *	once its memory has been freed
 */
struct explore_event {
	__u64 addr;
	__u64 time;
	__u32 site;
	__s32 refs;
	__u16 size;
	__u16 pid;
	__u8 role;
	__u8 kind;
	__u8 flags;
	__u8 mod_state;
};

/**
 * struct explore_module - where a module was loaded last
 * @name: of the module
 * @mod: address of struct module
 * @text: address of its text
 * @init_text: address of its init text
 * @text_size: bytes
 * @init_size: bytes
 */
struct explore_module {
	char name[56];
	__u64 mod;
	__u64 text;
	__u64 init_text;
	__u32 text_size;
	__u32 init_size;
};

/* Why the outside is asked. */
enum explore_ask {
	EXPLORE_ASK_PLAN,	/* everybody waits for the next cycle */
	EXPLORE_ASK_PANIC,	/* the kernel has panicked and would end */
	EXPLORE_ASK_OFF,	/* the machine would be powered off */
};

/**
 * struct explore_checkpoint - what has become of EXPLORE_F_CHECKPOINT
 * @error: 0, or why there is none: an errno
 * @taken: there is one
 * @tracked: what is written is tracked; if not, all memory is copied on the way back
 * @back: how often it has been gone back to
 */
struct explore_checkpoint {
	__u32 error;
	__u32 taken;
	__u32 tracked;
	__u32 back;
};

/**
 * struct explore_shm - the shared file
 * @magic: EXPLORE_MAGIC, written by the outside
 * @abi: EXPLORE_ABI, written by the outside
 * @nr_trace: entries of @trace that the file has room for, written by the outside
 * @ask: enum explore_ask
 * @text: address of the kernel's image, which site numbers count from
 * @request: how often the outside has been asked
 * @checkpoint: the state that was kept
 * @plan: written by the outside between two cycles
 * @result: of the last cycle
 * @modules: loaded so far; those of helpers come before the one under test
 * @log: decisions taken, in order
 * @sites: a hash table
 * @granules: a hash table, if the plan asks for a profile
 * @trace: a ring: event n, counted from 0, is entry n modulo @nr_trace
 */
struct explore_shm {
	__u32 magic;
	__u32 abi;
	__u32 nr_trace;
	__u32 ask;
	__u64 text;
	__u32 request;
	__u32 padding;
	struct explore_checkpoint checkpoint;
	struct explore_plan plan;
	struct explore_result result;
	struct explore_module modules[EXPLORE_MODULES];
	struct explore_decision log[EXPLORE_DECISIONS];
	struct explore_site sites[EXPLORE_SITES];
	struct explore_granule granules[EXPLORE_GRANULES];
	struct explore_event trace[];
};

/* Take a role. Every task that takes part opens the device itself. */
#define EXPLORE_JOIN	_IO('X', 1)
/* Wait for the next cycle; says that the last one is over for this task. */
#define EXPLORE_NEXT	_IO('X', 2)
/* Run one cycle: 0, or -ETIMEDOUT, or -ESHUTDOWN when there is no more plan. */
#define EXPLORE_RUN	_IO('X', 3)
/* How often a module has come to lie elsewhere than the time before. */
#define EXPLORE_MOVED	_IO('X', 4)

#endif /* _UAPI_LINUX_MODRACE_EXPLORE_H */
