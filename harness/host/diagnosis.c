// SPDX-License-Identifier: GPL-2.0
/*
 * Putting the console decoder and the symbols together for one boot.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "diagnosis.h"
#include "initramfs.h"
#include "symbols.h"
#include "util.h"

#define MAX_SECTIONS 64

/* Takes "name=address name=address ..." apart, in place. */
static size_t parse_sections(char *text, struct symbol_section *sections)
{
	char *word, *equals, *save;
	size_t nr = 0;

	for (word = strtok_r(text, " ", &save); word && nr < MAX_SECTIONS;
	     word = strtok_r(NULL, " ", &save)) {
		equals = strchr(word, '=');
		if (!equals)
			continue;
		*equals = '\0';
		sections[nr].name = word;
		sections[nr++].address = strtoull(equals + 1, NULL, 16);
	}
	return nr;
}

static void place_module(struct symbols *syms, const struct boot *boot, const struct load *load)
{
	char *path = module_find(boot->module_dirs, load->module, false);
	struct symbol_section sections[MAX_SECTIONS];
	char *text = format("%s", load->sections);
	size_t nr = parse_sections(text, sections);

	if (path && nr && symbols_add_module(syms, load->module, path, sections, nr))
		fatal("%s: cannot read its symbols", path);
	free(text);
	free(path);
}

static void place_modules(struct symbols *syms, const struct boot *boot)
{
	size_t i = boot->nr_loads > MAX_LOADS ? boot->nr_loads - MAX_LOADS : 0;

	for (; i < boot->nr_loads; i++) {
		const struct load *load = &boot->loads[i % MAX_LOADS];

		symbols_module_unloaded(syms, load->module);
		place_module(syms, boot, load);
	}
}

/* Once the unload has begun, what runs in the module's text runs in freed text. */
static bool unloaded(const struct boot *boot)
{
	return boot->phase != PHASE_LOAD && boot->phase != PHASE_SETTLE;
}

/**
 * boot_symbols() - the symbols of a boot's kernel and of the modules it has loaded
 * @boot: the boot
 *
 * Return: symbols, to be freed with symbols_free().
 */
struct symbols *boot_symbols(const struct boot *boot)
{
	char *image = format("%s/linux", boot->kernel);
	struct symbols *syms = symbols_create(image);

	if (!syms)
		fatal("%s: cannot read its symbols", image);
	place_modules(syms, boot);
	if (unloaded(boot))
		symbols_module_unloaded(syms, boot->run->variant->module);
	free(image);
	return syms;
}

/*
 * KASAN shows a stack, unless another processor panics first. What that reports says
 * more, then, if the headline has no module in it.
 */
static bool cut_off(const struct console_report *r)
{
	return r->kind == CONSOLE_KASAN && !r->nr_frames && !strchr(r->title, '[');
}

static void pick(struct diagnosis *d)
{
	size_t i;

	for (i = 0; i < d->nr; i++) {
		const struct console_report *r = &d->reports[i];

		if (r->offset >= d->word)
			continue;
		if (console_kind_is_environment(r->kind)) {
			if (!d->environment)
				d->environment = r;
		} else if (!d->first || cut_off(d->first)) {
			d->first = r;
		}
	}
}

/*
 * What the guest says of a cycle before the present one (what is in the way of the next
 * load) stands where that cycle ended.
 */
static size_t cycle_end(const struct boot *boot, uint64_t cycle)
{
	size_t i;

	for (i = 0; i < boot->nr_marks; i++) {
		if (boot->marks[i].cycle > cycle)
			return boot->marks[i].offset;
	}
	return boot->console_size;
}

/* A word in the log that never arrived as a record, its writer having died, is none. */
static size_t find_word(const struct boot *boot)
{
	size_t word, end;

	if (!boot_word(boot))
		return boot->console_size;
	word = console_word(boot->console, boot->console_size);
	end = boot->failed ? cycle_end(boot, boot->failure.counts.cycle) : word;
	return word < end ? word : end;
}

/**
 * diagnose() - decode the console of a boot
 * @d: filled in; to be given to diagnosis_free()
 * @boot: a boot whose guest has ended
 */
void diagnose(struct diagnosis *d, const struct boot *boot)
{
	struct symbols *syms = boot_symbols(boot);

	memset(d, 0, sizeof(*d));
	if (console_decode(boot->console, boot->console_size, syms, &d->reports, &d->nr))
		fatal("out of memory");
	d->word = find_word(boot);
	pick(d);
	symbols_free(syms);
}

/**
 * boot_reported() - has the kernel reported a failure since this was last asked?
 * @boot: a boot whose guest waits, so that all it has printed has been read
 */
bool boot_reported(struct boot *boot)
{
	struct diagnosis d = { .word = SIZE_MAX };
	bool reported;

	if (console_decode(boot->console + boot->console_judged,
			   boot->console_size - boot->console_judged, NULL, &d.reports, &d.nr))
		fatal("out of memory");
	boot->console_judged = boot->console_size;
	pick(&d);
	reported = d.first;
	diagnosis_free(&d);
	return reported;
}

static void write_word(FILE *file, const struct boot *boot)
{
	if (!boot_word(boot))
		return;
	fprintf(file, "%s\n", boot_word(boot));
	fprintf(file, "  said by the guest itself; what its kernel prints later is an echo\n\n");
}

/* Those before the guest's word, or its echo. */
static void write_reports(FILE *file, const struct diagnosis *d, bool echo)
{
	size_t i;

	for (i = 0; i < d->nr; i++) {
		bool later = d->reports[i].offset >= d->word;

		if (later != echo)
			continue;
		console_report_print(file, &d->reports[i]);
		fputc('\n', file);
	}
}

/**
 * diagnosis_write() - append what was found to the run's report.txt
 * @d: the diagnosis
 * @boot: the boot it is of; nothing is written for one without a failure
 */
void diagnosis_write(const struct diagnosis *d, const struct boot *boot)
{
	char *path;
	FILE *file;

	if (!d->nr && !boot->failed && boot->ending == ENDED_ITSELF && boot->done)
		return;
	path = format("%s/report.txt", boot->run->dir);
	file = fopen(path, "ae");
	if (!file)
		fatal("%s: cannot write: %s", path, strerror(errno));
	fprintf(file, "Boot %u ended in cycle %" PRIu64 ", phase %s\n\n", boot->run->boots,
		boot->counts.cycle, phase_names[boot->phase]);
	write_reports(file, d, false);
	write_word(file, boot);
	write_reports(file, d, true);
	if (fclose(file))
		fatal("%s: cannot write: %s", path, strerror(errno));
	free(path);
}

/**
 * diagnosis_free() - free a diagnosis
 * @d: filled in by diagnose()
 */
void diagnosis_free(struct diagnosis *d)
{
	console_reports_free(d->reports, d->nr);
}

/**
 * decode_file() - decode a stored console log, without symbols
 * @path: the log
 *
 * Return: exit status, 1 if the log holds a report.
 */
int decode_file(const char *path)
{
	struct console_report *reports;
	size_t i, size, nr;
	char *text = file_read(path, &size);

	if (!text)
		fatal("%s: %s", path, strerror(errno));
	if (console_decode(text, size, NULL, &reports, &nr))
		fatal("out of memory");
	for (i = 0; i < nr; i++) {
		console_report_print(stdout, &reports[i]);
		putchar('\n');
	}
	console_reports_free(reports, nr);
	free(text);
	return nr ? 1 : 0;
}
