// SPDX-License-Identifier: GPL-2.0
/*
 * A report for programs; see console_json.h.
 *
 *	{"kind": "kasan", "title": ..., "headline": ..., "detail": [...], "count": 1,
 *	 "offset": 1234, "length": 567, "address": "0x70814190",
 *	 "stacks": [{"name": "access", "left_out": 7, "frames": [
 *		{"function": "hook", "offset": 238, "inlined": false, "reliable": true,
 *		 "module": "nf_hook", "unloaded": true, "file": "nf_hook.c", "line": 49}]}]}
 */
#include <inttypes.h>
#include <string.h>

#include "decode/console_internal.h"
#include "decode/console_json.h"

static json_t *address_json(uint64_t address)
{
	return address ? json_sprintf("0x%" PRIx64, address) : json_null();
}

static json_t *frame_json(const struct console_frame *frame)
{
	return json_pack("{ss so sI sb sb ss sb ss sI}", "function", frame->symbol, "address",
			 address_json(frame->address), "offset", (json_int_t)frame->offset,
			 "inlined", frame->inlined, "reliable", frame->reliable, "module",
			 frame->module, "unloaded", frame->unloaded, "file", frame->file, "line",
			 (json_int_t)frame->line);
}

static json_t *stack_json(const struct console_report *report, const struct console_part *part)
{
	json_t *frames = json_array();
	size_t i;

	for (i = part->first; i < part->end; i++)
		json_array_append_new(frames, frame_json(&report->frames[i]));
	return json_pack("{ss sI so}", "name", part->name, "left_out", (json_int_t)part->left_out,
			 "frames", frames);
}

static json_t *stacks_json(const struct console_report *report)
{
	json_t *stacks = json_array();
	struct console_part part;
	size_t i;

	for (i = 0; i < report->nr_frames; i = part.end) {
		part = console_part_at(report, i);
		json_array_append_new(stacks, stack_json(report, &part));
	}
	return stacks;
}

/* The lines of the detail; the first of them is the headline. */
static json_t *lines_json(const char *detail)
{
	json_t *lines = json_array();
	size_t len;

	for (; *detail; detail += len) {
		len = strcspn(detail, "\n");
		json_array_append_new(lines, json_stringn(detail, len));
		len += detail[len] == '\n';
	}
	return lines;
}

/**
 * console_report_json() - a report as JSON
 * @report: the report
 * @start: where the console that it is of starts in its file, bytes
 *
 * Return: a new object.
 */
json_t *console_report_json(const struct console_report *report, size_t start)
{
	json_t *lines = lines_json(report->detail);
	json_t *headline = json_incref(json_array_get(lines, 0));

	json_array_remove(lines, 0);
	return json_pack("{ss ss so so si sI sI so so}", "kind", console_kinds[report->kind].name,
			 "title", report->title, "headline", headline, "detail", lines, "count",
			 report->count, "offset", (json_int_t)(start + report->offset), "length",
			 (json_int_t)report->length, "address", address_json(report->address),
			 "stacks", stacks_json(report));
}
