// SPDX-License-Identifier: GPL-2.0
/*
 * Guests are spread over the processors they may use, and stay on them.
 */
#include <sched.h>
#include <unistd.h>

#include "testing.h"
#include "vm/affinity.h"

static void test_only_allowed(void **state)
{
	int cpus[GUEST_CPUS];
	cpu_set_t allowed;
	unsigned int slot, i;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(allowed), &allowed), 0);
	for (slot = 0; slot < 9; slot++) {
		affinity_choose(slot, 9, cpus);
		for (i = 0; i < GUEST_CPUS; i++)
			assert_true(CPU_ISSET(cpus[i], &allowed));
	}
}

/* As many guests as processors: each begins on one of its own. */
static void test_spread(void **state)
{
	unsigned int slot, nr;
	int cpus[GUEST_CPUS];
	cpu_set_t allowed, taken;

	(void)state;
	CPU_ZERO(&taken);
	assert_int_equal(sched_getaffinity(0, sizeof(allowed), &allowed), 0);
	nr = CPU_COUNT(&allowed);
	for (slot = 0; slot < nr; slot++) {
		affinity_choose(slot, nr, cpus);
		CPU_SET(cpus[0], &taken);
		assert_true(nr == 1 || cpus[0] != cpus[1]);
	}
	assert_int_equal(CPU_COUNT(&taken), nr);
}

static void test_set(void **state)
{
	int cpus[GUEST_CPUS];
	cpu_set_t before;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	affinity_choose(1, 2, cpus);
	affinity_set(cpus[0]);
	assert_int_equal(sched_getcpu(), cpus[0]);
	affinity_choose(1, 2, cpus);
	assert_int_equal(cpus[0], cpus[1]);
	sched_setaffinity(0, sizeof(before), &before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_allowed),
		cmocka_unit_test(test_spread),
		cmocka_unit_test(test_set),
	};

	return cmocka_run_group_tests_name("affinity", tests, NULL, NULL);
}
