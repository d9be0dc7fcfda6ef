/* SPDX-License-Identifier: GPL-2.0 */
/*
 * When to unload: sweeping delete_module(2) over the traffic's own timing.
 *
 *	lead worker   |-------- op --------|      |-------- op --------|
 *	                                          ^start
 *	remover       . . . wait for a start . . .|-- delay --|== unload ==
 *
 * Left to luck, a remover that has just slept or loaded a module always arrives
 * in the same few places of an operation. Instead each unload picks a worker to
 * lead, waits until that worker begins an operation and then delays by a
 * fraction of how long its operations have been taking. The fractions are drawn
 * one from each of WIRE_BUCKETS equal parts, in a seeded random order, before
 * any part comes again. (LTP's tst_fuzzy_sync.h delays the two sides of a race
 * in the same spirit.)
 */
#ifndef MODRACE_SWEEP_H
#define MODRACE_SWEEP_H

#include "scenario.h"
#include "wire.h"

/**
 * struct sweep - state of the sweep over one boot
 * @seed: pseudo-random state
 * @order: the parts of an operation in the order they are to be visited
 * @next: index in @order
 * @hit: unloads that fell in each part, as measured afterwards
 */
struct sweep {
	uint64_t seed;
	unsigned char order[WIRE_BUCKETS];
	unsigned int next;
	uint64_t hit[WIRE_BUCKETS];
};

void sweep_init(struct sweep *sweep, uint64_t seed);
void sweep_wait(struct sweep *sweep);
void sweep_send(const struct sweep *sweep);

#endif /* MODRACE_SWEEP_H */
