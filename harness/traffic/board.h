/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the remover and the workers of the traffic tell each other, through one shared
 * mapping:
 *
 *	worker    |--op--| |--op--| |----op----|      parked
 *	remover           load  settle    |== unload ==|  audit
 *	                                     ^ overlap: an operation in flight, or
 *	                                       something held, at some time of it
 */
#ifndef MODRACE_TRAFFIC_BOARD_H
#define MODRACE_TRAFFIC_BOARD_H

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "doorbell.h"

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
 * @waits: it is in a call that may not return by itself, see traffic_hold_in()
 * @pid: its process
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
	_Atomic bool waits;
	_Atomic int pid;
	_Atomic bool parked;
	_Atomic int error;
	char error_what[64];
	char refusal[64];
};

/* Sent to a worker that waits in a call when the attempt to unload is over. */
#define TRAFFIC_WAKE_SIGNAL SIGUSR1

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

#endif /* MODRACE_TRAFFIC_BOARD_H */
