/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Results on disk, for people and for other programs.
 *
 *	results/20261122T031500Z/
 *		results.json  results.ktap
 *		SCENARIO/VARIANT/MODE/
 *			verdict.json  report.txt  report.json  console.log
 *			channel.log  timeline.txt  timeline.json
 *	results/latest -> the newest of them
 *
 * A run's own files are written as it ends, those of the whole at the end. What is
 * drawn of them (pages, timelines, JUnit's XML) is made by harness/report.
 */
#ifndef MODRACE_RESULTS_H
#define MODRACE_RESULTS_H

#include "plan/batch.h"

#define RESULTS_SCHEMA 1

char *results_create(const char *parent);
char *results_resume(const char *parent);
void results_write_run(struct run *run);
void results_read_runs(struct batch *batch);
void results_draw(const char *program, const char *dir);
void results_write(const struct batch *batch, const struct kernel *kernels, const char *dir,
		   int exit_status);

#endif /* MODRACE_RESULTS_H */
