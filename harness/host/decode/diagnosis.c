// SPDX-License-Identifier: GPL-2.0
/*
 * Putting the console decoder and the symbols together for one boot.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_file.h"
#include "base/util.h"
#include "decode/console_json.h"
#include "decode/diagnosis.h"
#include "decode/symbols.h"
#include "plan/kernel.h"

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

static void place_module(struct symbols *syms, const struct kernel *kernel, const struct load *load)
{
	char *path = module_find(kernel->module_dirs, load->module, false);
	struct symbol_section sections[MAX_SECTIONS];
	char *text = format("%s", load->sections);
	size_t nr = parse_sections(text, sections);

	if (path && nr && symbols_add_module(syms, load->module, path, sections, nr))
		fatal("out of memory");
	free(text);
	free(path);
}

static void place_modules(struct symbols *syms, const struct transcript *t,
			  const struct kernel *kernel)
{
	size_t i = t->nr_loads > MAX_LOADS ? t->nr_loads - MAX_LOADS : 0;

	for (; i < t->nr_loads; i++) {
		const struct load *load = &t->loads[i % MAX_LOADS];

		symbols_module_unloaded(syms, load->module);
		place_module(syms, kernel, load);
	}
}

/* Once the unload has begun, what runs in the module's text runs in freed text. */
static bool unloaded(const struct transcript *t)
{
	return t->phase != PHASE_LOAD && t->phase != PHASE_SETTLE;
}

/**
 * transcript_symbols() - the symbols of a guest's kernel and of the modules it has loaded
 * @t: what the guest has said so far
 * @kernel: its kernel
 * @module: the module that is raced
 *
 * Return: the symbols of its kernel, which stand for this guest until they are asked
 * for on behalf of another.
 */
struct symbols *transcript_symbols(const struct transcript *t, const struct kernel *kernel,
				   const char *module)
{
	struct symbols *syms = kernel->symbols;

	symbols_forget_modules(syms);
	place_modules(syms, t, kernel);
	if (unloaded(t))
		symbols_module_unloaded(syms, module);
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
static size_t cycle_end(const struct transcript *t, uint64_t cycle)
{
	size_t i;

	for (i = 0; i < t->nr_marks; i++) {
		if (t->marks[i].cycle > cycle)
			return t->marks[i].offset;
	}
	return t->console_size;
}

/* A word in the log that never arrived as a record, its writer having died, is none. */
static size_t find_word(const struct transcript *t)
{
	size_t word, end;

	if (!transcript_word(t))
		return t->console_size;
	word = console_word(t->console, t->console_size);
	end = t->failed ? cycle_end(t, t->failure.counts.cycle) : word;
	return word < end ? word : end;
}

/**
 * diagnose() - decode what a guest has printed, once and for all
 * @d: filled in; to be given to diagnosis_free()
 * @t: what a guest that has ended has said
 * @kernel: its kernel
 * @module: the module that is raced
 */
void diagnose(struct diagnosis *d, const struct transcript *t, const struct kernel *kernel,
	      const char *module)
{
	memset(d, 0, sizeof(*d));
	d->syms = transcript_symbols(t, kernel, module);
	if (console_decode(t->console, t->console_size, d->syms, &d->reports, &d->nr))
		fatal("out of memory");
	d->word = find_word(t);
	pick(d);
	if (d->first)
		d->unreadable = symbols_unreadable(d->syms);
}

/**
 * transcript_reported() - has the kernel reported a failure since this was last asked?
 * @t: what a guest has said that waits, so that all it has printed has been read
 *
 * Only looks for one: what it says is decoded when the guest has ended.
 */
bool transcript_reported(struct transcript *t)
{
	struct diagnosis d = { .word = SIZE_MAX };
	bool reported;

	if (console_decode(t->console + t->console_judged, t->console_size - t->console_judged,
			   NULL, &d.reports, &d.nr))
		fatal("out of memory");
	t->console_judged = t->console_size;
	pick(&d);
	reported = d.first;
	diagnosis_free(&d);
	return reported;
}

static void write_word(FILE *file, const struct transcript *t)
{
	if (!transcript_word(t))
		return;
	fprintf(file, "%s\n", transcript_word(t));
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
static bool write_text(const struct diagnosis *d, const struct transcript *t, unsigned int boot,
		       const char *path)
{
	FILE *file = fopen(path, "ae");

	if (!file)
		return false;
	fprintf(file, "Boot %u", boot);
	if (t->turn)
		fprintf(file, ", turn %u,", t->turn);
	fprintf(file, " ended in cycle %" PRIu64 ", phase %s\n\n", t->counts.cycle,
		phase_names[t->phase]);
	write_reports(file, d, false);
	write_word(file, t);
	write_reports(file, d, true);
	return !fclose(file);
}

static json_t *boot_json(const struct diagnosis *d, const struct transcript *t, unsigned int boot)
{
	json_t *reports = json_array();
	size_t i;

	for (i = 0; i < d->nr; i++)
		json_array_append_new(reports,
				      console_report_json(&d->reports[i], t->console_start));
	return json_pack("{si si sI ss ss? sI sI so}", "boot", boot, "turn", t->turn, "cycle",
			 (json_int_t)t->counts.cycle, "phase", phase_names[t->phase], "failure",
			 transcript_word(t), "console_start", (json_int_t)t->console_start,
			 "console_size", (json_int_t)t->console_size, "reports", reports);
}

/* For programs, one more boot in the list that is there. */
static int write_json(const struct diagnosis *d, const struct transcript *t, unsigned int boot,
		      const char *path)
{
	json_t *json = json_load_file(path, 0, NULL);

	if (!json)
		json = json_pack("{si s[]}", "schema", REPORT_SCHEMA, "boots");
	if (json_array_append_new(json_object_get(json, "boots"), boot_json(d, t, boot))) {
		json_decref(json);
		json = NULL;
	}
	return json_write(json, path);
}

/**
 * diagnosis_write() - add what was found to the run's report.txt and report.json
 * @d: the diagnosis
 * @t: what it was made of
 * @run: the run, in its last boot
 */
void diagnosis_write(const struct diagnosis *d, const struct transcript *t, struct run *run)
{
	unsigned int boot = run->tally.boots;
	char *text, *json;
	int err;

	text = format("%s/report.txt", run->spec.dir);
	json = format("%s/report.json", run->spec.dir);
	if (!write_text(d, t, boot, text))
		run_broken(run, "%s: cannot write: %s", text, strerror(errno));
	err = write_json(d, t, boot, json);
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
