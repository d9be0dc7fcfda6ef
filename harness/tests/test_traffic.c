// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's traffic, as far as it needs no guest: which keys each kind asks for. A
 * kind that asks for one its type does not take must be found out before it is started,
 * by name, and nothing else may be read in its place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../guest/channel.h"
#include "../guest/explore.h"
#include "../guest/traffic.h"
#include "testing.h"

/* ---- what the rest of the guest is to the traffic ---- */

static char broken[256];
static jmp_buf gave_up;

void guest_broken(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(broken, sizeof(broken), fmt, args);
	va_end(args);
	longjmp(gave_up, 1);
}

void guest_check(int ret, const char *what)
{
	if (ret < 0)
		guest_broken("%s", what);
}

void channel_send(const struct wire_record *record)
{
	(void)record;
}

unsigned int explore_traffic_role(unsigned int worker)
{
	return worker;
}

void explore_join(unsigned int role)
{
	(void)role;
}

bool explore_next(void)
{
	return false;
}

/* ---- the tests ---- */

static const struct traffic_spec *section(struct scenario *s, const struct traffic_type *type)
{
	struct traffic_spec *spec = &s->traffic[0];
	int i;

	memset(s, 0, sizeof(*s));
	s->nr_traffic = 1;
	spec->type = type;
	spec->workers = 1;
	strcpy(spec->name, "t");
	for (i = 0; type->keys[i].name; i++)
		snprintf(spec->value[i], SCENARIO_VALUE_LEN, "%s of %s", type->keys[i].name,
			 type->name);
	return spec;
}

/* What the traffic gave up with, or "" if it did not. */
static const char *try_keys(struct traffic *t)
{
	*broken = '\0';
	if (!setjmp(gave_up))
		traffic_find_keys(t);
	return broken;
}

/* Every kind there is, and every key of it, is known to both sides. */
static void test_all_kinds(void **state)
{
	struct scenario s;
	size_t i;
	int key;

	(void)state;
	for (i = 0; i < nr_traffic_types; i++) {
		const struct traffic_type *type = &traffic_types[i];
		struct traffic t = { .spec = section(&s, type), .ops = traffic_kind(type->name) };

		assert_string_equal(try_keys(&t), "");
		for (key = 0; key < TRAFFIC_MAX_KEYS; key++) {
			char expected[SCENARIO_VALUE_LEN];

			if (!t.ops->keys[key]) {
				assert_false(type->keys[key].name);
				continue;
			}
			snprintf(expected, sizeof(expected), "%s of %s", t.ops->keys[key],
				 type->name);
			assert_string_equal(traffic_str(&t, key), expected);
		}
	}
}

/* A kind whose type has no key "hold", since one of both sides has it misspelt. */
static const struct traffic_type misspelt = {
	.name = "sysfs",
	.keys = { { "path" }, { "write" }, { "repeat" }, { "hodl" } },
};

/* It is not started: this is said before there is a worker. */
static void test_misspelt_key(void **state)
{
	struct scenario s;

	(void)state;
	section(&s, &misspelt);
	*broken = '\0';
	if (!setjmp(gave_up))
		traffic_start(&s, PACE_FREE, 1);
	assert_string_equal(broken, "traffic of type sysfs asks for a key it does not take: hold");
}

static void assert_no_key(const struct traffic *t, unsigned int key)
{
	*broken = '\0';
	if (!setjmp(gave_up))
		traffic_str(t, key);
	assert_non_null(strstr(broken, "traffic of type bind has no key number"));
}

/* What a kind does not ask for at the start it does not get later. */
static void test_key_that_was_not_found(void **state)
{
	struct scenario s;
	struct traffic t = { .spec = section(&s, traffic_type_find("bind")),
			     .ops = traffic_kind("bind") };

	(void)state;
	assert_no_key(&t, 0);
	assert_string_equal(try_keys(&t), "");
	assert_string_equal(traffic_str(&t, 0), "driver of bind");
	assert_no_key(&t, 2);
	assert_no_key(&t, TRAFFIC_MAX_KEYS);
	assert_no_key(&t, (unsigned int)-1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_kinds),
		cmocka_unit_test(test_misspelt_key),
		cmocka_unit_test(test_key_that_was_not_found),
	};

	return cmocka_run_group_tests_name("traffic", tests, NULL, NULL);
}
