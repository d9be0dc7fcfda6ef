/* SPDX-License-Identifier: GPL-2.0 */
/*
 * `modrace repro`: carrying a reproducer out.
 */
#ifndef MODRACE_REPRO_COMMAND_H
#define MODRACE_REPRO_COMMAND_H

#include "plan/batch.h"

/**
 * struct repro_options - what the user wants
 * @line: the reproducer, or "@FILE" that holds it
 * @repeat: how often to replay it
 * @jobs: guests at a time, 0 for the default
 * @results: where results are kept
 * @report: program that draws results, or NULL
 * @restore: whether guests go back to a checkpoint between two replays
 * @gdb: NULL, or where to stop in a debugger: "switch" or "failure"
 */
struct repro_options {
	const char *line;
	unsigned int repeat;
	unsigned int jobs;
	const char *results;
	const char *report;
	enum restore restore;
	const char *gdb;
};

int repro_command(struct batch_options *batch_options, const struct repro_options *options);

#endif /* MODRACE_REPRO_COMMAND_H */
