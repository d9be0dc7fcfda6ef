/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Exploring: from the first profile of a run to its reproducer. One machine for each
 * run, which is told how cycles and guests ended and says what the next plan is. It
 * knows no guest, boot or file descriptor: who drives it, has those.
 *
 *	explore_begin(e, ...);
 *	while (!explore_over(e)) {
 *		explore_turn_begins(e, booted);		a guest, as new
 *		while (it waits, and (plan = explore_next(e, &view)))
 *			hand it over;			the last cycle went well
 *		explore_boot_over(e, &view, failure);	it has ended
 *	}
 *
 * A turn is what a guest goes through from its start to its end. Where it can go back to
 * a checkpoint in place of being started again, a boot has many turns: no plan then means
 * back, explore_turn_begins() follows, and a failure that sends the guest back is told as
 * that of a boot is. When a checkpoint is worth taking, and when only a boot will do, is
 * said here as well: of the runs that prove a reproducer one is from a boot at least.
 *
 * A second processor changes what a plan says (which role is on which, how long one is
 * stopped) and how schedules are drawn and written down. They pass through here as they
 * are: it is a row of modes.c with this machine, other kernel arguments, and a plan that
 * says more.
 */
#ifndef MODRACE_EXPLORE_H
#define MODRACE_EXPLORE_H

#include "plan/run.h"

#include <linux/modrace_explore.h>

struct diagnosis;
struct explore;
struct kernel;
struct replay;
struct repro;
struct strategy;
struct transcript;

/**
 * struct explore_config - what exploring is done with; all of it outlives the run
 * @kernel: what is booted
 * @memory_mb: memory of the guests, MiB
 * @only: the strategy wanted, NULL for the mix
 * @restore: whether guests go back to a checkpoint
 * @repro: what to replay in place of a search, or NULL
 * @replay: where the outcome of that goes; shared by all runs that replay it
 */
struct explore_config {
	const struct kernel *kernel;
	unsigned int memory_mb;
	const struct strategy *only;
	enum restore restore;
	const struct repro *repro;
	struct replay *replay;
};

/**
 * struct explore_view - what is to be seen of a guest
 * @shm: the file it shares
 * @said: what it has said so far
 * @diagnosis: its console, decoded; NULL while it runs
 */
struct explore_view {
	const struct explore_shm *shm;
	const struct transcript *said;
	const struct diagnosis *diagnosis;
};

struct explore *explore_create(struct run *run, const struct explore_config *config);
void explore_free(struct explore *e);
void explore_begin(struct explore *e, const struct explore *twin);
void explore_turn_begins(struct explore *e, bool booted);
unsigned int explore_checkpoint_wanted(const struct explore *e);
void explore_checkpoint_taken(struct explore *e);
bool explore_may_go_back(const struct explore *e);
const struct explore_plan *explore_next(struct explore *e, const struct explore_view *view);
void explore_boot_over(struct explore *e, const struct explore_view *view,
		       const struct failure *failure);
bool explore_searching(const struct explore *e);
bool explore_over(const struct explore *e);

#endif /* MODRACE_EXPLORE_H */
