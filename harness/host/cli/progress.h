/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the user sees while the runs go on: a line for each run that has ended
 * and, on a terminal, one live line below them.
 */
#ifndef MODRACE_PROGRESS_H
#define MODRACE_PROGRESS_H

#include "plan/run.h"

struct boot;

void progress_begin(const struct run *runs, size_t nr_runs);
void progress_run(const struct run *run);
void progress_count(const char *what, unsigned int done, unsigned int total);
void progress_live(const struct boot *slots, const bool *busy, unsigned int nr);
void progress_end(void);
void progress_summary(const struct run *runs, size_t nr_runs, const char *results);

#endif /* MODRACE_PROGRESS_H */
