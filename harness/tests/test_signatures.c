// SPDX-License-Identifier: GPL-2.0
/*
 * The signatures in scenarios/ mean something: each takes the titles that its variant
 * has failed with, and refuses those of all other variants and of strangers.
 *
 * tests/titles has the titles, as they were seen in both modes. A new broken variant
 * needs a line there.
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/signature.h"
#include "scenario.h"
#include "testing.h"

#define SCENARIOS "../scenarios/*.ini"
#define TITLES    "tests/titles"

/*
 * Titles that are the same by nature, whichever variant fails: what ran in the place of
 * the module's text tells no module. They may be taken by any number of signatures.
 */
static const char *const shared[] = {
	"jump to NULL",
	"jump into unmapped memory",
	"kernel fault in unknown code",
	"kernel mode signal 4 in unknown code",
};

/* What nobody here does. */
static const char *const strangers[] = {
	"KASAN: slab-use-after-free in session_show [somebody_else]",
	"KASAN: slab-use-after-free in vfs_read",
	"KASAN: null-ptr-deref in serve [service_registry]",
	"KASAN: vmalloc-out-of-bounds in filp_flush, on fops [somebody_else]",
	"WARNING in vfs_read",
	"WARNING: refcount_t: underflow; use-after-free in module_put",
	"ODEBUG: free active timer_list in timeout [somebody_else]",
	"jump into freed module text: timeout [somebody_else]",
	"workqueue: cannot queue work on a dying queue in somebody [somebody_else]",
	"kernel fault in vfs_read",
	"kernel fault in timeout [somebody_else]",
	"kernel mode signal 4 in vfs_read",
	"kernel mode signal 11 in unknown code",
	"jump to NULL, called from timeout [somebody_else]",
	"leftover: /dev/foo",
	"RCU stall in somebody",
	"out of memory",
};

/**
 * struct broken - a variant that is expected to fail
 * @name: "scenario/variant"
 * @variant: part of a scenario
 * @titles: how many are known
 */
struct broken {
	char name[2 * SCENARIO_NAME_LEN];
	const struct variant *variant;
	unsigned int titles;
};

static struct scenario scenarios[64];
static size_t nr_scenarios;
static struct broken broken[64];
static size_t nr_broken;

static void add_scenario(const char *path)
{
	struct scenario *s = &scenarios[nr_scenarios++];
	char error[SCENARIO_ERROR_LEN];
	unsigned int i;

	assert_true(nr_scenarios <= ARRAY_SIZE(scenarios));
	if (scenario_load(path, s, error) || signatures_check(s, error))
		fail_msg("%s", error);
	for (i = 0; i < s->nr_variants; i++) {
		struct broken *b = &broken[nr_broken];

		if (s->variants[i].expect == EXPECT_PASS)
			continue;
		assert_true(++nr_broken <= ARRAY_SIZE(broken));
		b->variant = &s->variants[i];
		snprintf(b->name, sizeof(b->name), "%s/%s", s->name, b->variant->name);
	}
}

static int load(void **state)
{
	glob_t files;
	size_t i;

	(void)state;
	assert_int_equal(glob(SCENARIOS, 0, NULL, &files), 0);
	for (i = 0; i < files.gl_pathc; i++)
		add_scenario(files.gl_pathv[i]);
	globfree(&files);
	return 0;
}

static bool takes(const struct broken *b, const char *title)
{
	return signature_match(b->variant->signature, title) > 0;
}

static bool is_shared(const char *title)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(shared); i++) {
		if (!strcmp(shared[i], title))
			return true;
	}
	return false;
}

static void check_others(const char *name, const char *title)
{
	size_t i;

	for (i = 0; i < nr_broken && !is_shared(title); i++) {
		const struct broken *b = &broken[i];

		if (strcmp(b->name, name) && takes(b, title))
			fail_msg("the signature of %s takes what %s fails with: %s", b->name, name,
				 title);
	}
}

static void check_title(const char *name, const char *title)
{
	size_t i;

	for (i = 0; i < nr_broken; i++) {
		struct broken *b = &broken[i];

		if (strcmp(b->name, name))
			continue;
		b->titles++;
		if (!takes(b, title))
			fail_msg("the signature of %s refuses what it fails with: %s", name, title);
		check_others(name, title);
		return;
	}
	fail_msg("%s: no variant %s is expected to fail, but it is said to with: %s", TITLES, name,
		 title);
}

/* Lines are "scenario/variant: title"; '#' begins a comment. */
static void test_titles(void **state)
{
	FILE *file = fopen(TITLES, "r");
	char line[512], *title;
	size_t i;

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (!*line || *line == '#')
			continue;
		title = strstr(line, ": ");
		assert_non_null(title);
		*title = '\0';
		check_title(line, title + 2);
	}
	fclose(file);
	for (i = 0; i < nr_broken; i++) {
		if (!broken[i].titles)
			fail_msg("%s: no title of %s in it", TITLES, broken[i].name);
	}
}

static void test_strangers(void **state)
{
	size_t i, n;

	(void)state;
	for (i = 0; i < nr_broken; i++) {
		for (n = 0; n < ARRAY_SIZE(strangers); n++) {
			if (takes(&broken[i], strangers[n]))
				fail_msg("the signature of %s takes anybody's: %s", broken[i].name,
					 strangers[n]);
		}
	}
}

/* What is not anchored would be found anywhere in a title. */
static void test_anchored(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < nr_broken; i++) {
		if (broken[i].variant->signature[0] != '^')
			fail_msg("the signature of %s does not begin with ^", broken[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_titles),
		cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_anchored),
	};

	return cmocka_run_group_tests_name("signatures", tests, load, NULL);
}
