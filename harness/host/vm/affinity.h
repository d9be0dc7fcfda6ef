/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which processors of the host a guest runs on.
 *
 * A virtual processor and the process whose user space it runs hand over to each
 * other at every system call of the guest. On one processor of the host that is a
 * switch; on two it is a wakeup of the other one, many times as expensive where the
 * host is a virtual machine itself. The scheduler of the host prefers an idle
 * processor and so chooses the second. Hence each virtual processor stays on one.
 */
#ifndef MODRACE_AFFINITY_H
#define MODRACE_AFFINITY_H

/* Virtual processors of the largest guest. */
#define GUEST_CPUS 2

void affinity_choose(unsigned int slot, unsigned int slots, int cpus[GUEST_CPUS]);
void affinity_set(int cpu);

#endif /* MODRACE_AFFINITY_H */
