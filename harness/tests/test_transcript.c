// SPDX-License-Identifier: GPL-2.0
/*
 * What a guest says, byte by byte as it may come, and what is made of it.
 */
#include <stdlib.h>
#include <string.h>

#include "decode/diagnosis.h"
#include "decode/symbols.h"
#include "decode/transcript.h"
#include "plan/kernel.h"
#include "testing.h"

static int set_up(void **state)
{
	struct transcript *t = malloc(sizeof(*t));

	assert_non_null(t);
	transcript_begin(t, 5);
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	transcript_end(*state);
	free(*state);
	return 0;
}

static bool say(struct transcript *t, const char *text)
{
	return transcript_add_channel(t, text, strlen(text));
}

static void print(struct transcript *t, const char *text)
{
	transcript_add_console(t, text, strlen(text));
}

/* A record counts when its line is whole, and what is no record is passed over. */
static void test_lines(void **state)
{
	struct transcript *t = *state;

	assert_int_equal(t->counts.cycle, 5);
	assert_false(say(t, "H 2 stre"));
	assert_false(t->hello);
	assert_true(say(t, "ss 7.3.4\nnonsense\nB 6 unload 1 1 0\nB 7"));
	assert_true(t->hello);
	assert_int_equal(t->counts.cycle, 6);
	assert_int_equal(t->phase, PHASE_UNLOAD);
	assert_false(say(t, "nonsense\n"));
	assert_int_equal(t->counts.cycle, 6);
}

/* Another guest program is not at home here. */
static void test_other_abi(void **state)
{
	struct transcript *t = *state;

	assert_true(say(t, "H 99 stress 7.3.4\n"));
	assert_false(t->hello);
}

/* The first word counts, whichever it is. */
static void test_first_word(void **state)
{
	struct transcript *t = *state;

	assert_null(transcript_word(t));
	assert_true(say(t, "X no such device\nF 6 audit leftover: /dev/a\n"));
	assert_string_equal(transcript_word(t), "no such device");
	assert_false(t->failed);
	transcript_end(t);
	transcript_begin(t, 5);
	assert_true(say(t, "F 6 audit leftover: /dev/a\nX no such device\n"));
	assert_string_equal(transcript_word(t), "leftover: /dev/a");
	assert_string_equal(t->broken, "");
}

/* The last totals of each section and step, and of no more sections than there may be. */
static void test_totals(void **state)
{
	struct transcript *t = *state;
	char line[64];
	int i;

	assert_true(say(t, "T reader 1 2\nT writer 3 4\nT reader 5 6\nR attempt 7\nR nothing 8\n"));
	assert_int_equal(t->totals.nr_traffic, 2);
	assert_string_equal(t->totals.traffic[0].name, "reader");
	assert_int_equal(t->totals.traffic[0].ops, 5);
	assert_int_equal(t->totals.traffic[1].misses, 4);
	assert_int_equal(t->totals.steps[removal_step_parse("attempt")], 7);
	for (i = 0; i < 2 * SCENARIO_MAX_TRAFFIC; i++) {
		snprintf(line, sizeof(line), "T section%d 1 0\n", i);
		assert_true(say(t, line));
	}
	assert_int_equal(t->totals.nr_traffic, SCENARIO_MAX_TRAFFIC);
}

/* What is printed belongs to the heartbeat before it. */
static void test_marks(void **state)
{
	struct transcript *t = *state;

	print(t, "booting\n");
	say(t, "B 5 load 0 0 0\n");
	print(t, "loaded\n");
	print(t, "still\n");
	say(t, "B 6 unload 1 1 0\n");
	print(t, "last words\r\n");
	assert_int_equal(t->nr_marks, 3);
	assert_int_equal(transcript_mark(t, 0)->phase, PHASE_BOOT);
	assert_int_equal(transcript_mark(t, 9)->phase, PHASE_LOAD);
	assert_int_equal(transcript_mark(t, 16)->cycle, 5);
	assert_int_equal(transcript_mark(t, t->console_size)->cycle, 6);
}

static void assert_last_line(const struct transcript *t, const char *line)
{
	char *last = transcript_last_line(t);

	assert_string_equal(last, line);
	free(last);
}

static void test_last_line(void **state)
{
	struct transcript *t = *state;

	assert_last_line(t, "");
	print(t, "one");
	assert_last_line(t, "one");
	print(t, "\ntwo\r\n\n");
	assert_last_line(t, "two");
}

/* The latest place counts, and the oldest ones are forgotten. */
static void test_loads(void **state)
{
	struct transcript *t = *state;
	int i;

	say(t, "S early .text=0x1000\nS demo .text=0x2000\nS demo .text=0x3000\n");
	assert_string_equal(transcript_load(t, "demo")->sections, ".text=0x3000");
	assert_non_null(transcript_load(t, "early"));
	assert_null(transcript_load(t, "stranger"));
	for (i = 0; i < MAX_LOADS - 1; i++)
		say(t, "S demo .text=0x4000\n");
	assert_null(transcript_load(t, "early"));
	assert_string_equal(transcript_load(t, "demo")->sections, ".text=0x4000");
}

/* Each report is told once; what it says is decoded at the end, with all the others. */
static void test_reported(void **state)
{
	struct transcript *t = *state;
	char *nowhere = NULL;
	struct kernel kernel = { .module_dirs = &nowhere,
				 .symbols = symbols_create("/no/such/kernel") };
	struct diagnosis d;

	assert_false(transcript_reported(t));
	print(t, "[    1.000000] all is well\n");
	assert_false(transcript_reported(t));
	print(t, "[    1.000000] BUG: sleeping function called from invalid context at a.c:1\n");
	assert_true(transcript_reported(t));
	assert_false(transcript_reported(t));
	say(t, "F 5 audit leftover: /dev/a\n");
	diagnose(&d, t, &kernel, "demo");
	assert_int_equal(d.nr, 1);
	assert_ptr_equal(d.first, &d.reports[0]);
	assert_null(d.environment);
	assert_null(d.unreadable);
	diagnosis_free(&d);
	symbols_free(kernel.symbols);
}

/* Back at its checkpoint, a guest has said no more than it had there. */
static void test_cut(void **state)
{
	struct transcript *t = *state, kept;

	say(t, "H 2 explore 7.3.4\nS demo .text=1000\nB 6 unload 1 1 0\n");
	print(t, "[    1.000000] all is well\n");
	t->console_start = 100;
	kept = *t;
	say(t, "S demo .text=2000\nB 7 unload 2 2 0\nF 7 unload leftover: /dev/a\nB 8");
	print(t, "[    2.000000] BUG: sleeping function called from invalid context at a.c:1\n");
	assert_true(transcript_reported(t));
	transcript_cut(t, &kept, 500);
	assert_int_equal(t->turn, 1);
	assert_null(transcript_word(t));
	assert_int_equal(t->counts.cycle, 6);
	assert_false(transcript_reported(t));
	assert_string_equal(transcript_load(t, "demo")->sections, ".text=1000");
	/* What comes now stands at the end of the log. */
	assert_int_equal(t->console_start + t->console_size, 500);
	print(t, "[    2.000000] BUG: sleeping function called from invalid context at b.c:1\n");
	assert_int_equal(transcript_mark(t, t->console_size - 1)->cycle, 6);
	assert_true(transcript_reported(t));
	transcript_cut(t, &kept, 600);
	assert_int_equal(t->turn, 2);
}

#define TRANSCRIPT_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TRANSCRIPT_TEST(test_lines),      TRANSCRIPT_TEST(test_other_abi),
		TRANSCRIPT_TEST(test_first_word), TRANSCRIPT_TEST(test_totals),
		TRANSCRIPT_TEST(test_marks),      TRANSCRIPT_TEST(test_last_line),
		TRANSCRIPT_TEST(test_loads),      TRANSCRIPT_TEST(test_reported),
		TRANSCRIPT_TEST(test_cut),
	};

	return cmocka_run_group_tests_name("transcript", tests, NULL, NULL);
}
