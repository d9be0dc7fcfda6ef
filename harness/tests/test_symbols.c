// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of symbols.c and site.c against a "kernel" and a "module" compiled on the spot, so
 * that every line number is known. Run with CC naming the compiler (default cc).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "decode/symbols.h"
#include "schedule/site.h"

static const char kernel_source[] =
	"int table[4] = { 1, 2, 3, 4 };\n"
	"static inline __attribute__((always_inline)) int deepest(volatile int *p)\n"
	"{\n"
	"	return *p;\n" /* line 4 */
	"}\n"
	"static inline __attribute__((always_inline)) int middle(volatile int *p)\n"
	"{\n"
	"	return deepest(p) + 1;\n" /* line 8 */
	"}\n"
	"__attribute__((noinline)) int start_kernel(int i)\n"
	"{\n"
	"	return middle(&table[i]);\n" /* line 12 */
	"}\n"
	"__attribute__((noinline)) int lonely(int i)\n"
	"{\n"
	"	return start_kernel(i) * 3;\n" /* line 16 */
	"}\n"
	"int main(int argc, char **argv)\n"
	"{\n"
	"	return lonely(argc);\n"
	"}\n"
	"asm(\".text; .type quits,@function; .type follows,@function;\"\n"
	"    \"quits: nop; call lonely; .size quits, .-quits;\"\n"
	"    \"follows: ret; .size follows, .-follows\");\n";

/* A static function of the same name in each of two files. */
static const char homonym_source[] =
	"static __attribute__((noinline)) int twin(volatile int *p) { return *p + %d; }\n"
	"int use_%d(volatile int *p) { return twin(p) * 2; }\n";

static const char module_source[] =
	"int counter = 7;\n"
	"int scratch[16];\n"
	"int outside(int i);\n"
	"__attribute__((noinline)) int worker(int i)\n"
	"{\n"
	"	int k = outside(i);\n" /* line 6 */
	"	return k + counter;\n" /* line 7 */
	"}\n"
	"__attribute__((noinline, section(\".exit.text\"))) int stop(int i)\n"
	"{\n"
	"	scratch[i] = outside(i + 1);\n"
	"	return worker(i) + scratch[i];\n"
	"}\n";

#define TEXT 0x68807000ULL
#define EXIT 0x68817000ULL
#define DATA 0x68827000ULL
#define BSS  0x68837000ULL

static const struct symbol_section sections[] = {
	{ ".text", TEXT },
	{ ".exit.text", EXIT },
	{ ".data", DATA },
	{ ".bss", BSS },
};

struct fixture {
	char dir[64];
	char kernel[PATH_MAX];
	char module[PATH_MAX];
	struct symbols *syms;
};

static void write_file(const struct fixture *f, const char *name, const char *text)
{
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void run(const struct fixture *f, const char *args)
{
	const char *cc = getenv("CC");
	char command[PATH_MAX];

	snprintf(command, sizeof(command), "cd %s && %s %s", f->dir, cc ? cc : "cc", args);
	assert_int_equal(system(command), 0);
}

static int build_fixture(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char path[PATH_MAX], name[16], text[256];
	int i;

	assert_non_null(f);
	strcpy(f->dir, "/tmp/test_symbols.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(path, sizeof(path), "%s/init", f->dir);
	assert_int_equal(mkdir(path, 0700), 0);
	write_file(f, "init/main.c", kernel_source);
	write_file(f, "my_module.c", module_source);
	for (i = 1; i <= 2; i++) {
		snprintf(name, sizeof(name), "twin%d.c", i);
		snprintf(text, sizeof(text), homonym_source, i, i);
		write_file(f, name, text);
	}
	run(f, "-g -O1 -no-pie -o linux init/main.c twin1.c twin2.c");
	run(f, "-g -O1 -fno-pic -mcmodel=kernel -c -o my_module.ko my_module.c");
	snprintf(f->kernel, sizeof(f->kernel), "%s/linux", f->dir);
	snprintf(f->module, sizeof(f->module), "%s/my_module.ko", f->dir);
	*state = f;
	return 0;
}

static int remove_fixture(void **state)
{
	struct fixture *f = *state;
	char command[PATH_MAX];

	snprintf(command, sizeof(command), "rm -r %s", f->dir);
	free(f);
	return system(command);
}

static int open_symbols(void **state)
{
	struct fixture *f = *state;

	f->syms = symbols_create(f->kernel);
	return !f->syms;
}

static int close_symbols(void **state)
{
	struct fixture *f = *state;

	symbols_free(f->syms);
	f->syms = NULL;
	return 0;
}

static void add_module(struct fixture *f)
{
	assert_int_equal(symbols_add_module(f->syms, "my_module", f->module, sections, 4), 0);
}

/* Where -no-pie puts a function; found by asking about every address */
static uint64_t kernel_address(struct fixture *f, const char *symbol)
{
	char start[128], text[128];
	uint64_t address;

	snprintf(start, sizeof(start), "%s+0x0", symbol);
	for (address = 0x400000; address < 0x410000; address++) {
		if (!symbols_describe_address(f->syms, address, text, sizeof(text)) &&
		    !strcmp(text, start))
			return address;
	}
	fail_msg("%s not found", symbol);
	return 0;
}

static void test_kernel_by_name(void **state)
{
	struct fixture *f = *state;
	struct symbol_place chain[SYMBOLS_MAX_CHAIN];

	assert_int_equal(symbols_lookup_name(f->syms, "", "lonely", 0, false, chain, 8), 1);
	assert_string_equal(chain[0].symbol, "lonely");
	assert_string_equal(chain[0].module, "");
	assert_string_equal(chain[0].file, "init/main.c");
	assert_in_range(chain[0].line, 14, 16);
	assert_false(chain[0].inlined);
	assert_int_equal(symbols_lookup_name(f->syms, "", "no_such", 0, false, chain, 8), 0);
	assert_int_equal(symbols_lookup_name(f->syms, "", "lonely", 0x10000, false, chain, 8), 0);
	assert_int_equal(symbols_lookup_name(f->syms, "gone", "lonely", 0, false, chain, 8), 0);
}

/* A function that ends with a call that does not return: the address is the next one's. */
static void test_return_to_the_next(void **state)
{
	struct fixture *f = *state;
	struct symbol_place chain[SYMBOLS_MAX_CHAIN];

	assert_int_equal(symbols_lookup_name(f->syms, "", "follows", 0, true, chain, 8), 1);
	assert_string_equal(chain[0].symbol, "quits");
	assert_int_equal(chain[0].offset, 6);
	assert_int_equal(symbols_lookup_name(f->syms, "", "follows", 0, false, chain, 8), 1);
	assert_string_equal(chain[0].symbol, "follows");
}

/* Some instruction of start_kernel() is that of deepest(), two levels down. */
static void test_inlined(void **state)
{
	struct fixture *f = *state;
	struct symbol_place chain[SYMBOLS_MAX_CHAIN];
	uint64_t offset;
	size_t n = 0;

	for (offset = 0; n < 3 && offset < 64; offset++)
		n = symbols_lookup_name(f->syms, "", "start_kernel", offset, false, chain, 8);
	assert_int_equal(n, 3);
	assert_string_equal(chain[0].symbol, "deepest");
	assert_int_equal(chain[0].line, 4);
	assert_string_equal(chain[1].symbol, "middle");
	assert_int_equal(chain[1].line, 8);
	assert_string_equal(chain[2].symbol, "start_kernel");
	assert_int_equal(chain[2].line, 12);
	assert_true(chain[0].inlined && chain[1].inlined && !chain[2].inlined);
	assert_int_equal(chain[2].offset, offset - 1);
	assert_string_equal(chain[2].file, "init/main.c");
}

static void test_short_chain(void **state)
{
	struct fixture *f = *state;
	struct symbol_place chain[2] = { 0 };
	uint64_t offset;

	for (offset = 0; offset < 16; offset++)
		assert_int_equal(symbols_lookup_name(f->syms, "", "start_kernel", offset, false,
						     chain, 1),
				 1);
	assert_string_equal(chain[1].symbol, "");
	assert_int_equal(symbols_lookup_name(f->syms, "", "start_kernel", 0, false, chain, 0), 0);
}

static void test_module_by_address(void **state)
{
	struct fixture *f = *state;
	struct symbol_place chain[SYMBOLS_MAX_CHAIN];

	add_module(f);
	assert_int_equal(symbols_lookup(f->syms, TEXT, false, chain, 8), 1);
	assert_string_equal(chain[0].symbol, "worker");
	assert_string_equal(chain[0].module, "my_module");
	assert_string_equal(chain[0].file, "my_module.c");
	assert_in_range(chain[0].line, 4, 6);
	assert_int_equal(symbols_lookup(f->syms, EXIT + 1, false, chain, 8), 1);
	assert_string_equal(chain[0].symbol, "stop");
	assert_int_equal(chain[0].offset, 1);
	assert_int_equal(symbols_lookup(f->syms, TEXT + 0x8000, false, chain, 8), 0);
	assert_int_equal(symbols_lookup(f->syms, 0, false, chain, 8), 0);
	assert_int_equal(symbols_lookup(f->syms, UINT64_MAX, true, chain, 8), 0);
}

/* A return address belongs to the line of the call before it. */
static void test_return_address(void **state)
{
	struct fixture *f = *state;
	struct symbol_place chain[SYMBOLS_MAX_CHAIN];
	unsigned int line = 0;
	uint64_t offset;

	add_module(f);
	for (offset = 0; line != 7; offset++) {
		assert_int_equal(symbols_lookup(f->syms, TEXT + offset, false, chain, 8), 1);
		line = chain[0].line;
	}
	offset--;
	assert_int_equal(symbols_lookup(f->syms, TEXT + offset, true, chain, 8), 1);
	assert_int_equal(chain[0].line, 6);
	assert_int_equal(chain[0].offset, offset);
}

static void test_describe(void **state)
{
	struct fixture *f = *state;
	char text[128];

	add_module(f);
	assert_int_equal(symbols_describe_address(f->syms, DATA + 2, text, sizeof(text)), 0);
	assert_string_equal(text, "counter+0x2 [my_module]");
	assert_int_equal(symbols_describe_address(f->syms, BSS + 8, text, sizeof(text)), 0);
	assert_string_equal(text, "scratch+0x8 [my_module]");
	symbols_module_unloaded(f->syms, "my_module");
	assert_int_equal(symbols_describe_address(f->syms, TEXT + 1, text, sizeof(text)), 0);
	assert_string_equal(text, "worker+0x1 [my_module] (unloaded)");
	assert_int_equal(symbols_describe_address(f->syms, 0x1234, text, sizeof(text)), -ENOENT);
	assert_string_equal(text, "");
}

static void test_shadow(void **state)
{
	struct fixture *f = *state;
	uint64_t shadow = SYMBOLS_SHADOW_OFFSET + ((DATA + 0) >> 3);
	char text[128];

	add_module(f);
	assert_int_equal(symbols_describe_address(f->syms, shadow, text, sizeof(text)), 0);
	assert_string_equal(text, "shadow of counter+0x0 [my_module]");
	shadow = SYMBOLS_SHADOW_OFFSET + (0x10000 >> 3);
	assert_int_equal(symbols_describe_address(f->syms, shadow, text, sizeof(text)), -ENOENT);
	assert_string_equal(text, "");
}

static void test_short_buffer(void **state)
{
	struct fixture *f = *state;
	char text[8];

	add_module(f);
	assert_int_equal(symbols_describe_address(f->syms, DATA, text, sizeof(text)), 0);
	assert_string_equal(text, "counter");
}

/* The same module, loaded again elsewhere: both loads are known. */
static void test_two_loads(void **state)
{
	struct fixture *f = *state;
	struct symbol_section moved[] = { { ".text", TEXT + 0x100000 } };
	struct symbol_place chain[SYMBOLS_MAX_CHAIN];

	add_module(f);
	symbols_module_unloaded(f->syms, "my_module");
	assert_int_equal(symbols_add_module(f->syms, "my_module", f->module, moved, 1), 0);
	assert_int_equal(symbols_lookup(f->syms, TEXT + 0x100000, false, chain, 8), 1);
	assert_false(chain[0].unloaded);
	assert_int_equal(symbols_lookup(f->syms, TEXT, false, chain, 8), 1);
	assert_true(chain[0].unloaded);
}

/* Another module at the same addresses: the later one wins. */
static void test_same_place(void **state)
{
	struct fixture *f = *state;
	struct symbol_section swapped[] = { { ".text", EXIT }, { ".exit.text", TEXT } };
	struct symbol_place chain[SYMBOLS_MAX_CHAIN];

	add_module(f);
	assert_int_equal(symbols_add_module(f->syms, "later", f->module, swapped, 2), 0);
	assert_int_equal(symbols_lookup(f->syms, TEXT, false, chain, 8), 1);
	assert_string_equal(chain[0].symbol, "stop");
	assert_string_equal(chain[0].module, "later");
	add_module(f);
	assert_int_equal(symbols_lookup(f->syms, TEXT, false, chain, 8), 1);
	assert_string_equal(chain[0].module, "my_module");
}

static void test_many_loads(void **state)
{
	struct fixture *f = *state;
	struct symbol_section moved[] = { { ".text", 0 } };
	struct symbol_place chain[SYMBOLS_MAX_CHAIN];
	unsigned int i;

	for (i = 0; i < 3 * SYMBOLS_MAX_LOADS; i++) {
		moved[0].address = TEXT + i * 0x1000;
		assert_int_equal(symbols_add_module(f->syms, "my_module", f->module, moved, 1), 0);
	}
	assert_int_equal(symbols_lookup(f->syms, moved[0].address, false, chain, 8), 1);
	assert_int_equal(symbols_lookup(f->syms, TEXT, false, chain, 8), 0);
}

/* The next guest has modules of its own; those of the one before are not asked. */
static void test_next_guest(void **state)
{
	struct fixture *f = *state;
	struct symbol_section moved[] = { { ".text", EXIT } };
	struct symbol_place chain[SYMBOLS_MAX_CHAIN];
	unsigned int i;

	for (i = 0; i < 3; i++) {
		add_module(f);
		symbols_module_unloaded(f->syms, "my_module");
		assert_int_equal(symbols_lookup(f->syms, TEXT, false, chain, 8), 1);
		assert_true(chain[0].unloaded);
		symbols_forget_modules(f->syms);
		assert_int_equal(symbols_lookup(f->syms, TEXT, false, chain, 8), 0);
		assert_int_equal(symbols_add_module(f->syms, "my_module", f->module, moved, 1), 0);
		assert_int_equal(symbols_lookup(f->syms, EXIT, false, chain, 8), 1);
		assert_string_equal(chain[0].symbol, "worker");
		assert_false(chain[0].unloaded);
		assert_int_equal(symbols_lookup(f->syms, TEXT, false, chain, 8), 0);
		symbols_forget_modules(f->syms);
	}
}

/* What has been read of a file is not read again. */
static void test_read_once(void **state)
{
	struct fixture *f = *state;
	struct symbol_place chain[SYMBOLS_MAX_CHAIN];
	char hidden[PATH_MAX + 8];

	add_module(f);
	assert_int_equal(symbols_lookup(f->syms, TEXT, false, chain, 8), 1);
	snprintf(hidden, sizeof(hidden), "%s.hidden", f->module);
	assert_int_equal(rename(f->module, hidden), 0);
	symbols_forget_modules(f->syms);
	add_module(f);
	assert_int_equal(symbols_lookup(f->syms, TEXT, false, chain, 8), 1);
	assert_int_equal(rename(hidden, f->module), 0);
}

static void test_missing_files(void **state)
{
	struct fixture *f = *state;
	struct symbols *syms = symbols_create("/nonexistent/linux");
	struct symbol_place chain[SYMBOLS_MAX_CHAIN];

	assert_non_null(syms);
	assert_int_equal(symbols_add_module(syms, "gone", "/nonexistent.ko", sections, 4), 0);
	assert_int_equal(symbols_lookup(syms, TEXT, false, chain, 8), 0);
	assert_int_equal(symbols_lookup_name(syms, "", "worker", 0, false, chain, 8), 0);
	assert_int_equal(symbols_add_module(syms, "my_module", f->module, sections, 4), 0);
	assert_int_equal(symbols_lookup(syms, TEXT, false, chain, 8), 1);
	assert_int_equal(symbols_add_module(syms, "none", f->module, sections, 0), -EINVAL);
	symbols_free(syms);
	symbols_free(NULL);
}

static void test_not_an_elf_file(void **state)
{
	struct fixture *f = *state;
	struct symbol_place chain[SYMBOLS_MAX_CHAIN];
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/init/main.c", f->dir);
	assert_int_equal(symbols_add_module(f->syms, "text", path, sections, 4), 0);
	assert_int_equal(symbols_lookup(f->syms, TEXT, false, chain, 8), 0);
}

static void test_kernel_by_address(void **state)
{
	struct fixture *f = *state;
	uint64_t address = kernel_address(f, "lonely");
	struct symbol_place chain[SYMBOLS_MAX_CHAIN];

	assert_int_equal(symbols_lookup(f->syms, address + 1, false, chain, 8), 1);
	assert_string_equal(chain[0].symbol, "lonely");
	assert_int_equal(chain[0].offset, 1);
	assert_string_equal(chain[0].file, "init/main.c");
}

/* ---- names that lead back to an address ---- */

static void assert_leads_back(struct fixture *f, uint64_t address, const char *module,
			      const char *symbol, uint64_t offset)
{
	struct symbol_place place;
	uint64_t back = 0;

	assert_int_equal(symbols_name_exactly(f->syms, address, &place), 0);
	assert_string_equal(place.symbol, symbol);
	assert_string_equal(place.module, module);
	assert_int_equal(place.offset, offset);
	assert_int_equal(symbols_find_exactly(f->syms, module, symbol, offset, &back), 0);
	assert_int_equal(back, address);
}

static void test_exact_names(void **state)
{
	struct fixture *f = *state;
	struct symbol_place place;
	uint64_t address;

	add_module(f);
	assert_leads_back(f, TEXT + 3, "my_module", "worker", 3);
	assert_leads_back(f, EXIT, "my_module", "stop", 0);
	assert_leads_back(f, kernel_address(f, "lonely") + 1, "", "lonely", 1);
	assert_int_equal(symbols_name_exactly(f->syms, 0x1234, &place), -ENOENT);
	assert_int_equal(symbols_find_exactly(f->syms, "", "no_such", 0, &address), -ENOENT);
	assert_int_equal(symbols_find_exactly(f->syms, "", "lonel", 0, &address), -ENOENT);
	assert_int_equal(symbols_find_exactly(f->syms, "", "lonely", 4096, &address), -ENOENT);
	assert_int_equal(symbols_find_exactly(f->syms, "gone", "stop", 0, &address), -ENOENT);
}

static void test_homonyms(void **state)
{
	struct fixture *f = *state;
	uint64_t first, second, third;

	assert_int_equal(symbols_find_exactly(f->syms, "", "twin", 0, &first), 0);
	assert_int_equal(symbols_find_exactly(f->syms, "", "twin~2", 0, &second), 0);
	assert_int_equal(symbols_find_exactly(f->syms, "", "twin~3", 0, &third), -ENOENT);
	assert_true(first < second);
	assert_leads_back(f, first, "", "twin", 0);
	assert_leads_back(f, second, "", "twin~2", 0);
}

/* Where the guest has put things: what site numbers are counted from. */
static struct explore_shm *make_shm(struct fixture *f)
{
	struct explore_shm *shm = calloc(1, sizeof(*shm));

	assert_non_null(shm);
	shm->text = kernel_address(f, "start_kernel") & ~0xfffull;
	shm->modules[2] = (struct explore_module){
		.name = "my_module", .text = TEXT, .init_text = EXIT, .text_size = 0x100
	};
	return shm;
}

static void test_site_addresses(void **state)
{
	struct explore_shm *shm = make_shm(*state);
	uint32_t site;

	assert_int_equal(site_address(shm, 0x123), shm->text + 0x123);
	assert_int_equal(site_address(shm, EXPLORE_SITE_MODULE | 2 << 24 | 0x10), TEXT + 0x10);
	assert_int_equal(site_address(shm, EXPLORE_SITE_MODULE | 2 << 24 | EXPLORE_SITE_INIT | 4),
			 EXIT + 4);
	assert_int_equal(site_address(shm, EXPLORE_SITE_UNKNOWN), 0);

	assert_true(site_find(shm, TEXT + 0xff, &site));
	assert_int_equal(site, EXPLORE_SITE_MODULE | 2 << 24 | 0xff);
	assert_true(site_find(shm, shm->text + 5, &site));
	assert_int_equal(site, 5);
	assert_false(site_find(shm, TEXT + 0x10000000, &site));
	assert_false(site_find(shm, shm->text - 1, &site));
	free(shm);
}

/* A decision means the same in a guest that has loaded the module elsewhere. */
static void test_decision_moves(void **state)
{
	struct fixture *f = *state;
	struct symbol_section moved[] = { { ".text", TEXT + 0x100000 } };
	struct explore_decision d = { .site = EXPLORE_SITE_MODULE | 2 << 24 | 2,
				      .nth = 7,
				      .role = EXPLORE_ROLE_TRAFFIC,
				      .rank = 3,
				      .target = EXPLORE_ROLE_REMOVER },
				back;
	struct explore_shm *shm = make_shm(f);
	struct decision_text text;

	add_module(f);
	assert_true(decision_to_text(f->syms, shm, &d, &text));
	assert_string_equal(text.symbol, "worker");
	assert_string_equal(text.module, "my_module");
	assert_int_equal(text.offset, 2);

	symbols_module_unloaded(f->syms, "my_module");
	assert_int_equal(symbols_add_module(f->syms, "my_module", f->module, moved, 1), 0);
	shm->modules[5] = shm->modules[2];
	shm->modules[2] = (struct explore_module){ 0 };
	shm->modules[5].text = TEXT + 0x100000;
	assert_true(decision_from_text(f->syms, shm, &text, &back));
	assert_int_equal(back.site, EXPLORE_SITE_MODULE | 5 << 24 | 2);
	assert_int_equal(back.nth, d.nth);
	assert_int_equal(back.role, d.role);
	assert_int_equal(back.target, d.target);
	assert_int_equal(back.rank, d.rank);

	strcpy(text.symbol, "no_such");
	assert_false(decision_from_text(f->syms, shm, &text, &back));
	d.site = EXPLORE_SITE_UNKNOWN;
	assert_false(decision_to_text(f->syms, shm, &d, &text));
	free(shm);
}

#define SYMBOL_TEST(function) cmocka_unit_test_setup_teardown(function, open_symbols, close_symbols)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SYMBOL_TEST(test_kernel_by_name),
		SYMBOL_TEST(test_kernel_by_address),
		SYMBOL_TEST(test_inlined),
		SYMBOL_TEST(test_short_chain),
		SYMBOL_TEST(test_module_by_address),
		SYMBOL_TEST(test_return_address),
		SYMBOL_TEST(test_describe),
		SYMBOL_TEST(test_shadow),
		SYMBOL_TEST(test_short_buffer),
		SYMBOL_TEST(test_two_loads),
		SYMBOL_TEST(test_same_place),
		SYMBOL_TEST(test_many_loads),
		SYMBOL_TEST(test_next_guest),
		SYMBOL_TEST(test_read_once),
		SYMBOL_TEST(test_missing_files),
		SYMBOL_TEST(test_not_an_elf_file),
		SYMBOL_TEST(test_return_to_the_next),
		SYMBOL_TEST(test_exact_names),
		SYMBOL_TEST(test_homonyms),
		SYMBOL_TEST(test_site_addresses),
		SYMBOL_TEST(test_decision_moves),
	};

	return cmocka_run_group_tests(tests, build_fixture, remove_fixture);
}
