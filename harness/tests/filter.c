// SPDX-License-Identifier: GPL-2.0
/*
 * Linked into every test program: lets `check NAME/TEST` run some of its tests. The pattern
 * comes in CMOCKA_TEST_FILTER, since a test program takes no arguments.
 */
#include <stdlib.h>

#include "testing.h"

__attribute__((constructor)) static void take_filter(void)
{
	cmocka_set_test_filter(getenv("CMOCKA_TEST_FILTER"));
}
