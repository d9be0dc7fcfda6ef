/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Carrying out a plan: as many guests at a time as the host has room for.
 */
#ifndef MODRACE_RUNNER_H
#define MODRACE_RUNNER_H

#include "plan.h"

/**
 * struct runner_options - how to carry out a plan
 * @jobs: guests at a time, or 0 for as many as memory and processors allow
 * @memory_mb: memory of each guest, MiB
 * @kernels: by mode
 */
struct runner_options {
	unsigned int jobs;
	unsigned int memory_mb;
	const struct kernel *kernels;
};

bool runner_go(struct plan *plan, const struct runner_options *options);

#endif /* MODRACE_RUNNER_H */
