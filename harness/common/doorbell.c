// SPDX-License-Identifier: GPL-2.0
/*
 * The doorbell described in doorbell.h: a futex with a count of those that
 * sleep on it.
 */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "doorbell.h"

/**
 * doorbell_deadline() - when a wait that begins now has to end
 * @us: its longest duration, microseconds
 *
 * Return: the time by the guest's monotonic clock, in microseconds.
 */
uint64_t doorbell_deadline(uint64_t us)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000ull + now.tv_nsec / 1000 + us;
}

/**
 * doorbell_ring() - have everybody who waits look again
 * @bell: the doorbell
 */
void doorbell_ring(struct doorbell *bell)
{
	bell->rings++;
	if (bell->sleepers)
		syscall(SYS_futex, &bell->rings, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/**
 * doorbell_wait() - sleep until it rings
 * @bell: the doorbell
 * @seen: doorbell_rings() from before the caller looked at what it waits for
 * @deadline: from doorbell_deadline(), or DOORBELL_FOR_EVER
 *
 * Return: false if the time is up. What the caller waits for may hold or not
 * in either case.
 */
bool doorbell_wait(struct doorbell *bell, uint32_t seen, uint64_t deadline)
{
	struct timespec until = {
		.tv_sec = deadline / 1000000,
		.tv_nsec = deadline % 1000000 * 1000,
	};
	long ret;

	bell->sleepers++;
	ret = syscall(SYS_futex, &bell->rings, FUTEX_WAIT_BITSET, seen,
		      deadline == DOORBELL_FOR_EVER ? NULL : &until, NULL, FUTEX_BITSET_MATCH_ANY);
	bell->sleepers--;
	return !(ret && errno == ETIMEDOUT);
}
