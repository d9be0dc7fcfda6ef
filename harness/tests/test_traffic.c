// SPDX-License-Identifier: GPL-2.0
/*
 * Traffic, as far as it needs no guest: the table of kinds, the values of their keys, and
 * operations on a file, made with a kind of the test's own and a file of the host's.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "../traffic/file.h"
#include "testing.h"

/* ---- kinds and keys ---- */

struct demo_keys {
	char name[8];
	char path[TRAFFIC_STRING_LEN];
	char other[8];
	unsigned long nr;
	struct traffic_numbers some;
	bool twice;
	enum traffic_hold hold;
};

static const struct traffic_key demo_keys[] = {
	{ "name", TRAFFIC_STRING(struct demo_keys, name), .help = "a name" },
	{ "path", TRAFFIC_FILE(struct demo_keys, path), .def = "/nowhere", .help = "a file" },
	{ "other", TRAFFIC_MODULE(struct demo_keys, other), .def = "a_b", .help = "a module" },
	{ "nr", TRAFFIC_NUMBER(struct demo_keys, nr, 3, 300), .def = "4", .help = "how many" },
	{ "some", TRAFFIC_NUMBERS(struct demo_keys, some, 2, 9), .def = "2 3", .help = "which" },
	{ "twice", TRAFFIC_BOOL(struct demo_keys, twice), .def = "no", .help = "and again" },
	{ "hold", TRAFFIC_HOLD(struct demo_keys, hold), .def = "yes", .help = "for how long" },
	{}
};

static const struct traffic_kind demo = { .name = "demo", .keys = demo_keys };

static void test_defaults(void **state)
{
	struct demo_keys keys = { .twice = true };

	(void)state;
	traffic_set_defaults(&demo, &keys);
	assert_string_equal(keys.name, "");
	assert_string_equal(keys.path, "/nowhere");
	assert_int_equal(keys.nr, 4);
	assert_int_equal(keys.some.nr, 2);
	assert_int_equal(keys.some.value[1], 3);
	assert_false(keys.twice);
	assert_int_equal(keys.hold, TRAFFIC_HOLD_YES);
}

/* What a key is set to, or why not. */
static const char *set(struct demo_keys *keys, const char *name, const char *value)
{
	static char reason[128];

	*reason = '\0';
	if (traffic_key_set(traffic_key_find(&demo, name), keys, value, reason, sizeof(reason)))
		assert_string_not_equal(reason, "");
	return reason;
}

static void test_values(void **state)
{
	struct demo_keys keys = {};

	(void)state;
	assert_string_equal(set(&keys, "name", "seven.."), "");
	assert_string_equal(set(&keys, "other", "some-ko"), "");
	assert_string_equal(keys.other, "some_ko");
	assert_string_equal(set(&keys, "nr", "0x12c"), "");
	assert_string_equal(set(&keys, "some", "9 0x2\t5"), "");
	assert_string_equal(set(&keys, "twice", "yes"), "");
	assert_string_equal(set(&keys, "hold", "forever"), "");
	assert_string_equal(keys.name, "seven..");
	assert_int_equal(keys.nr, 300);
	assert_int_equal(keys.some.nr, 3);
	assert_int_equal(keys.some.value[0] * 100 + keys.some.value[1] * 10 + keys.some.value[2],
			 925);
	assert_true(keys.twice);
	assert_int_equal(keys.hold, TRAFFIC_HOLD_FOREVER);
}

/* Whatever is refused leaves what was there. */
static void test_refused_values(void **state)
{
	struct demo_keys keys = { .name = "a", .nr = 5, .some.nr = 1, .hold = TRAFFIC_HOLD_NO };

	(void)state;
	assert_string_equal(set(&keys, "name", "eight..."), "longer than 7 characters");
	assert_string_equal(set(&keys, "other", "a.ko"), "'a.ko' is no module name");
	assert_string_equal(set(&keys, "other", "eight___"), "longer than 7 characters");
	assert_string_equal(set(&keys, "nr", "2"), "'2' is no number from 3 to 300");
	assert_string_equal(set(&keys, "nr", "301"), "'301' is no number from 3 to 300");
	assert_string_equal(set(&keys, "nr", " 4"), "' 4' is no number from 3 to 300");
	assert_string_equal(set(&keys, "nr", "4 "), "'4 ' is no number from 3 to 300");
	assert_string_equal(set(&keys, "nr", "99999999999999999999"),
			    "'99999999999999999999' is no number from 3 to 300");
	assert_string_equal(set(&keys, "some", "2 10"), "'10' is no number from 2 to 9");
	assert_string_equal(set(&keys, "some", "2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2"),
			    "more than 16 numbers");
	assert_string_equal(set(&keys, "twice", "maybe"), "'maybe' is none of no yes");
	assert_string_equal(set(&keys, "hold", ""), "'' is none of no yes forever");
	assert_string_equal(keys.name, "a");
	assert_int_equal(keys.nr, 5);
	assert_int_equal(keys.some.nr, 1);
	assert_int_equal(keys.hold, TRAFFIC_HOLD_NO);
}

/* The reason is cut, not written past its end. */
static void test_short_reason(void **state)
{
	char reason[8] = "", keys[sizeof(struct demo_keys)];

	(void)state;
	assert_int_equal(traffic_key_set(traffic_key_find(&demo, "hold"), keys, "at all times",
					 reason, sizeof(reason)),
			 -1);
	assert_string_equal(reason, "'at all");
}

static void check_key(const struct traffic_kind *kind, const struct traffic_key *key, void *params)
{
	char reason[128];

	assert_ptr_equal(traffic_key_find(kind, key->name), key);
	assert_non_null(key->help);
	if (key->def && traffic_key_set(key, params, key->def, reason, sizeof(reason)))
		fail_msg("%s: default of %s: %s", kind->name, key->name, reason);
	assert_int_equal(!!key->words, key->type == TRAFFIC_KEY_CHOICE);
	assert_int_equal(!!traffic_key_text(key, params), !!key->size);
}

/* Of every kind there is: it is found by its name, and so is each key, whose default is valid. */
static void test_all_kinds(void **state)
{
	char params[TRAFFIC_PARAMS_LEN];
	const struct traffic_key *key;
	size_t i;

	(void)state;
	for (i = 0; i < nr_traffic_kinds; i++) {
		const struct traffic_kind *kind = traffic_kinds[i];

		assert_ptr_equal(traffic_kind_find(kind->name), kind);
		assert_non_null(kind->help);
		assert_non_null(kind->op);
		for (key = kind->keys; key->name; key++)
			check_key(kind, key, params);
		assert_true(key - kind->keys <= TRAFFIC_MAX_KEYS);
	}
	assert_null(traffic_kind_find("carrier-pigeon"));
	assert_null(traffic_key_find(traffic_kinds[0], "colour"));
}

/* ---- operations on a file ---- */

static char story[256];
static int used, failing, error;

static void tell(const char *what)
{
	strcat(story, what);
}

static int demo_use(struct traffic *t)
{
	char c;

	tell("use ");
	assert_int_equal(pread(t->fd, &c, 1, 0), 1);
	return ++used == failing ? error : 0;
}

static int demo_begin(struct traffic *t)
{
	(void)t;
	tell("begin ");
	return failing < 0 ? error : 7;
}

static int demo_end(struct traffic *t, int begun)
{
	(void)t;
	assert_int_equal(begun, 7);
	tell(t->slot->held ? "end, held " : "end ");
	return error;
}

/* Nobody parks the worker, and it has reached its goal: what is held is held for 5 ms. */
static int carry_out(const struct file_use *file, unsigned int repeat, enum traffic_hold hold)
{
	struct traffic_board board = { .open = true };
	struct traffic_slot slot = {};
	struct traffic t = { .slot = &slot, .board = &board, .fd = -1 };
	int ret;

	*story = '\0';
	used = 0;
	assert_int_equal(file_open(&t, "/proc/self/exe", O_RDONLY), 0);
	ret = file_op(&t, file, repeat, hold);
	assert_int_equal(fcntl(t.fd, F_GETFD), -1);
	assert_int_equal(slot.error, 0);
	return ret;
}

static void test_file(void **state)
{
	static const struct file_use file = { demo_use, demo_begin, demo_end };
	static const struct file_use plain = { demo_use };

	(void)state;
	failing = error = 0;
	assert_int_equal(carry_out(&file, 2, TRAFFIC_HOLD_NO), 0);
	assert_string_equal(story, "use use ");
	assert_int_equal(carry_out(&file, 1, TRAFFIC_HOLD_YES), 0);
	assert_string_equal(story, "use begin end, held ");
	assert_int_equal(carry_out(&plain, 1, TRAFFIC_HOLD_YES), 0);
	assert_string_equal(story, "use use ");
}

/* That the module goes is a miss before the hold, and expected after it. */
static void test_file_gone(void **state)
{
	static const struct file_use file = { demo_use, demo_begin, demo_end };

	(void)state;
	failing = 2;
	error = -ENODEV;
	assert_int_equal(carry_out(&file, 3, TRAFFIC_HOLD_YES), -ENODEV);
	assert_string_equal(story, "use use ");
	failing = -1;
	assert_int_equal(carry_out(&file, 1, TRAFFIC_HOLD_YES), -ENODEV);
	assert_string_equal(story, "use begin ");
	failing = 0;
	assert_int_equal(carry_out(&file, 1, TRAFFIC_HOLD_YES), 0);
	error = -EINVAL;
	assert_int_equal(carry_out(&file, 1, TRAFFIC_HOLD_YES), -EINVAL);
}

static void test_file_missing(void **state)
{
	struct traffic t = {};

	(void)state;
	assert_int_equal(file_open(&t, "/nowhere", O_RDWR), -ENOENT);
}

/* What a file of the test's own holds after something was written to it. */
static const char *written(const char *path)
{
	static char text[64];
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	assert_true(n >= 0);
	text[n] = '\0';
	close(fd);
	return text;
}

/* Each operation of each worker has a number of its own, and what undoes it has the same. */
static void test_write_and_undo(void **state)
{
	struct traffic_board board = { .pace = PACE_FREE };
	struct traffic_slot slot = { .started = 4 };
	struct traffic t = { .slot = &slot, .board = &board, .index = 1, .workers = 3 };
	char path[] = "/tmp/test-traffic-XXXXXX";

	(void)state;
	t.fd = mkstemp(path);
	assert_true(t.fd >= 0);
	file_undo(&t, path, "del {n}!");
	assert_string_equal(written(path), "");
	assert_int_equal(file_write(&t, "add {n}!"), 0);
	assert_string_equal(written(path), "add 14!");
	slot.started++;
	file_undo(&t, path, "del {n}!");
	assert_string_equal(written(path), "del 14!");
	assert_int_equal(file_write(&t, "1234567"), 0);
	file_undo(&t, "/nowhere", "{n}");
	file_undo(&t, path, "{n}");
	assert_string_equal(written(path), "1234567");
	close(t.fd);
	assert_int_equal(file_write(&t, "{n}"), -EBADF);
	unlink(path);
}

/* ---- what else the kit has ---- */

/* Nothing is held while the worker has to reach its goal, or once it is to park. */
static void test_hold(void **state)
{
	struct traffic_board board = { .open = true };
	struct traffic_slot slot = { .goal = 1 };
	struct traffic t = { .slot = &slot, .board = &board };

	(void)state;
	traffic_hold(&t, TRAFFIC_HOLD_FOREVER);
	assert_false(slot.held);
	board.open = false;
	slot.ops = 1;
	traffic_hold(&t, TRAFFIC_HOLD_FOREVER);
	assert_true(slot.held);
}

static unsigned int woken;

/* The remover ends its attempt, and wakes up who waits. */
static void end_attempt(struct traffic *t)
{
	struct timespec forever = { .tv_sec = 1000 };

	assert_true(t->slot->held);
	assert_true(t->slot->waits);
	t->board->unload_seq++;
	raise(TRAFFIC_WAKE_SIGNAL);
	/* It comes again, for a call that had not begun. */
	assert_int_equal(nanosleep(&forever, NULL), -1);
	assert_int_equal(errno, EINTR);
	woken++;
}

static void test_hold_in_a_call(void **state)
{
	struct traffic_board board = { .open = true };
	struct traffic_slot slot = {};
	struct traffic t = { .slot = &slot, .board = &board };
	struct itimerval timer;

	(void)state;
	assert_int_equal(traffic_wakes(), 0);
	traffic_hold_in(&t, TRAFFIC_HOLD_YES, end_attempt);
	assert_int_equal(woken, 1);
	assert_false(slot.waits);
	assert_int_equal(getitimer(ITIMER_REAL, &timer), 0);
	assert_int_equal(timer.it_value.tv_usec, 0);
	/* Nobody would wake up who begins to wait now. */
	board.open = false;
	traffic_hold_in(&t, TRAFFIC_HOLD_YES, end_attempt);
	assert_int_equal(woken, 1);
}

static void test_turn(void **state)
{
	struct traffic_board board = { .pace = PACE_FREE, .good_ops = 2 };
	struct traffic_slot slot = { .started = 9, .ops = 40, .goal = 41 };
	struct traffic t = { .slot = &slot, .board = &board };

	(void)state;
	assert_int_equal(traffic_turn(&t), 9);
	board.pace = PACE_SCHEDULE;
	assert_int_equal(traffic_turn(&t), 1);
}

/* Neither a miss nor a refusal is a failure; the first failure named stays. */
static void test_fail(void **state)
{
	struct traffic_board board = {};
	struct traffic_slot slot = {};
	struct traffic t = { .slot = &slot, .board = &board };

	(void)state;
	assert_int_equal(traffic_fail(&t, "open", -ENXIO), -ENXIO);
	assert_string_equal(slot.refusal, "");
	assert_int_equal(traffic_fail(&t, "ioctl", -EINVAL), -EINVAL);
	assert_int_equal(slot.error, 0);
	assert_string_equal(slot.refusal, "ioctl: Invalid argument");
	assert_int_equal(traffic_fail(&t, "write", -EFAULT), -EFAULT);
	assert_int_equal(traffic_fail(&t, "operation", -EFAULT), -EFAULT);
	assert_int_equal(slot.error, EFAULT);
	assert_string_equal(slot.error_what, "write");
}

static void test_batch(void **state)
{
	struct traffic_board board = { .pace = PACE_FREE };
	struct traffic t = { .board = &board };

	(void)state;
	assert_int_equal(traffic_batch(&t, 32), 32);
	board.pace = PACE_SCHEDULE;
	assert_int_equal(traffic_batch(&t, 32), 2);
	assert_int_equal(traffic_batch(&t, 1), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),       cmocka_unit_test(test_values),
		cmocka_unit_test(test_refused_values), cmocka_unit_test(test_short_reason),
		cmocka_unit_test(test_all_kinds),      cmocka_unit_test(test_file),
		cmocka_unit_test(test_file_gone),      cmocka_unit_test(test_file_missing),
		cmocka_unit_test(test_hold),           cmocka_unit_test(test_fail),
		cmocka_unit_test(test_batch),          cmocka_unit_test(test_write_and_undo),
		cmocka_unit_test(test_hold_in_a_call), cmocka_unit_test(test_turn),
	};

	return cmocka_run_group_tests_name("traffic", tests, NULL, NULL);
}
