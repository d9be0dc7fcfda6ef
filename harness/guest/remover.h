/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The remover as a process of its own, for when the kernel decides who runs:
 * PID 1 waits for the cycle to end.
 */
#ifndef MODRACE_REMOVER_H
#define MODRACE_REMOVER_H

#include <stdbool.h>

#include "removal.h"
#include "wire.h"

void remover_start(const struct removal_run *removal);
void remover_expect(const struct wire_counts *counts);
bool remover_succeeded(struct wire_counts *counts, struct step_counts *steps);

#endif /* MODRACE_REMOVER_H */
