// SPDX-License-Identifier: GPL-2.0
/*
 * What is made of a guest's word on its checkpoint, whenever it comes.
 */
#include <errno.h>

#include "testing.h"
#include "vm/checkpoint.h"

static void test_taken_and_back(void **state)
{
	struct explore_checkpoint says = { .taken = 0 };
	struct checkpoint c = { .state = CHECKPOINT_NONE };

	(void)state;
	assert_int_equal(checkpoint_hear(&c, &says), CHECKPOINT_NO_NEWS);
	checkpoint_ask(&c);
	says.taken = 1;
	assert_int_equal(checkpoint_hear(&c, &says), CHECKPOINT_TAKEN);
	assert_int_equal(c.state, CHECKPOINT_KEPT);
	/* Plans and their ends say nothing of it. */
	assert_int_equal(checkpoint_hear(&c, &says), CHECKPOINT_NO_NEWS);
	for (says.back = 1; says.back < 3; says.back++) {
		checkpoint_go_back(&c);
		assert_int_equal(checkpoint_hear(&c, &says), CHECKPOINT_ARRIVED);
		assert_int_equal(c.state, CHECKPOINT_KEPT);
		assert_int_equal(checkpoint_hear(&c, &says), CHECKPOINT_NO_NEWS);
	}
}

/* A guest may ask once more before a signal reaches it, as often as it likes. */
static void test_request_before_the_signal(void **state)
{
	struct explore_checkpoint says = { .taken = 1, .back = 7 };
	struct checkpoint c = { .state = CHECKPOINT_KEPT, .back = 7 };

	(void)state;
	checkpoint_go_back(&c);
	assert_int_equal(checkpoint_hear(&c, &says), CHECKPOINT_UNDER_WAY);
	assert_int_equal(checkpoint_hear(&c, &says), CHECKPOINT_UNDER_WAY);
	assert_int_equal(c.state, CHECKPOINT_RETURNING);
	says.back++;
	assert_int_equal(checkpoint_hear(&c, &says), CHECKPOINT_ARRIVED);
}

/* It is not asked again. */
static void test_refused(void **state)
{
	struct explore_checkpoint says = { .error = ENOSPC };
	struct checkpoint c = { .state = CHECKPOINT_NONE };

	(void)state;
	checkpoint_ask(&c);
	assert_int_equal(checkpoint_hear(&c, &says), CHECKPOINT_REFUSED);
	assert_int_equal(c.state, CHECKPOINT_NEVER);
	assert_int_equal(c.error, ENOSPC);
	assert_int_equal(checkpoint_hear(&c, &says), CHECKPOINT_NO_NEWS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken_and_back),
		cmocka_unit_test(test_request_before_the_signal),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests_name("checkpoint", tests, NULL, NULL);
}
