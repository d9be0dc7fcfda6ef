/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Small things every part of the guest needs.
 */
#ifndef MODRACE_UTIL_H
#define MODRACE_UTIL_H

#include <stdint.h>
#include <time.h>
#include <x86intrin.h>

#include "compiler.h"

/* splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014) */
static inline uint64_t next_random(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static inline void nap_us(unsigned int us)
{
	struct timespec ts = { .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000L };

	nanosleep(&ts, NULL);
}

/* Host time without a system call, which would cost more than what is timed. */
static inline uint64_t ticks_now(void)
{
	return __rdtsc();
}

#endif /* MODRACE_UTIL_H */
