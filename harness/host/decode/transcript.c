// SPDX-License-Identifier: GPL-2.0
/*
 * Taking down what a guest says; see transcript.h.
 */
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "decode/transcript.h"

/**
 * transcript_begin() - a guest is about to be started
 * @t: filled in; to be given to transcript_end()
 * @cycle: the first that it will carry out
 */
void transcript_begin(struct transcript *t, uint64_t cycle)
{
	memset(t, 0, sizeof(*t));
	t->counts.cycle = cycle;
}

/**
 * transcript_word() - what the guest has said itself became of it
 * @t: the transcript
 *
 * Return: a failure, or the reason why it could not do its work; NULL if it has said
 * neither.
 */
const char *transcript_word(const struct transcript *t)
{
	if (t->failed)
		return t->failure.text;
	return *t->broken ? t->broken : NULL;
}

static void note_load(struct transcript *t, const struct wire_record *r)
{
	struct load *load = &t->loads[t->nr_loads++ % MAX_LOADS];

	memcpy(load->module, r->name, sizeof(load->module));
	memcpy(load->sections, r->text, sizeof(load->sections));
}

static void note_traffic(struct run_totals *totals, const struct wire_record *r)
{
	struct traffic_total *t;
	unsigned int i;

	for (i = 0; i < totals->nr_traffic; i++) {
		if (!strcmp(totals->traffic[i].name, r->name))
			break;
	}
	if (i == SCENARIO_MAX_TRAFFIC)
		return;
	if (i == totals->nr_traffic)
		totals->nr_traffic++;
	t = &totals->traffic[i];
	snprintf(t->name, sizeof(t->name), "%s", r->name);
	t->ops = r->ops;
	t->misses = r->misses;
}

static void note_step(struct run_totals *totals, const struct wire_record *r)
{
	int step = removal_step_parse(r->name);

	if (step >= 0)
		totals->steps[step] = r->ops;
}

/* The first word counts. */
static void note_word(struct transcript *t, const struct wire_record *r)
{
	if (transcript_word(t))
		return;
	if (r->kind == WIRE_FAILURE) {
		t->failure = *r;
		t->failed = true;
	} else {
		snprintf(t->broken, sizeof(t->broken), "%.*s", REASON_LEN - 1, r->text);
	}
}

static void note_record(struct transcript *t, const struct wire_record *r)
{
	switch (r->kind) {
	case WIRE_HELLO:
		t->hello = r->abi == WIRE_ABI;
		break;
	case WIRE_BEAT:
		t->phase = r->phase;
		t->counts = r->counts;
		break;
	case WIRE_SECTIONS:
		note_load(t, r);
		break;
	case WIRE_FAILURE:
	case WIRE_BROKEN:
		note_word(t, r);
		break;
	case WIRE_TRAFFIC:
		note_traffic(&t->totals, r);
		break;
	case WIRE_STEP:
		note_step(&t->totals, r);
		break;
	case WIRE_SWEEP:
		memcpy(t->totals.sweep, r->bucket, sizeof(t->totals.sweep));
		break;
	case WIRE_LOOK:
		/* channel.log has it, which is where race_look.c reads it. */
		break;
	case WIRE_DONE:
		t->done = true;
		t->counts = r->counts;
		break;
	}
}

/**
 * transcript_add_channel() - the guest has sent something on the verdict channel
 * @t: the transcript
 * @data: bytes, taken apart into lines; whatever is no record is passed over
 * @size: how many
 *
 * Return: whether there was a record among them.
 */
bool transcript_add_channel(struct transcript *t, const char *data, size_t size)
{
	struct wire_record r;
	bool heard = false;

	for (; size; size--, data++) {
		if (t->line_size >= WIRE_LINE_MAX - 1)
			t->line_size = 0;
		t->line[t->line_size++] = *data;
		if (*data != '\n')
			continue;
		t->line[t->line_size] = '\0';
		if (!wire_decode(t->line, &r)) {
			heard = true;
			note_record(t, &r);
		}
		t->line_size = 0;
	}
	return heard;
}

static void note_mark(struct transcript *t)
{
	struct mark *last = t->nr_marks ? &t->marks[t->nr_marks - 1] : NULL;

	if (last && last->cycle == t->counts.cycle && last->phase == t->phase)
		return;
	t->marks = grow(t->marks, t->nr_marks, sizeof(*t->marks));
	t->marks[t->nr_marks++] = (struct mark){
		.offset = t->console_size,
		.cycle = t->counts.cycle,
		.phase = t->phase,
	};
}

/**
 * transcript_add_console() - the guest has printed something
 * @t: the transcript
 * @data: text
 * @size: bytes of it
 */
void transcript_add_console(struct transcript *t, const char *data, size_t size)
{
	note_mark(t);
	t->console = realloc(t->console, t->console_size + size);
	if (!t->console)
		fatal("out of memory");
	memcpy(t->console + t->console_size, data, size);
	t->console_size += size;
}

/**
 * transcript_mark() - what the guest was doing when it printed something
 * @t: the transcript; it has printed something
 * @offset: where that stands in its console
 *
 * Return: the heartbeat before it.
 */
const struct mark *transcript_mark(const struct transcript *t, size_t offset)
{
	size_t i;

	for (i = t->nr_marks; i > 1; i--) {
		if (t->marks[i - 1].offset <= offset)
			return &t->marks[i - 1];
	}
	return &t->marks[0];
}

/**
 * transcript_last_line() - the last line that the guest printed
 * @t: the transcript
 *
 * Return: allocated; empty if it printed nothing.
 */
char *transcript_last_line(const struct transcript *t)
{
	size_t end = t->console_size, start;

	while (end && (t->console[end - 1] == '\n' || t->console[end - 1] == '\r'))
		end--;
	for (start = end; start && t->console[start - 1] != '\n'; start--)
		;
	return format("%.*s", (int)(end - start), t->console + start);
}

/**
 * transcript_load() - where a module was loaded last
 * @t: the transcript
 * @module: the module
 *
 * Return: part of @t, or NULL.
 */
const struct load *transcript_load(const struct transcript *t, const char *module)
{
	size_t i;

	for (i = t->nr_loads; i > 0 && i + MAX_LOADS > t->nr_loads; i--) {
		const struct load *load = &t->loads[(i - 1) % MAX_LOADS];

		if (!strcmp(load->module, module))
			return load;
	}
	return NULL;
}

/**
 * transcript_cut() - the guest has gone back to its checkpoint
 * @t: the transcript
 * @kept: a copy of the structure, made at the checkpoint
 * @log_size: of the run's console.log, bytes
 */
void transcript_cut(struct transcript *t, const struct transcript *kept, size_t log_size)
{
	struct transcript now = *kept;

	now.console = t->console;
	now.marks = t->marks;
	now.console_start = log_size - kept->console_size;
	now.turn = t->turn + 1;
	*t = now;
}

/**
 * transcript_end() - free what a transcript holds
 * @t: the transcript
 */
void transcript_end(struct transcript *t)
{
	free(t->console);
	free(t->marks);
}
