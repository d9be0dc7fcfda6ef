/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Taking part in a schedule: the guest's side of /dev/modrace_explore.
 *
 *	PID 1      |load|      EXPLORE_RUN       |audit|load|  EXPLORE_RUN ...
 *	remover          gate |delete_module| gate            ...
 *	traffic          gate |op|op|         gate            ...
 *	                      ^ the kernel decides who runs at every point
 *
 * The gate opens when the host has written a plan. The cycle is over when
 * everybody is back at it.
 */
#ifndef MODRACE_GUEST_EXPLORE_H
#define MODRACE_GUEST_EXPLORE_H

#include <stdbool.h>

/* Workers share roles when there are more of them than roles for traffic. */
unsigned int explore_traffic_role(unsigned int worker);

void explore_open(void);
void explore_join(unsigned int role);
bool explore_next(void);
int explore_run(void);
unsigned int explore_moved(void);

#endif /* MODRACE_GUEST_EXPLORE_H */
