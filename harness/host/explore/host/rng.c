// SPDX-License-Identifier: GPL-2.0
#include "explore.h"

/**
 * rng_init() - start a reproducible sequence
 * @rng: to initialise
 * @seed: any number, the same one gives the same sequence
 */
void rng_init(struct rng *rng, uint64_t seed)
{
	rng->state = seed;
}

/**
 * rng_next() - the next 64 random bits (splitmix64)
 * @rng: the sequence
 */
uint64_t rng_next(struct rng *rng)
{
	uint64_t z = rng->state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

/**
 * rng_below() - a number from 0 to @n - 1
 * @rng: the sequence
 * @n: how many there are to choose from, at least 1
 */
uint32_t rng_below(struct rng *rng, uint32_t n)
{
	return (rng_next(rng) >> 32) * n >> 32;
}
