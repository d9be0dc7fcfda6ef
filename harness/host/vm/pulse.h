/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How much of the time that passes a guest gets: the measure of every time limit.
 *
 *	wall clock	|----|----|----|----|----|----|	samples
 *	ran, waited	 4:0  4:0  1:3  0:4  0:4  2:2
 *	got		 1 +  1 + .25 + 0  + 0  + .5
 *
 * A guest that sleeps, or that runs whenever it wants to, gets all of it; one that has
 * to wait for a processor of the host gets the share of it in which it ran.
 */
#ifndef MODRACE_PULSE_H
#define MODRACE_PULSE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/**
 * struct pulse - what the tasks of a guest have had of the host's processors
 * @root: process at the root of their tree
 * @taken: when the last sample was taken, now_seconds()
 * @seen_ran: seconds that the tasks then alive had run
 * @seen_waited: seconds that they had waited until they ran again
 * @got: seconds that the guest got
 * @ran: seconds that its tasks ran, in all
 * @waited: seconds that they were ready to and did not, in all
 */
struct pulse {
	pid_t root;
	double taken;
	double seen_ran;
	double seen_waited;
	double got;
	double ran;
	double waited;
};

void pulse_begin(struct pulse *pulse, pid_t root);
double pulse_take(struct pulse *pulse);

#endif /* MODRACE_PULSE_H */
