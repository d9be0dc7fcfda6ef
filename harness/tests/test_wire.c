// SPDX-License-Identifier: GPL-2.0
/*
 * The verdict channel's records: every kind survives the trip, and nothing but
 * a whole, well-formed record is taken for one.
 */
#include <stdio.h>
#include <string.h>

#include "testing.h"
#include "wire.h"

static const struct wire_record records[] = {
	{ .kind = WIRE_HELLO, .abi = WIRE_ABI, .name = "stress", .text = "7.3.4" },
	{ .kind = WIRE_BEAT, .phase = PHASE_UNLOAD, .counts = { 12, 11, 10, 9 } },
	{ .kind = WIRE_SECTIONS, .name = "nf_hook", .text = ".text=68807022 .data=6880a000" },
	{ .kind = WIRE_FAILURE, .phase = PHASE_AUDIT, .counts.cycle = 3, .text = "leftover: x y" },
	{ .kind = WIRE_TRAFFIC, .name = "reader", .ops = 5, .misses = UINT64_MAX },
	{ .kind = WIRE_STEP, .name = "reenable", .ops = 207 },
	{ .kind = WIRE_SWEEP, .bucket = { 1, 2, 3, [15] = 16 } },
	{ .kind = WIRE_BROKEN, .text = "mount of /dev: No such device" },
	{ .kind = WIRE_LOOK, .name = "node", .text = "c /dev/foo" },
	{ .kind = WIRE_DONE, .counts = { 1000, 1000, 900, 80 } },
};

static void assert_same(const struct wire_record *a, const struct wire_record *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_memory_equal(&a->counts, &b->counts, sizeof(a->counts));
	assert_int_equal(a->phase, b->phase);
	assert_int_equal(a->abi, b->abi);
	assert_int_equal(a->ops, b->ops);
	assert_int_equal(a->misses, b->misses);
	assert_memory_equal(a->bucket, b->bucket, sizeof(a->bucket));
	assert_string_equal(a->text, b->text);
	if (*a->name)
		assert_string_equal(a->name, b->name);
}

static void test_round_trip(void **state)
{
	char line[WIRE_LINE_MAX];
	struct wire_record r;
	size_t i;
	int len;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(records); i++) {
		len = wire_encode(&records[i], line);
		assert_int_equal(len, strlen(line));
		assert_int_equal(wire_decode(line, &r), 0);
		assert_same(&records[i], &r);
	}
}

/* A record cut off anywhere by the guest's death is no record. */
static void test_truncated(void **state)
{
	char line[WIRE_LINE_MAX];
	struct wire_record r;
	size_t i;
	int len;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(records); i++) {
		for (len = wire_encode(&records[i], line) - 1; len >= 0; len--) {
			line[len] = '\0';
			assert_int_equal(wire_decode(line, &r), -1);
		}
	}
}

static const char *const garbage[] = {
	"\n",
	"B\n",
	"B \n",
	"B 1 unload 2 3\n",
	"B 1 lunch 2 3 4\n",
	"B 1 unload 2 3 4 5\n",
	"B x unload 2 3 4\n",
	"Z 1\n",
	"W 1 2 3\n",
	"D 1 2 3\n",
	"S m\n",
	"H x y z\n",
	"X \n",
	"L node\n",
	"F 1 unload\n",
	"T reader 1\n",
	"R reenable\n",
	"R reenable 2 3\n",
	"kernel: BUG\n",
	"--- boot 1 from cycle 1\n",
};

static void test_garbage(void **state)
{
	struct wire_record r;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(garbage); i++) {
		if (!wire_decode(garbage[i], &r))
			fail_msg("taken for a record: %s", garbage[i]);
	}
}

static void test_text_is_one_line(void **state)
{
	struct wire_record r = { .kind = WIRE_BROKEN, .text = "first\nsecond" };
	char line[WIRE_LINE_MAX];
	int len = wire_encode(&r, line);

	(void)state;
	assert_int_equal(len, strlen(line));
	assert_string_equal(line, "X first second\n");
}

static void test_longest(void **state)
{
	struct wire_record r = { .kind = WIRE_SECTIONS }, back;
	char line[WIRE_LINE_MAX];

	(void)state;
	memset(r.name, 'n', sizeof(r.name) - 1);
	memset(r.text, 't', sizeof(r.text) - 1);
	assert_in_range(wire_encode(&r, line), 1, WIRE_LINE_MAX - 1);
	assert_int_equal(wire_decode(line, &back), 0);
	assert_string_equal(back.text, r.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip), cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_garbage),    cmocka_unit_test(test_text_is_one_line),
		cmocka_unit_test(test_longest),
	};

	return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
