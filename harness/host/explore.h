/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Exploring: the course of a run in explore mode, from the first profile to the
 * reproducer. One object for each run; its boots come and go.
 *
 *	search:   profile -> same schedules as the twin -> strategies
 *	                         |  a schedule fails
 *	work-up:  confirm -> prefix -> minimise -> prove -> reproducer, timeline
 *	          a fresh   what came  leave out    twice from a fresh boot,
 *	          boot      before it  decisions    the same to the last event
 *
 * The runner calls explore_serve() whenever a guest wants to know what to do
 * next, and explore_boot_over() when it has ended.
 */
#ifndef MODRACE_EXPLORE_H
#define MODRACE_EXPLORE_H

#include "boot.h"
#include "repro.h"
#include "strategy.h"

struct explore;
struct kernel;
struct replay;

struct explore *explore_create(struct run *run, const struct strategy *only);
void explore_set_replay(struct explore *e, const struct repro *repro, struct replay *replay);
void explore_set_twin(struct explore *e, const struct run *twin);
bool explore_needs(const struct explore *e, const struct run *run);
bool explore_ready(const struct explore *e);
void explore_begin(struct explore *e, const struct kernel *kernel, unsigned int memory_mb);
int explore_boot_begin(struct explore *e, struct boot *boot);
void explore_serve(struct explore *e, struct boot *boot);
bool explore_searching(const struct explore *e);
void explore_boot_over(struct explore *e, struct boot *boot, const struct failure *failure);

#endif /* MODRACE_EXPLORE_H */
