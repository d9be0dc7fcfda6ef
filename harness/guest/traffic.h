/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Traffic: what keeps the module busy while it is unloaded.
 *
 * A worker is a process (threads of one process never run in parallel on UML) that
 * carries out the operations of its kind over and over while the run is open, and tells
 * the remover through the board what it is doing. The kinds are in harness/traffic/.
 */
#ifndef MODRACE_TRAFFIC_H
#define MODRACE_TRAFFIC_H

#include "board.h"
#include "compiler.h"
#include "kit.h"
#include "scenario.h"

/**
 * struct worker - a worker, as it is forked
 * @t: what its kind sees of it
 * @spec: its section of the scenario
 * @number: its number among all workers, from 0
 */
struct worker {
	struct traffic t;
	const struct traffic_spec *spec;
	unsigned int number;
};

/**
 * struct traffic_moment - how busy the workers were at one moment
 * @ops: good operations completed, by worker
 * @held: something was held, by any worker
 */
struct traffic_moment {
	uint64_t ops[SCENARIO_MAX_TRAFFIC * SCENARIO_MAX_WORKERS];
	bool held;
};

void traffic_start(const struct scenario *s, enum traffic_pace pace);
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

__noreturn void worker_main(struct worker *w);

#endif /* MODRACE_TRAFFIC_H */
