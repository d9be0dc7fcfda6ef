// SPDX-License-Identifier: GPL-2.0
/*
 * Encoding and decoding of verdict channel records; see wire.h for the format.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "wire.h"

/* Formats that keep scanf() inside the fixed-size fields of a record. */
#define NAME_FMT "%63s"
#define TEXT_FMT "%767[^\n]"
_Static_assert(WIRE_NAME_LEN == 64, "NAME_FMT");
_Static_assert(WIRE_TEXT_LEN == 768, "TEXT_FMT");

const char *const phase_names[NR_PHASES] = {
	[PHASE_BOOT] = "boot",     [PHASE_LOAD] = "load", [PHASE_SETTLE] = "settle",
	[PHASE_UNLOAD] = "unload", [PHASE_PARK] = "park", [PHASE_AUDIT] = "audit",
	[PHASE_DONE] = "done",
};

static int encode_sweep(const struct wire_record *r, char *line)
{
	int i, n = snprintf(line, WIRE_LINE_MAX, "W");

	for (i = 0; i < WIRE_BUCKETS; i++)
		n += snprintf(line + n, WIRE_LINE_MAX - n, " %" PRIu64, r->bucket[i]);
	return n;
}

/* The record without the end of the line; the length that it would have with room for all. */
static int encode_fields(const struct wire_record *r, char *line)
{
	const struct wire_counts *c = &r->counts;

	switch (r->kind) {
	case WIRE_HELLO:
		return snprintf(line, WIRE_LINE_MAX, "H %u %s %s", r->abi, r->name, r->text);
	case WIRE_BEAT:
		return snprintf(line, WIRE_LINE_MAX,
				"B %" PRIu64 " %s %" PRIu64 " %" PRIu64 " %" PRIu64, c->cycle,
				phase_names[r->phase], c->unloads, c->overlaps, c->refused);
	case WIRE_SECTIONS:
		return snprintf(line, WIRE_LINE_MAX, "S %s %s", r->name, r->text);
	case WIRE_FAILURE:
		return snprintf(line, WIRE_LINE_MAX, "F %" PRIu64 " %s %s", c->cycle,
				phase_names[r->phase], r->text);
	case WIRE_TRAFFIC:
		return snprintf(line, WIRE_LINE_MAX, "T %s %" PRIu64 " %" PRIu64, r->name, r->ops,
				r->misses);
	case WIRE_STEP:
		return snprintf(line, WIRE_LINE_MAX, "R %s %" PRIu64, r->name, r->ops);
	case WIRE_SWEEP:
		return encode_sweep(r, line);
	case WIRE_BROKEN:
		return snprintf(line, WIRE_LINE_MAX, "X %s", r->text);
	case WIRE_LOOK:
		return snprintf(line, WIRE_LINE_MAX, "L %s %s", r->name, r->text);
	case WIRE_DONE:
		return snprintf(line, WIRE_LINE_MAX,
				"D %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64, c->cycle,
				c->unloads, c->overlaps, c->refused);
	}
	return 0;
}

/**
 * wire_encode() - write a record as one line
 * @r: the record; line breaks in its text become blanks
 * @line: WIRE_LINE_MAX bytes
 *
 * Return: length of the line, its newline included.
 */
int wire_encode(const struct wire_record *r, char *line)
{
	int n = encode_fields(r, line);
	char *p;

	if (n > WIRE_LINE_MAX - 2)
		n = WIRE_LINE_MAX - 2;
	for (p = line; p < line + n; p++) {
		if (*p == '\n' || *p == '\0')
			*p = ' ';
	}
	strcpy(line + n, "\n");
	return n + 1;
}

static bool decode_phase(const char *name, enum phase *phase)
{
	int i;

	for (i = 0; i < NR_PHASES; i++) {
		if (!strcmp(phase_names[i], name)) {
			*phase = i;
			return true;
		}
	}
	return false;
}

static bool decode_beat(const char *line, struct wire_record *r)
{
	struct wire_counts *c = &r->counts;
	int end = 0;

	return sscanf(line, "B %" SCNu64 " " NAME_FMT " %" SCNu64 " %" SCNu64 " %" SCNu64 "%n",
		      &c->cycle, r->name, &c->unloads, &c->overlaps, &c->refused, &end) == 5 &&
	       line[end] == '\n' && decode_phase(r->name, &r->phase);
}

static bool decode_done(const char *line, struct wire_record *r)
{
	struct wire_counts *c = &r->counts;
	int end = 0;

	return sscanf(line, "D %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 "%n", &c->cycle,
		      &c->unloads, &c->overlaps, &c->refused, &end) == 4 &&
	       line[end] == '\n';
}

static bool decode_failure(const char *line, struct wire_record *r)
{
	return sscanf(line, "F %" SCNu64 " " NAME_FMT " " TEXT_FMT, &r->counts.cycle, r->name,
		      r->text) == 3 &&
	       decode_phase(r->name, &r->phase);
}

static bool decode_sweep(const char *line, struct wire_record *r)
{
	int i, n;

	for (i = 0, line++; i < WIRE_BUCKETS; i++, line += n) {
		if (sscanf(line, " %" SCNu64 "%n", &r->bucket[i], &n) != 1)
			return false;
	}
	return *line == '\n';
}

static bool decode_traffic(const char *line, struct wire_record *r)
{
	int end = 0;

	return sscanf(line, "T " NAME_FMT " %" SCNu64 " %" SCNu64 "%n", r->name, &r->ops,
		      &r->misses, &end) == 3 &&
	       line[end] == '\n';
}

static bool decode_step(const char *line, struct wire_record *r)
{
	int end = 0;

	return sscanf(line, "R " NAME_FMT " %" SCNu64 "%n", r->name, &r->ops, &end) == 2 &&
	       line[end] == '\n';
}

/**
 * wire_decode() - read one line of the verdict channel
 * @line: the line, its newline included; the channel may carry anything
 * @r: filled in
 *
 * Return: 0, or -1 for a line that is no whole, well-formed record.
 */
int wire_decode(const char *line, struct wire_record *r)
{
	size_t len = strlen(line);
	bool ok = false;

	memset(r, 0, sizeof(*r));
	if (len < 2 || line[len - 1] != '\n' || line[1] != ' ')
		return -1;
	r->kind = (enum wire_kind)line[0];

	switch (r->kind) {
	case WIRE_HELLO:
		ok = sscanf(line, "H %u " NAME_FMT " " TEXT_FMT, &r->abi, r->name, r->text) == 3;
		break;
	case WIRE_BEAT:
		ok = decode_beat(line, r);
		break;
	case WIRE_SECTIONS:
		ok = sscanf(line, "S " NAME_FMT " " TEXT_FMT, r->name, r->text) == 2;
		break;
	case WIRE_FAILURE:
		ok = decode_failure(line, r);
		break;
	case WIRE_TRAFFIC:
		ok = decode_traffic(line, r);
		break;
	case WIRE_STEP:
		ok = decode_step(line, r);
		break;
	case WIRE_SWEEP:
		ok = decode_sweep(line, r);
		break;
	case WIRE_BROKEN:
		ok = sscanf(line, "X " TEXT_FMT, r->text) == 1;
		break;
	case WIRE_LOOK:
		ok = sscanf(line, "L " NAME_FMT " " TEXT_FMT, r->name, r->text) == 2;
		break;
	case WIRE_DONE:
		ok = decode_done(line, r);
		break;
	}
	return ok ? 0 : -1;
}
