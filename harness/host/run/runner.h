/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Carrying out a batch: as many guests at a time as the host has room for.
 */
#ifndef MODRACE_RUNNER_H
#define MODRACE_RUNNER_H

#include "plan/batch.h"

struct boot;
struct replay;
struct repro;
struct strategy;

/**
 * struct runner_observer - who wants to know how a batch gets on; each may be NULL
 * @run_over: a run has been judged
 * @news: something may have happened; @busy says which of the @nr boots are under way
 * @over: the batch has been carried out
 */
struct runner_observer {
	void (*run_over)(struct run *run);
	void (*news)(const struct boot *slots, const bool *busy, unsigned int nr);
	void (*over)(void);
};

/**
 * struct runner_options - how to carry out a batch
 * @jobs: guests at a time, or 0 for as many as memory and processors allow
 * @memory_mb: memory of each guest, MiB
 * @kernels: by mode
 * @strategy: chooses schedules, NULL for the mix
 * @repro: what to carry out in place of a search, or NULL
 * @replay: where the outcome of that goes; shared by all runs of the batch
 * @restore: whether guests go back to a checkpoint in place of a boot
 * @debugger: script for a debugger that the one guest is run in, with all the time
 *	it takes, or NULL
 * @observer: who is told
 */
struct runner_options {
	unsigned int jobs;
	unsigned int memory_mb;
	const struct kernel *kernels;
	const struct strategy *strategy;
	const struct repro *repro;
	struct replay *replay;
	enum restore restore;
	const char *debugger;
	struct runner_observer observer;
};

unsigned int runner_jobs(unsigned int wanted, unsigned int memory_mb);
bool runner_go(struct batch *batch, const struct runner_options *options);
void runner_release(struct batch *batch);

#endif /* MODRACE_RUNNER_H */
