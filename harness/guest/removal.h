/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Removing the module under traffic, in the way the scenario says.
 */
#ifndef MODRACE_REMOVAL_H
#define MODRACE_REMOVAL_H

#include <stdbool.h>

#include "scenario.h"
#include "sweep.h"
#include "wire.h"

/**
 * struct removal_run - what is removed, and what came of it so far
 * @module: the module
 * @params: the parameters it was loaded with
 * @fd: its file
 * @how: the way
 * @attempts: tries under traffic before the traffic is parked
 * @sweep: when to try
 * @counts: totals of this boot
 * @result: of the last delete_module(2): 0, 1 or a negative errno
 * @left_disabled: one of them has left the module disabled
 */
struct removal_run {
	const char *module;
	const char *params;
	int fd;
	enum removal how;
	unsigned int attempts;
	struct sweep *sweep;
	struct wire_counts *counts;
	int result;
	bool left_disabled;
};

bool removal_go(struct removal_run *r);
bool removal_on_schedule(struct removal_run *r);

#endif /* MODRACE_REMOVAL_H */
