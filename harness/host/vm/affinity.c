// SPDX-License-Identifier: GPL-2.0
/*
 * The choice described in affinity.h. Guests are spread evenly, beginning at
 * another processor in each run of the program, since there may be several.
 */
#include <sched.h>
#include <unistd.h>

#include "vm/affinity.h"

/* The processor with the given rank among those of the set. */
static int nth_cpu(const cpu_set_t *set, unsigned int rank)
{
	int cpu;

	for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (CPU_ISSET(cpu, set) && !rank--)
			return cpu;
	}
	return -1;
}

/**
 * affinity_choose() - the processors of the host for a guest
 * @slot: which of the guests that run at a time
 * @slots: how many do
 * @cpus: filled in, one for each virtual processor; the same one twice if there is
 *	no other, -1 if the host does not say which there are
 */
void affinity_choose(unsigned int slot, unsigned int slots, int cpus[GUEST_CPUS])
{
	unsigned int i, nr, step;
	cpu_set_t allowed;

	for (i = 0; i < GUEST_CPUS; i++)
		cpus[i] = -1;
	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		return;
	nr = CPU_COUNT(&allowed);
	step = nr > slots ? nr / slots : 1;
	for (i = 0; i < GUEST_CPUS; i++)
		cpus[i] = nth_cpu(&allowed, (getpid() + slot * step + i) % nr);
}

/**
 * affinity_set() - keep the calling process on one processor of the host
 * @cpu: from affinity_choose()
 *
 * It stays where it is if that cannot be had: the guest is slower then, not wrong.
 */
void affinity_set(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}
