// SPDX-License-Identifier: GPL-2.0
/*
 * The scenario parser: what a good file comes to, and for every kind of bad one
 * the message, which must name the line that is wrong.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "plan/signature.h"
#include "scenario.h"
#include "testing.h"

static const char good[] = "; a comment\n"
			   "[scenario]\n"
			   "title = all there is\n"
			   "module = nf-hook\n"
			   "helpers = traffic_kthread fake-bus\n"
			   "cycles = 7\n"
			   "schedules = 8\n"
			   "attempts = 3\n"
			   "reach = any\n"
			   "settle = 2\n"
			   "removal = unreg\n"
			   "look = 1\n"
			   "timeout = 9\n"
			   "[helper fake-bus]\n"
			   "params = buses=2\n"
			   "[traffic reader]\n"
			   "type = chardev\n"
			   "path = /dev/x\n"
			   "workers = 2\n"
			   "uid = 65534\n"
			   "hold = yes\n"
			   "[variant broken]\n"
			   "params = broken=1\n"
			   "expect = fail\n"
			   "signature = ^(KASAN: .* in hook|class:freed-text)\n"
			   "modes = stress\n"
			   "[variant fixed]\n"
			   "expect = pass\n"
			   "[variant lifecycle]\n"
			   "module = nf_hook_lifecycle\n"
			   "removal = giveup-reenable\n"
			   "requires = lifecycle nf_hook_get\n"
			   "expect = pass\n"
			   "[variant named]\n"
			   "module = nf_hook_lifecycle\n"
			   "twin = broken\n"
			   "expect = pass\n";

static int parse(const char *text, struct scenario *s, char *error)
{
	FILE *file = fmemopen((void *)text, strlen(text), "r");
	int ret;

	assert_non_null(file);
	ret = scenario_parse(file, "dir/demo.ini", s, error) || signatures_check(s, error) ? -1 : 0;
	fclose(file);
	return ret;
}

static void test_good(void **state)
{
	char error[SCENARIO_ERROR_LEN];
	struct scenario s;

	(void)state;
	assert_int_equal(parse(good, &s, error), 0);
	assert_string_equal(s.name, "demo");
	assert_string_equal(s.title, "all there is");
	assert_string_equal(s.module, "nf_hook");
	assert_int_equal(s.nr_helpers, 2);
	assert_string_equal(s.helpers[1], "fake_bus");
	assert_string_equal(s.helper_params[0], "");
	assert_string_equal(s.helper_params[1], "buses=2");
	assert_int_equal(s.cycles[MODE_STRESS], 7);
	assert_int_equal(s.cycles[MODE_EXPLORE], 8);
	assert_int_equal(s.cycles[MODE_LOCKDEP], 7);
	assert_int_equal(s.attempts, 3);
	assert_int_equal(s.reach, REACH_ANY);
	assert_int_equal(s.settle, 2);
	assert_int_equal(s.removal, REMOVAL_UNREG);
	assert_int_equal(s.look, 1);
	assert_int_equal(s.timeout, 9);
}

static const char *text_of(const struct traffic_spec *t, const char *key)
{
	return traffic_key_text(traffic_key_find(t->kind, key), (void *)t->params);
}

static void test_good_traffic(void **state)
{
	char error[SCENARIO_ERROR_LEN];
	const struct traffic_spec *t;
	struct scenario s;

	(void)state;
	assert_int_equal(parse(good, &s, error), 0);
	assert_int_equal(s.nr_traffic, 1);
	t = &s.traffic[0];
	assert_string_equal(t->name, "reader");
	assert_string_equal(t->kind->name, "chardev");
	assert_int_equal(t->workers, 2);
	assert_int_equal(t->uid, 65534);
	assert_string_equal(text_of(t, "path"), "/dev/x");
	assert_null(text_of(t, "hold"));
}

static void test_good_variants(void **state)
{
	char error[SCENARIO_ERROR_LEN];
	const struct variant *v;
	struct scenario s;

	(void)state;
	assert_int_equal(parse(good, &s, error), 0);
	assert_int_equal(s.nr_variants, 4);
	v = scenario_variant(&s, "broken");
	assert_non_null(v);
	assert_int_equal(v->expect, EXPECT_FAIL);
	assert_string_equal(v->params, "broken=1");
	assert_string_equal(v->signature, "^(KASAN: .* in hook|(jump into freed module text: "
					  ".* \\[nf_hook\\]))");
	assert_int_equal(v->modes, 1u << MODE_STRESS);
	v = scenario_variant(&s, "fixed");
	assert_non_null(v);
	assert_int_equal(v->expect, EXPECT_PASS);
	assert_int_equal(v->modes, (1u << NR_MODES) - 1);
	assert_string_equal(v->module, "nf_hook");
	assert_int_equal(v->removal, REMOVAL_UNREG);
	assert_string_equal(v->requires, "");
	v = scenario_variant(&s, "lifecycle");
	assert_non_null(v);
	assert_string_equal(v->module, "nf_hook_lifecycle");
	assert_int_equal(v->removal, REMOVAL_GIVEUP_REENABLE);
	assert_string_equal(v->requires, "lifecycle nf_hook_get");
	assert_null(scenario_variant(&s, "other"));
}

static void assert_twin(const struct scenario *s, const char *name, enum run_mode mode,
			const char *twin)
{
	const struct variant *found = scenario_twin(s, scenario_variant(s, name), mode);

	assert_string_equal(found ? found->name : "", twin);
}

/* The one that is named, or else the first of the same module, if it runs in the mode. */
static void test_twin(void **state)
{
	char error[SCENARIO_ERROR_LEN];
	struct scenario s;

	(void)state;
	assert_int_equal(parse(good, &s, error), 0);
	assert_twin(&s, "fixed", MODE_STRESS, "broken");
	assert_twin(&s, "fixed", MODE_EXPLORE, "");
	assert_twin(&s, "lifecycle", MODE_STRESS, "");
	assert_twin(&s, "named", MODE_STRESS, "broken");
	assert_twin(&s, "named", MODE_EXPLORE, "");
	assert_twin(&s, "broken", MODE_STRESS, "");
}

#define SCENARIO "[scenario]\nmodule = m\n"
#define TRAFFIC  "[traffic t]\ntype = udp\n"
#define VARIANT  "[variant v]\nexpect = pass\n"

#define SIGNATURE(text) SCENARIO TRAFFIC "[variant v]\nexpect = fail\nsignature = " text "\n"
#define LETTERS         "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee"
#define TWIN(name, more)                                                                           \
	SCENARIO TRAFFIC "[variant v]\nexpect = pass\ntwin = " name "\n" more                      \
			 "[variant w]\nexpect = pass\n[variant b]\nexpect = fail\nsignature = x\n" \
			 "modes = stress\n"
#define LARGE "demo.ini:7: signature: regular expression is too large"

/* clang-format off */
static const struct bad {
	const char *text;
	const char *message;
} bad[] = {
	{ "\n", "demo.ini:1: [scenario] module = is missing" },
	{ SCENARIO TRAFFIC, "demo.ini:4: no [variant NAME] section" },
	{ SCENARIO VARIANT, "demo.ini:4: no [traffic NAME] section" },
	{ "[scenaro]\nmodule = m\n", "demo.ini:2: unknown section [scenaro]" },
	{ "[scenario x]\nmodule = m\n", "demo.ini:2: [scenario x]: takes no name" },
	{ "[traffic]\ntype = udp\n", "demo.ini:2: [traffic]: needs a name" },
	{ "[variant a b]\nexpect = pass\n", "demo.ini:2: [variant a b]: needs a name" },
	{ "module = m\n", "demo.ini:1: unknown section []" },
	{ SCENARIO "colour = red\n", "demo.ini:3: unknown key 'colour' in [scenario]" },
	{ SCENARIO "module = n\n", "demo.ini:3: module: given twice" },
	{ SCENARIO "cycles = many\n", "demo.ini:3: cycles: 'many' is no number from 1" },
	{ SCENARIO "cycles = 0\n", "demo.ini:3: cycles: '0' is no number" },
	{ SCENARIO "cycles = -1\n", "demo.ini:3: cycles: '-1' is no number" },
	{ SCENARIO "cycles = 99999999999999999999\n", "demo.ini:3: cycles:" },
	{ SCENARIO "removal = perhaps\n", "demo.ini:3: removal: 'perhaps' is none of" },
	{ SCENARIO TRAFFIC VARIANT "removal = perhaps\n", "demo.ini:7: removal: 'perhaps'" },
	{ SCENARIO "removal = unbind\n", "demo.ini:3: removal: 'unbind' is none of nonblock" },
	{ SCENARIO "event = unreg\n",
	  "demo.ini:3: event: 'unreg' is none of unbind delete reload" },
	{ SCENARIO "removal = unreg\nevent = reload\n",
	  "demo.ini:4: event: either removal or event" },
	{ SCENARIO TRAFFIC VARIANT "event = delete\n",
	  "demo.ini:6: [variant v]: event = delete needs event_path = in [scenario]" },
	{ SCENARIO TRAFFIC VARIANT "module = ../m\n", "demo.ini:7: module: '../m'" },
	{ SCENARIO TRAFFIC "uid = root\n", "demo.ini:5: uid: 'root' is no number from 0" },
	{ SCENARIO "reach = few\n", "demo.ini:3: reach: 'few' is neither all nor any" },
	{ SCENARIO "helpers = a/b\n", "demo.ini:3: helpers: 'a/b' is no module name" },
	{ SCENARIO "helpers = a b c d e f g h i j k l m n o p q\n",
	  "demo.ini:3: helpers: more than 16 modules" },
	{ "[scenario]\nmodule = ../m\n", "demo.ini:2: module: '../m' is no module name" },
	{ SCENARIO "[helper h]\nparams = x\n", "demo.ini:4: [helper h]: not among" },
	{ SCENARIO "[traffic t]\ntype = carrier-pigeon\n",
	  "demo.ini:4: type: unknown traffic 'carrier-pigeon'" },
	{ SCENARIO "[traffic t]\npath = /x\n",
	  "demo.ini:4: [traffic t]: type = must be its first" },
	{ SCENARIO "[traffic t]\nworkers = 1\n" VARIANT,
	  "demo.ini:4: [traffic t]: type = is missing" },
	{ SCENARIO "[traffic t]\ntype = chardev\n" VARIANT,
	  "demo.ini:4: [traffic t]: path = is missing" },
	{ SCENARIO TRAFFIC "path = /x\n",
	  "demo.ini:5: unknown key 'path' for traffic of type udp" },
	{ SCENARIO TRAFFIC "burst = lots\n",
	  "demo.ini:5: burst: 'lots' is no number from 1 to 64 (datagrams an operation)" },
	{ SCENARIO TRAFFIC "burst = 65\n", "demo.ini:5: burst: '65' is no number from 1 to 64" },
	{ SCENARIO TRAFFIC "burst = 0\n", "demo.ini:5: burst: '0' is no number from 1 to 64" },
	{ SCENARIO TRAFFIC "burst = -1\n", "demo.ini:5: burst: '-1' is no number" },
	{ SCENARIO TRAFFIC "burst = 8x\n", "demo.ini:5: burst: '8x' is no number" },
	{ SCENARIO TRAFFIC "burst =\n", "demo.ini:5: burst: says nothing" },
	{ SCENARIO TRAFFIC "burst = 1\nburst = 2\n", "demo.ini:6: burst: given twice" },
	{ SCENARIO TRAFFIC "burst = 1\n[variant v]\nexpect = pass\n[traffic t]\nburst = 2\n",
	  "demo.ini:9: burst: given twice" },
	{ SCENARIO "[traffic t]\ntype = chardev\nmmap = perhaps\n",
	  "demo.ini:5: mmap: 'perhaps' is none of no yes (map a page of it)" },
	{ SCENARIO "[traffic t]\ntype = chardev\nhold = always\n",
	  "demo.ini:5: hold: 'always' is none of no yes forever" },
	{ SCENARIO "[traffic t]\ntype = netlink\nfamily = sixteen-letters!\n",
	  "demo.ini:5: family: longer than 15 characters" },
	{ SCENARIO TRAFFIC "workers = 5\n", "demo.ini:5: workers: '5' is no number from 1 to 4" },
	{ SCENARIO TRAFFIC VARIANT "modes = both\n", "demo.ini:7: modes: 'both' is none of" },
	{ SCENARIO TRAFFIC "[variant v]\nexpect = maybe\n", "demo.ini:6: expect: 'maybe'" },
	{ SCENARIO TRAFFIC "[variant v]\nexpect = fail\n",
	  "demo.ini:6: [variant v]: expect = fail needs a signature" },
	{ SCENARIO TRAFFIC VARIANT "signature = x\n", "demo.ini:6: [variant v]: signature = goes" },
	{ SCENARIO TRAFFIC "[variant v]\nexpect = fail\nsignature = (\n",
	  "demo.ini:7: signature: " },
	{ SCENARIO TRAFFIC "[variant v]\nexpect = fail\nsignature =\n",
	  "demo.ini:7: signature: empty" },
	{ SIGNATURE("((a{255}){255}){255}"), LARGE }, { SIGNATURE("((a?|b?){2,}){9999}"), LARGE },
	{ SIGNATURE("a{99999999999999999999}"), "demo.ini:7: signature: number too big" },
	{ SIGNATURE("a)b{9}"), "demo.ini:7: signature: unmatched closing parenthesis" },
	{ SIGNATURE("a[[:alpha:"), "demo.ini:7: signature: missing terminating ]" },
	{ SIGNATURE("a\\"), "demo.ini:7: signature: \\ at end of pattern" },
	{ SIGNATURE("a\\Cb"), "demo.ini:7: signature: using \\C is disabled" },
	{ SIGNATURE("class:"), "demo.ini:7: signature: class: is none of freed-text " },
	{ SIGNATURE("^(a|class:freed-txt)"),
	  "demo.ini:7: signature: class:freed-txt is none of freed-text " },
	{ SIGNATURE("(class:freed-text"), "demo.ini:7: signature: " },
	{ SIGNATURE("(class:freed-text){9999}"), LARGE },
	{ SIGNATURE("class:nowhereclass:nowhere"), "signature: class:nowhereclass is none of" },
	{ TWIN("c", ""), "demo.ini:7: twin: there is no [variant c]" },
	{ TWIN("w", ""), "demo.ini:7: twin: w is not expected to fail" },
	{ TWIN("v", ""), "demo.ini:7: twin: v is not expected to fail" },
	{ TWIN("", ""), "demo.ini:7: twin: '' is no name of a variant" },
	{ TWIN("b c", ""), "demo.ini:7: twin: 'b c' is no name of a variant" },
	{ TWIN("b", "modes = explore\n"), "demo.ini:7: twin: b runs in none of the modes of v" },
	{ TWIN("b", "twin = b\n"), "demo.ini:8: twin: given twice" },
	{ TWIN("b", "") "twin = b\n", "demo.ini:14: twin: goes with expect = pass" },
	{ SCENARIO TRAFFIC VARIANT "requires = a b-c\n",
	  "demo.ini:7: requires: 'b-c' is no name of a feature or symbol" },
	{ SCENARIO TRAFFIC VARIANT "requires = 9p\n", "demo.ini:7: requires: '9p' is no name" },
	{ SCENARIO "title = " LETTERS LETTERS LETTERS LETTERS "\n", "demo.ini:3: " },
	{ "[scenario]\nmodule = " LETTERS LETTERS "\n",
	  "demo.ini:2: module: longer than 63 characters" },
	{ SCENARIO "helpers = " LETTERS LETTERS "\n", "demo.ini:3: helpers: '" LETTERS },
	{ SCENARIO "[traffic " LETTERS "]\ntype = udp\n",
	  "demo.ini:3: heading longer than 49 characters" },
	{ SCENARIO TRAFFIC VARIANT "modes =\n", "demo.ini:7: modes: names no mode" },
	{ SCENARIO TRAFFIC "type = udp\n", "demo.ini:5: type: given twice" },
	{ SCENARIO "what is this\n", "demo.ini:3: neither [section], key = value nor ; comment" },
	{ SCENARIO "[scenario\n", "demo.ini:3: neither [section]" },
	{ SCENARIO "  title = x\n", "demo.ini:3: starts with white space" },
};

/* clang-format on */

static void test_bad(void **state)
{
	char error[SCENARIO_ERROR_LEN];
	struct scenario s;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(parse(bad[i].text, &s, error), -1);
		if (!strstr(error, bad[i].message))
			fail_msg("case %zu: '%s' lacks '%s'", i, error, bad[i].message);
		assert_null(strchr(error, '\n'));
	}
}

/* What matches, what does not, and what nobody can wait for. */
static void test_match(void **state)
{
	char many[102] = "";
	const struct {
		const char *signature, *title;
		int match;
	} cases[] = {
		{ "^KASAN: .* in (hook|tick)", "KASAN: x in tick [m]", 1 },
		{ "^in hook", "KASAN: x in hook", 0 },
		{ "in [^ ]+ \\[m\\]$", "WARNING in f [m]", 1 },
		{ "[0-9a-f]{2,4}(x+z?)?$", "fault at beefx", 1 },
		{ "", "anything", 0 },
		{ "((a?|b?){2,}){9}$", many, 1 },
		{ "(a|aa)+$", many, -E2BIG },
	};
	size_t i;

	(void)state;
	memset(many, 'a', sizeof(many) - 2);
	many[sizeof(many) - 2] = 'b';
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		int match = signature_match(cases[i].signature, cases[i].title);

		if (match != cases[i].match)
			fail_msg("case %zu: %d", i, match);
	}
}

/*
 * Classes and the module raced are written out wherever they are, whatever comes first;
 * the module under the name that the kernel gives it.
 */
static void test_expansion(void **state)
{
	static const char text[] = SCENARIO TRAFFIC
		"[variant v]\nexpect = fail\n"
		"signature = x in {module}_exit|class:freed-data|class:freed-text$\n"
		"module = my_mod\n";
	char expanded[SIGNATURE_LEN], longest[SIGNATURE_LEN], reason[128];
	char error[SCENARIO_ERROR_LEN];
	struct scenario s;

	(void)state;
	assert_int_equal(parse(text, &s, error), 0);
	assert_string_equal(s.variants[0].signature,
			    "x in my_mod_exit|(KASAN: vmalloc-out-of-bounds in .* \\[my_mod\\])|"
			    "(jump into freed module text: .* \\[my_mod\\])$");

	memset(longest, 'x', SIGNATURE_LEN);
	longest[SIGNATURE_LEN - 1] = '\0';
	assert_int_equal(signature_expand(longest, "m", expanded, reason, sizeof(reason)), 0);
	assert_string_equal(expanded, longest);
	memcpy(longest, "{module}", 8);
	assert_int_equal(signature_expand(longest, LETTERS, expanded, reason, sizeof(reason)), -1);
	assert_string_equal(reason, "longer than 1023 characters with its classes written out");
}

/* A class is an expression that can be held against titles, and is not empty. */
static void test_classes(void **state)
{
	char expanded[SIGNATURE_LEN], name[64], reason[128];
	size_t i;

	(void)state;
	for (i = 0; i < nr_signature_classes; i++) {
		snprintf(name, sizeof(name), "class:%s", signature_classes[i].name);
		assert_int_equal(signature_expand(name, "m", expanded, reason, sizeof(reason)), 0);
		assert_int_equal(signature_check(expanded, reason, sizeof(reason)), 0);
		assert_int_equal(signature_check(signature_classes[i].help, reason, sizeof(reason)),
				 0);
	}
}

static void test_long_line(void **state)
{
	char error[SCENARIO_ERROR_LEN], text[512];
	struct scenario s;

	(void)state;
	snprintf(text, sizeof(text), "[scenario]\ntitle = %0300d\n", 0);
	assert_int_equal(parse(text, &s, error), -1);
	assert_non_null(strstr(error, "demo.ini:2: line longer than"));
}

/* One more section than there is room for; @heading holds the place of its number. */
static void assert_too_many(const char *heading, const char *key, int room, const char *message)
{
	char error[SCENARIO_ERROR_LEN], text[4096] = SCENARIO;
	struct scenario s;
	size_t len;
	int i;

	for (i = 0; i <= room; i++) {
		len = strlen(text);
		snprintf(text + len, sizeof(text) - len, "[%s%d]\n%s\n", heading, i, key);
	}
	assert_int_equal(parse(text, &s, error), -1);
	if (!strstr(error, message))
		fail_msg("'%s' lacks '%s'", error, message);
}

/* What happens to the module, and what that is about. */
static void test_events(void **state)
{
	char error[SCENARIO_ERROR_LEN];
	struct scenario s;

	(void)state;
	assert_int_equal(parse(SCENARIO "event = unbind\nevent_path = /sys/bus/b/drivers/d/d.0\n"
					"settle = 0\n[traffic t]\ntype = none\n"
					"[variant v]\nexpect = pass\n"
					"[variant w]\nexpect = pass\nremoval = force\n",
			       &s, error),
			 0);
	assert_int_equal(s.settle, 0);
	assert_int_equal(s.variants[0].removal, REMOVAL_UNBIND);
	assert_int_equal(s.variants[1].removal, REMOVAL_FORCE);
	assert_string_equal(s.event_write, "1");
}

static void test_too_many(void **state)
{
	(void)state;
	assert_too_many("traffic t", "type = udp", 24,
			"demo.ini:52: more than 24 traffic sections");
	assert_too_many("variant v", "expect = pass", 8,
			"demo.ini:20: more than 8 variant sections");
}

/* What can be opened, but not read. */
static void test_directory(void **state)
{
	char error[SCENARIO_ERROR_LEN];
	struct scenario s;

	(void)state;
	assert_int_equal(scenario_load("/tmp", &s, error), -1);
	assert_string_equal(error, "/tmp:0: Is a directory");
}

/* The longest heading is not cut, and is told from another that ends differently. */
static void test_long_headings(void **state)
{
	static const char name[] = "aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd1";
	static const char text[] = SCENARIO TRAFFIC
		"[variant aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd1]\nexpect = pass\n"
		"[variant aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd2]\nexpect = pass\n";
	char error[SCENARIO_ERROR_LEN];
	struct scenario s;

	(void)state;
	assert_int_equal(parse(text, &s, error), 0);
	assert_int_equal(s.nr_variants, 2);
	assert_string_equal(s.variants[0].name, name);
}

/* "{module}" becomes the module's name, as often as it stands there and as far as it fits. */
static void test_name_module(void **state)
{
	char error[SCENARIO_ERROR_LEN], *value;
	struct scenario s;

	(void)state;
	assert_int_equal(parse(SCENARIO "[traffic t]\ntype = sysfs\n"
					"path = /sys/module/{module}/{module}/x\n" VARIANT,
			       &s, error),
			 0);
	value = (char *)text_of(&s.traffic[0], "path");
	scenario_name_module(&s, "nf_hook");
	assert_string_equal(value, "/sys/module/nf_hook/nf_hook/x");

	memset(value, '/', TRAFFIC_STRING_LEN - 1);
	memcpy(value + TRAFFIC_STRING_LEN - 10, "{module}", 8);
	scenario_name_module(&s, LETTERS);
	assert_int_equal(strlen(value), TRAFFIC_STRING_LEN - 1);
	assert_string_equal(value + TRAFFIC_STRING_LEN - 11, "/aaaaaaaaa");
}

static void test_missing_file(void **state)
{
	char error[SCENARIO_ERROR_LEN];
	struct scenario s;

	(void)state;
	assert_int_equal(scenario_load("no/such.ini", &s, error), -1);
	assert_string_equal(error, "no/such.ini: No such file or directory");
}

/* Whatever bytes a file holds, it is either parsed or refused with a message. */
static void test_garbage(void **state)
{
	char error[SCENARIO_ERROR_LEN], text[sizeof(good)];
	struct scenario s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) - 1; i++) {
		memcpy(text, good, sizeof(good));
		text[i] ^= 0x55;
		if (!text[i])
			continue;
		if (parse(text, &s, error))
			assert_int_not_equal(error[0], '\0');
		text[i] = '\0';
		if (i && parse(text, &s, error))
			assert_int_not_equal(error[0], '\0');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),          cmocka_unit_test(test_good_traffic),
		cmocka_unit_test(test_good_variants), cmocka_unit_test(test_bad),
		cmocka_unit_test(test_long_line),     cmocka_unit_test(test_missing_file),
		cmocka_unit_test(test_garbage),       cmocka_unit_test(test_match),
		cmocka_unit_test(test_too_many),      cmocka_unit_test(test_directory),
		cmocka_unit_test(test_events),        cmocka_unit_test(test_name_module),
		cmocka_unit_test(test_long_headings), cmocka_unit_test(test_twin),
		cmocka_unit_test(test_expansion),     cmocka_unit_test(test_classes),
	};

	return cmocka_run_group_tests_name("scenario", tests, NULL, NULL);
}
