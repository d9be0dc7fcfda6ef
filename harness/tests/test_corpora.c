// SPDX-License-Identifier: GPL-2.0
/*
 * The fuzzers' inputs, each once: what has broken a parser before, and the files that
 * the parsers are for. The fuzzers themselves take minutes, and another compiler.
 */
#include <fcntl.h>
#include <glob.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/util.h"
#include "fuzz.h"
#include "testing.h"

static void feed(int (*fuzz)(const uint8_t *data, size_t size), const char *pattern)
{
	glob_t files;
	size_t i, size;
	char *data;

	assert_int_equal(glob(pattern, 0, NULL, &files), 0);
	for (i = 0; i < files.gl_pathc; i++) {
		data = file_read(files.gl_pathv[i], &size);
		assert_non_null(data);
		assert_int_equal(fuzz((const uint8_t *)data, size), 0);
		free(data);
	}
	globfree(&files);
}

static void test_console(void **state)
{
	(void)state;
	feed(fuzz_console, "fuzz/corpus/console/*");
	feed(fuzz_console, "tests/logs/*");
}

static void test_repro(void **state)
{
	(void)state;
	feed(fuzz_repro, "fuzz/corpus/repro/*");
}

static void test_scenario(void **state)
{
	(void)state;
	feed(fuzz_scenario, "fuzz/corpus/scenario/*");
	feed(fuzz_scenario, "../scenarios/*.ini");
}

static void test_wire(void **state)
{
	(void)state;
	feed(fuzz_wire, "fuzz/corpus/wire/*");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_console),
		cmocka_unit_test(test_repro),
		cmocka_unit_test(test_scenario),
		cmocka_unit_test(test_wire),
	};

	return cmocka_run_group_tests_name("corpora", tests, NULL, NULL);
}
