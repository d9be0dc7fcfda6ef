/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Removing the module under traffic, in the way the scenario says.
 */
#ifndef MODRACE_REMOVAL_H
#define MODRACE_REMOVAL_H

#include <stdbool.h>

#include "removal_steps.h"
#include "scenario.h"
#include "sections.h"
#include "sweep.h"
#include "traffic.h"
#include "wire.h"

/**
 * struct step_counts - what was carried out, counted by the guest since its boot
 * @done: by enum removal_step
 */
struct step_counts {
	uint64_t done[NR_STEPS];
};

/**
 * struct removal_run - what is removed, and what came of it so far
 * @module: the module
 * @params: the parameters it was loaded with
 * @fd: its file
 * @event_path: what an event is about
 * @event_write: what it writes
 * @how: the way
 * @pace: what decides who runs
 * @attempts: tries under traffic before the traffic is parked
 * @sections: where the module's sections are, to be told when it is loaded again
 * @sweep: when to try
 * @counts: totals of this boot
 * @steps: the same, by step
 * @result: of the last delete_module(2): 0, 1 or a negative errno
 * @left_disabled: one of them has left the module disabled
 */
struct removal_run {
	const char *module;
	const char *params;
	int fd;
	const char *event_path;
	const char *event_write;
	enum removal how;
	enum traffic_pace pace;
	unsigned int attempts;
	struct sections *sections;
	struct sweep *sweep;
	struct wire_counts *counts;
	struct step_counts *steps;
	int result;
	bool left_disabled;
};

void removal_prepare(const struct removal_run *r);
bool removal_go(struct removal_run *r);
bool removal_on_schedule(struct removal_run *r);
bool removal_of_unused(struct removal_run *r);

#endif /* MODRACE_REMOVAL_H */
