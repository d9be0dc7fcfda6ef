/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Attempts to unload. PID 1 makes them itself, or, where the kernel decides who
 * runs, a process of its own, while PID 1 waits for the cycle to end.
 */
#ifndef MODRACE_REMOVER_H
#define MODRACE_REMOVER_H

#include <stdatomic.h>
#include <stdbool.h>

#include "scenario.h"
#include "wire.h"

/**
 * struct remover_report - what the remover shares with PID 1
 * @joined: it is on its way to the gate
 * @err: what came of its last attempt, 0 or a negative errno
 * @counts: attempts refused and overlapped since the boot
 */
struct remover_report {
	_Atomic bool joined;
	int err;
	struct wire_counts counts;
};

bool remover_refused(int err);
int remover_attempt(const struct scenario *s, struct wire_counts *counts);
void remover_start(const struct scenario *s);
const struct remover_report *remover_report(void);

#endif /* MODRACE_REMOVER_H */
