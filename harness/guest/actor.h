/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Processes that have a part in a removal beside the remover.
 *
 *	PID 1     |load|                                          |audit|load| ...
 *	remover               |attempt| tell |... done? ...|
 *	actor           waits                |act|           waits
 *
 * They are there before a cycle begins, so that nothing is forked in the middle of
 * it, and wait to be told to act. Where the kernel decides who runs each has a
 * role of its own and waits at the gate.
 */
#ifndef MODRACE_ACTOR_H
#define MODRACE_ACTOR_H

#include <stdbool.h>

#include "traffic.h"

/**
 * enum actor - who has a part
 * @ACTOR_REMOVER2: removes the module and waits for its end
 * @ACTOR_REMOVER3: does the same
 * @ACTOR_VICTIM: waits for the end of a module that is disabled, until it is killed
 * @ACTOR_WAITER: waits for the same, until it is told what came of it
 * @ACTOR_POLLER: sleeps in poll(2) until the module is gone
 */
enum actor {
	ACTOR_REMOVER2,
	ACTOR_REMOVER3,
	ACTOR_VICTIM,
	ACTOR_WAITER,
	ACTOR_POLLER,
	NR_ACTORS,
};

void actors_init(const char *module, unsigned int cast, enum traffic_pace pace);
void actors_raise(void);
void actors_tell(unsigned int actors);
bool actor_done(enum actor actor, unsigned int ms, int *status);
bool actor_waits(enum actor actor);
void actor_kill(enum actor actor);
bool actor_died(enum actor actor, unsigned int ms);
void actors_dismiss(void);

#endif /* MODRACE_ACTOR_H */
