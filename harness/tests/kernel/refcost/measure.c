// SPDX-License-Identifier: GPL-2.0
/*
 * In the guest: measures a pair of try_module_get() and module_put(), and the load
 * and removal of a module, many times over, and prints the least of each: what
 * interrupts a measurement only ever adds to it.
 */
#include <time.h>

#include "../../../bench/measure.h"

#define BATCHES 400
#define CYCLES  300

static unsigned long long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static unsigned long long pair_ps(void)
{
	return measure_read("/sys/module/refcost/parameters/pair");
}

static unsigned long long cycle_ns(void)
{
	unsigned long long begin = now_ns();

	measure_load("/test/refcost_empty.ko");
	if (syscall(SYS_delete_module, "refcost_empty", O_NONBLOCK))
		measure_fail("refcost_empty");
	return now_ns() - begin;
}

static unsigned long long least(unsigned long long (*measure)(void), int times)
{
	unsigned long long value, result = ~0ull;

	while (times--) {
		value = measure();
		if (value < result)
			result = value;
	}
	return result;
}

int main(void)
{
	measure_load("/test/refcost.ko");
	printf("pair %llu\n", least(pair_ps, BATCHES));
	printf("cycle %llu\n", least(cycle_ns, CYCLES));
	return 0;
}
