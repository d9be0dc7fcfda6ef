/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the modes do that leave the race to chance: as many cycles as were asked for, on
 * several processors at once, and a new boot after each failure.
 */
#ifndef MODRACE_MODE_STRESS_H
#define MODRACE_MODE_STRESS_H

#include "mode.h"

void stress_kernel_arguments(struct guest_arguments *args, const struct guest_config *config);
void stress_init_arguments(struct guest_arguments *args, const struct run *run);
bool stress_counts(const struct run *run);
void stress_boot_over(struct boot *boot, const struct diagnosis *diagnosis,
		      const struct failure *failure);
bool stress_finished(const struct run *run);
bool stress_through(const struct run *run);
uint64_t stress_trials(const struct run *run);
void stress_describe(const struct run *run, char *text, size_t size);

#endif /* MODRACE_MODE_STRESS_H */
