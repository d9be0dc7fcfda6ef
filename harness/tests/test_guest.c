// SPDX-License-Identifier: GPL-2.0
/*
 * Parts of the guest that need none: the order in which unloads are swept over an
 * operation, where a module's sections are, and what has come and gone in a directory.
 */
#include <elf.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <x86intrin.h>

#include "../guest/channel.h"
#include "../guest/listing.h"
#include "../guest/sections.h"
#include "../guest/sweep.h"
#include "../guest/traffic.h"
#include "testing.h"

/* ---- what the rest of the guest is to them ---- */

static struct wire_record sent;
static unsigned int nr_sent;
static struct traffic_slot lead;

void channel_send(const struct wire_record *record)
{
	sent = *record;
	nr_sent++;
}

void guest_check(int ret, const char *what)
{
	if (ret < 0)
		fail_msg("%s", what);
}

/* Begins an operation now; since it holds something nobody waits for the next one. */
const struct traffic_slot *traffic_lead(uint64_t pick)
{
	(void)pick;
	lead.op_start = __rdtsc();
	lead.held = true;
	return &lead;
}

/* ---- sweep ---- */

static unsigned int parts_of(const struct sweep *sweep)
{
	unsigned int i, parts = 0;

	for (i = 0; i < WIRE_BUCKETS; i++)
		parts |= 1u << sweep->order[i];
	return parts;
}

/* All parts of an operation come once before any comes again, each time in another order. */
static void test_sweep_order(void **state)
{
	unsigned char first[WIRE_BUCKETS];
	struct sweep sweep, other;
	unsigned int i;

	(void)state;
	lead.op_ticks = 0;
	sweep_init(&sweep, 1);
	assert_int_equal(parts_of(&sweep), (1u << WIRE_BUCKETS) - 1);
	memcpy(first, sweep.order, sizeof(first));
	for (i = 0; i < WIRE_BUCKETS; i++) {
		assert_int_equal(sweep.next, i);
		sweep_wait(&sweep);
	}
	assert_memory_equal(first, sweep.order, sizeof(first));
	sweep_wait(&sweep);
	assert_int_equal(sweep.next, 1);
	assert_int_equal(parts_of(&sweep), (1u << WIRE_BUCKETS) - 1);
	assert_memory_not_equal(first, sweep.order, sizeof(first));

	sweep_init(&other, 1);
	assert_memory_equal(first, other.order, sizeof(first));
	sweep_init(&other, 2);
	assert_memory_not_equal(first, other.order, sizeof(first));
}

/* An unload never comes before its part of the operation; on a busy machine it may be late. */
static void test_sweep_moment(void **state)
{
	struct sweep sweep, before;
	unsigned int i, part, bucket;

	(void)state;
	lead.op_ticks = 500000;
	sweep_init(&sweep, 3);
	for (i = 0; i < 4 * WIRE_BUCKETS; i++) {
		before = sweep;
		sweep_wait(&sweep);
		part = sweep.order[sweep.next - 1];
		for (bucket = 0; bucket < part; bucket++)
			assert_int_equal(sweep.hit[bucket], before.hit[bucket]);
	}
	sweep_send(&sweep);
	assert_int_equal(sent.kind, WIRE_SWEEP);
	assert_memory_equal(sent.bucket, sweep.hit, sizeof(sent.bucket));
}

/* ---- sections ---- */

#define DIR_TEMPLATE "/tmp/modrace-guest-XXXXXX"

static char directory[] = DIR_TEMPLATE;

static int make_directory(void **state)
{
	(void)state;
	strcpy(directory, DIR_TEMPLATE);
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", directory);
	return system(command);
}

static void write_file(const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static const struct section *find_section(const struct sections *s, const char *name)
{
	unsigned int i;

	for (i = 0; i < s->nr; i++) {
		if (!strcmp(s->section[i].name, name))
			return &s->section[i];
	}
	return NULL;
}

static void assert_piece(const struct sections *s, const char *name, enum piece piece)
{
	const struct section *section = find_section(s, name);

	if (!section)
		fail_msg("no section %s", name);
	assert_int_equal(section->piece, piece);
}

/* The program itself has sections, if none of a module's own. */
static void read_own_sections(struct sections *s, const char *module)
{
	int fd = open("/proc/self/exe", O_RDONLY);

	sections_init(s, module, fd);
	close(fd);
}

static void test_sections(void **state)
{
	static struct sections s;

	(void)state;
	read_own_sections(&s, "m");
	assert_string_equal(s.module, "m");
	assert_piece(&s, ".text", PIECE_TEXT);
	assert_piece(&s, ".rodata", PIECE_RODATA);
	assert_piece(&s, ".data", PIECE_DATA);
	assert_piece(&s, ".bss", PIECE_DATA);
	assert_null(find_section(&s, ".eh_frame"));
	assert_null(find_section(&s, ".note.gnu.build-id"));
	assert_null(find_section(&s, ".comment"));
	assert_null(find_section(&s, ".symtab"));
}

/* All are read once; then the first of each piece says where the others have gone. */
static void test_sections_move(void **state)
{
	static struct sections s;
	char module[56], path[128];

	(void)state;
	snprintf(module, sizeof(module), "../..%s", directory);
	read_own_sections(&s, module);
	snprintf(path, sizeof(path), "%s/sections", directory);
	assert_int_equal(mkdir(path, 0700), 0);
	write_file("sections/.data", "0x5000\n");
	write_file("sections/.bss", "0x6000\n");

	nr_sent = 0;
	sections_report(&s);
	assert_int_equal(nr_sent, 1);
	assert_string_equal(sent.text, ".data=5000 .bss=6000");
	sections_report(&s);
	assert_int_equal(nr_sent, 1);

	write_file("sections/.data", "0x4ff0\n");
	write_file("sections/.bss", "0x0\n");
	sections_report(&s);
	assert_int_equal(nr_sent, 2);
	assert_string_equal(sent.text, ".data=4ff0 .bss=5ff0");
}

/* ---- listing ---- */

static void assert_changes(struct listing *l, const char *newcomer, const char *missing)
{
	const char *name;

	assert_int_equal(listing_same(l), !*newcomer && !*missing);
	assert_string_equal(listing_missing(l), missing);
	name = listing_newcomer(l);
	assert_string_equal(name ? name : "", newcomer);
}

static void forget(struct listing *l)
{
	while (l->nr)
		free(l->names[--l->nr]);
	if (l->dir)
		closedir(l->dir);
}

static void remove_file(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	assert_int_equal(unlink(path), 0);
}

static void test_listing(void **state)
{
	static struct listing l;

	(void)state;
	write_file("a", "");
	write_file("b", "");
	listing_take(&l, directory);
	assert_changes(&l, "", "");
	write_file("c", "");
	assert_changes(&l, "c", "");
	remove_file("a");
	assert_changes(&l, "c", "a");
	remove_file("c");
	assert_changes(&l, "", "a");
	write_file("a", "other contents");
	assert_changes(&l, "", "");
	forget(&l);
}

/* Processes come and go in /proc; names that only begin like one count. */
static void test_listing_of_processes(void **state)
{
	static struct listing l;

	(void)state;
	write_file("123", "");
	listing_take(&l, directory);
	write_file("45", "");
	remove_file("123");
	assert_changes(&l, "", "");
	write_file("8250", "");
	write_file("8250_core", "");
	assert_changes(&l, "8250_core", "");
	forget(&l);
}

/* A directory that was not there is empty; one that comes has come with all that is in it. */
static void test_listing_of_nothing(void **state)
{
	static struct listing l;
	char path[64];

	(void)state;
	snprintf(path, sizeof(path), "%s/late", directory);
	listing_take(&l, path);
	assert_changes(&l, "", "");
	assert_int_equal(mkdir(path, 0700), 0);
	write_file("late/a", "");
	assert_false(listing_same(&l));
	assert_non_null(listing_newcomer(&l));
	forget(&l);
}

#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sweep_order),
		cmocka_unit_test(test_sweep_moment),
		cmocka_unit_test(test_sections),
		IN_DIRECTORY(test_sections_move),
		IN_DIRECTORY(test_listing),
		IN_DIRECTORY(test_listing_of_processes),
		IN_DIRECTORY(test_listing_of_nothing),
	};

	return cmocka_run_group_tests_name("guest", tests, NULL, NULL);
}
