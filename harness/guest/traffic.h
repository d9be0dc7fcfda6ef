/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Traffic: what keeps the module busy while it is unloaded.
 *
 * Each kind is one file in traffic/ with one struct traffic_ops. A worker is a
 * process (threads of one process never run in parallel on UML) that calls
 * ->op() over and over while the run is open, and tells the remover through
 * shared memory what it is doing:
 *
 *	worker    |--op--| |--op--| |----op----|      parked
 *	remover           load  settle    |== unload ==|  audit
 *	                                     ^ overlap: an operation in flight, or
 *	                                       something held, at some time of it
 */
#ifndef MODRACE_TRAFFIC_H
#define MODRACE_TRAFFIC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "doorbell.h"
#include "scenario.h"

/**
 * enum traffic_pace - what decides when a worker does its next operation
 * @PACE_FREE: as soon as possible
 * @PACE_SCHEDULE: the kernel's schedule; a few small operations in each cycle
 */
enum traffic_pace {
	PACE_FREE,
	PACE_SCHEDULE,
};

/**
 * enum traffic_stage - how far the removal of a cycle is
 * @BEFORE_REMOVAL: the remover has not begun
 * @PENDING_REMOVAL: it is at it, and waits for traffic to go on
 * @DURING_REMOVAL: it is at it, and takes what traffic comes
 * @AFTER_REMOVAL: it is through, or has given up
 */
enum traffic_stage {
	BEFORE_REMOVAL,
	PENDING_REMOVAL,
	DURING_REMOVAL,
	AFTER_REMOVAL,
};

/**
 * struct traffic_slot - what one worker shares with the remover
 * @ops: operations that reached the module and completed
 * @goal: value of @ops at which the remover wants to be told; written by the
 *	remover while the worker is parked
 * @misses: operations that found nothing there (module not loaded)
 * @started: operations begun, whatever came of them
 * @op_ticks: length of the last good operation that held nothing, time stamp
 *	counter ticks
 * @op_start: time stamp counter when the current operation began
 * @in_op: an operation is under way
 * @held: the worker holds something of the module's (descriptor, mapping, ...)
 * @parked: the worker has dropped everything and waits for traffic_open()
 * @error: errno of a failure that is no miss; ends the run as BROKEN
 * @error_what: the call that failed
 * @refusal: the last call that the module refused, and how; empty if there was none
 *
 * Written by the worker unless said otherwise. The two times stay 0 in explore mode, where
 * nothing may depend on the host's clock.
 */
struct traffic_slot {
	_Atomic uint64_t ops;
	_Atomic uint64_t goal;
	_Atomic uint64_t misses;
	_Atomic uint64_t started;
	_Atomic uint64_t op_ticks;
	_Atomic uint64_t op_start;
	_Atomic bool in_op;
	_Atomic bool held;
	_Atomic bool parked;
	_Atomic int error;
	char error_what[64];
	char refusal[64];
};

/**
 * struct traffic_board - shared by the remover and all workers
 * @open: workers may run; cleared to park them
 * @unload_seq: attempts to unload so far, refused ones included
 * @stage: how far the removal is; in explore mode only
 * @good_ops: operations each worker is to complete before the removal begins
 * @to_workers: rung when @open, @unload_seq or @stage changed
 * @to_remover: rung when a worker has reached its goal, has parked or has failed
 * @pace: constant
 *
 * Written by the remover only, but for the doorbells.
 */
struct traffic_board {
	_Atomic bool open;
	_Atomic uint32_t unload_seq;
	_Atomic enum traffic_stage stage;
	unsigned int good_ops;
	struct doorbell to_workers;
	struct doorbell to_remover;
	enum traffic_pace pace;
};

/**
 * struct traffic - one worker's view of itself
 * @spec: its section of the scenario
 * @ops: its kind
 * @value: of the keys that @ops asks for, at the same positions; NULL for the others
 * @slot: its part of the shared page
 * @board: the remover's part
 * @index: number of this worker within its section, from 0
 * @number: its number among all workers, from 0
 * @seed: pseudo-random state, derived from the run's seed
 * @fd: for the kind's use; -1 at first
 * @priv: for the kind's use
 */
struct traffic {
	const struct traffic_spec *spec;
	const struct traffic_ops *ops;
	const char *value[TRAFFIC_MAX_KEYS];
	struct traffic_slot *slot;
	struct traffic_board *board;
	unsigned int index;
	unsigned int number;
	uint64_t seed;
	int fd;
	void *priv;
};

/**
 * struct traffic_ops - one kind of traffic
 * @name: as in traffic_types
 * @keys: names of the keys it asks for, at the positions it asks for them by
 * @setup: once per worker, before the module is first loaded; may be NULL
 * @op: one operation, long enough to be worth racing, short enough to be swept
 *	(tens of microseconds to a few milliseconds)
 * @park: drop whatever is held between operations; may be NULL
 *
 * All return 0 or a negative errno. From ->op(), 0 means that the operation
 * reached the module; -ENOENT, -ENODEV, -ENXIO, -ECONNREFUSED and -EAGAIN are
 * misses (the module is not there now), and so is what a module answers that does not
 * want to (-EBUSY, -EINVAL, -EIO and more, see worker.c); anything else ends the run as
 * BROKEN, named by traffic_fail().
 */
struct traffic_ops {
	const char *name;
	const char *keys[TRAFFIC_MAX_KEYS];
	int (*setup)(struct traffic *t);
	int (*op)(struct traffic *t);
	void (*park)(struct traffic *t);
};

extern const struct traffic_ops chardev_traffic, sysfs_traffic, procfs_traffic;
extern const struct traffic_ops bind_traffic, netlink_traffic, udp_traffic, kthread_traffic;
extern const struct traffic_ops netdev_traffic, usbfs_traffic;
extern const struct traffic_ops files_traffic, link_traffic, inet_traffic;

/**
 * struct traffic_moment - how busy the workers were at one moment
 * @ops: good operations completed, by worker
 * @held: something was held, by any worker
 */
struct traffic_moment {
	uint64_t ops[SCENARIO_MAX_TRAFFIC * SCENARIO_MAX_WORKERS];
	bool held;
};

/* For the remover */
void traffic_start(const struct scenario *s, enum traffic_pace pace, uint64_t seed);
void traffic_open(unsigned int good_ops);
void traffic_close(void);
void traffic_tell(enum traffic_stage stage);
void traffic_check(void);
bool traffic_has_targets(void);
bool traffic_settle(void);
bool traffic_park(void);
void traffic_end_attempt(void);
void traffic_look(struct traffic_moment *moment);
bool traffic_overlapped(const struct traffic_moment *before, const struct traffic_moment *after);
unsigned int traffic_most_ops(const struct traffic_moment *before,
			      const struct traffic_moment *after);
bool traffic_await_holder(void);
bool traffic_await_ops(unsigned int nr);
const struct traffic_slot *traffic_lead(uint64_t pick);
const char *traffic_idle_section(void);
const char *traffic_idle_refusal(void);
void traffic_send_totals(void);

/* For the workers */
const struct traffic_ops *traffic_kind(const char *name);
void traffic_find_keys(struct traffic *t);
void traffic_work(struct traffic *t) __attribute__((noreturn));

/* For the kinds */
const char *traffic_str(const struct traffic *t, unsigned int key);
long traffic_num(const struct traffic *t, unsigned int key);
bool traffic_bool(const struct traffic *t, unsigned int key);
int traffic_fail(struct traffic *t, const char *what, int err);
void traffic_hold(struct traffic *t);
long traffic_batch(const struct traffic *t, unsigned int key, long most);
void traffic_hold_on(struct traffic *t);
uint64_t traffic_random(struct traffic *t);

#endif /* MODRACE_TRAFFIC_H */
