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
 * @debugger: script for a debugger that the one guest is run in, with all the time
 *	it takes, or NULL
 * @quiet: runs are not reported on, and leave no verdict.json
 */
struct runner_options {
	unsigned int jobs;
	unsigned int memory_mb;
	const struct kernel *kernels;
	const char *debugger;
	bool quiet;
};

unsigned int runner_jobs(unsigned int wanted, unsigned int memory_mb);
bool runner_go(struct plan *plan, const struct runner_options *options);

#endif /* MODRACE_RUNNER_H */
