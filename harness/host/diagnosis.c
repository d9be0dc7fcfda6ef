// SPDX-License-Identifier: GPL-2.0
/*
 * Putting the console decoder and the symbols together for one boot.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "console_json.h"
#include "diagnosis.h"
#include "initramfs.h"
#include "json_file.h"
#include "kernel.h"
#include "symbols.h"
#include "util.h"

#define MAX_SECTIONS  64
#define REPORT_SCHEMA 1

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
	char *path = module_find(boot->kernel->module_dirs, load->module, false);
	struct symbol_section sections[MAX_SECTIONS];
	char *text = format("%s", load->sections);
	size_t nr = parse_sections(text, sections);

	if (path && nr && symbols_add_module(syms, load->module, path, sections, nr))
		fatal("out of memory");
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
 * Return: the symbols of its kernel, which stand for this boot until they are asked
 * for on behalf of another.
 */
struct symbols *boot_symbols(const struct boot *boot)
{
	struct symbols *syms = boot->kernel->symbols;

	symbols_forget_modules(syms);
	place_modules(syms, boot);
	if (unloaded(boot))
		symbols_module_unloaded(syms, boot->run->variant->module);
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
		if (console_kinds[r->kind].environment) {
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

/* For people, appended to what the boots before had to say. */
static bool write_text(const struct diagnosis *d, const struct boot *boot, const char *path)
{
	FILE *file = fopen(path, "ae");

	if (!file)
		return false;
	fprintf(file, "Boot %u ended in cycle %" PRIu64 ", phase %s\n\n", boot->run->boots,
		boot->counts.cycle, phase_names[boot->phase]);
	write_reports(file, d, false);
	write_word(file, boot);
	write_reports(file, d, true);
	return !fclose(file);
}

static json_t *boot_json(const struct diagnosis *d, const struct boot *boot)
{
	json_t *reports = json_array();
	size_t i;

	for (i = 0; i < d->nr; i++)
		json_array_append_new(reports,
				      console_report_json(&d->reports[i], boot->console_start));
	return json_pack("{si sI ss ss? sI sI so}", "boot", boot->run->boots, "cycle",
			 (json_int_t)boot->counts.cycle, "phase", phase_names[boot->phase],
			 "failure", boot_word(boot), "console_start",
			 (json_int_t)boot->console_start, "console_size",
			 (json_int_t)boot->console_size, "reports", reports);
}

/* For programs, one more boot in the list that is there. */
static int write_json(const struct diagnosis *d, const struct boot *boot, const char *path)
{
	json_t *json = json_load_file(path, 0, NULL);

	if (!json)
		json = json_pack("{si s[]}", "schema", REPORT_SCHEMA, "boots");
	if (json_array_append_new(json_object_get(json, "boots"), boot_json(d, boot))) {
		json_decref(json);
		json = NULL;
	}
	return json_write(json, path);
}

/**
 * diagnosis_write() - add what was found to the run's report.txt and report.json
 * @d: the diagnosis
 * @boot: the boot it is of; nothing is written for one without a failure
 */
void diagnosis_write(const struct diagnosis *d, const struct boot *boot)
{
	struct run *run = boot->run;
	char *text, *json;
	int err;

	if (!d->nr && !boot->failed && boot->ending == ENDED_ITSELF && boot->done)
		return;
	text = format("%s/report.txt", run->dir);
	json = format("%s/report.json", run->dir);
	if (!write_text(d, boot, text))
		run_broken(run, "%s: cannot write: %s", text, strerror(errno));
	err = write_json(d, boot, json);
	if (err)
		run_broken(run, "%s: cannot write: %s", json, strerror(-err));
	free(json);
	free(text);
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
