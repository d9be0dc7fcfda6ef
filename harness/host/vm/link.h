/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The line to the explorer in a guest's kernel: a shared file and two sockets.
 *
 *	host				guest kernel
 *	link_wanted()		<-	a byte: the last cycle is over, what next?
 *	reads result, log, sites
 *	link_release(plan)	->	a byte: the plan is in the file
 *
 * The file outlives the guest, so what a cycle did before a panic can be read. Requests
 * have numbers, since a guest can go back to an earlier state at any moment: an answer to
 * what it asked before is none to what it asks then.
 */
#ifndef MODRACE_LINK_H
#define MODRACE_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/modrace_explore.h>

/* Events kept of one cycle; room is taken only as they come */
#define LINK_TRACE (1u << 20)

/**
 * struct link - the line to one guest; link_closed if it has none
 * @shm: the shared file
 * @file: file descriptor of it
 * @want: the guest says here that it wants a plan
 * @go: it is told here that the plan is there
 * @guest_want: the guest's end of @want, -1 once it has been handed over
 * @guest_go: the guest's end of @go, likewise
 * @answered: number of the last request that was answered
 */
struct link {
	struct explore_shm *shm;
	int file;
	int want;
	int go;
	int guest_want;
	int guest_go;
	uint32_t answered;
};

extern const struct link link_closed;

int link_open(struct link *link);
void link_handed_over(struct link *link);
bool link_wanted(struct link *link);
void link_release(struct link *link, const struct explore_plan *plan);
void link_command(struct link *link, unsigned int flags);
void link_close(struct link *link);

#endif /* MODRACE_LINK_H */
