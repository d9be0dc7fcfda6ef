/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A doorbell: how one process has others look at shared memory again.
 *
 *	seen = doorbell_rings(bell);
 *	look at what one waits for;
 *	doorbell_wait(bell, seen, ...);		returns at once if it rang since
 *
 * Ringing costs a system call only while somebody sleeps on it. In a UML guest,
 * where a system call takes tens of microseconds, that is the difference between
 * a parked worker and one that takes the processor away from an unload.
 */
#ifndef MODRACE_DOORBELL_H
#define MODRACE_DOORBELL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define DOORBELL_FOR_EVER UINT64_MAX

/**
 * struct doorbell - lies in memory shared by processes, zeroed at first
 * @rings: how often it was rung
 * @sleepers: processes that sleep on it
 */
struct doorbell {
	_Atomic uint32_t rings;
	_Atomic uint32_t sleepers;
};

static inline uint32_t doorbell_rings(const struct doorbell *bell)
{
	return bell->rings;
}

uint64_t doorbell_deadline(uint64_t us);
void doorbell_ring(struct doorbell *bell);
bool doorbell_wait(struct doorbell *bell, uint32_t seen, uint64_t deadline);

#endif /* MODRACE_DOORBELL_H */
