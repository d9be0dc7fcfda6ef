// SPDX-License-Identifier: GPL-2.0
/*
 * Prints a report for people: the title, what varies, and the stacks with
 * source lines, module code marked and the detectors' own frames folded.
 */
#include <inttypes.h>
#include <string.h>

#include "decode/console_internal.h"

static const char *const stack_names[NR_CONSOLE_STACKS] = {
	[CONSOLE_STACK_MAIN] = "stack",
	[CONSOLE_STACK_ALLOC] = "allocated by",
	[CONSOLE_STACK_FREE] = "freed by",
	[CONSOLE_STACK_WORK] = "last work or callback queued by",
	[CONSOLE_STACK_VARIABLE] = "variable",
	[CONSOLE_STACK_OTHER] = "earlier",
};

static const char *stack_name(enum console_kind kind, enum console_stack stack)
{
	if (stack == CONSOLE_STACK_MAIN && kind == CONSOLE_KASAN)
		return "access";
	if (stack == CONSOLE_STACK_MAIN && kind == CONSOLE_LEAK)
		return "allocated by";
	return stack_names[stack];
}

static void format_function(const struct console_frame *frame, char *buf, size_t size)
{
	if (!frame->symbol[0])
		snprintf(buf, size, "0x%" PRIx64, frame->address);
	else if (frame->inlined)
		snprintf(buf, size, "%s (inlined)", frame->symbol);
	else
		snprintf(buf, size, "%s+0x%" PRIx64, frame->symbol, frame->offset);
}

static void format_source(const struct console_frame *frame, char *buf, size_t size)
{
	buf[0] = '\0';
	if (frame->file[0])
		snprintf(buf, size, "%s:%u", frame->file, frame->line);
}

static void print_frame(FILE *file, unsigned int index, const struct console_frame *frame)
{
	char function[CONSOLE_SYMBOL_LEN + 32], source[CONSOLE_FILE_LEN + 16];

	format_function(frame, function, sizeof(function));
	format_source(frame, source, sizeof(source));
	fprintf(file, "    #%-2u %s%-36s", index, frame->reliable ? "" : "? ", function);
	if (frame->module[0])
		fprintf(file, " %-28s [%s]%s   <-- module", source, frame->module,
			frame->unloaded ? " (unloaded)" : "");
	else if (source[0])
		fprintf(file, " %s", source);
	fputc('\n', file);
}

/**
 * console_part_at() - the stack that begins at a frame
 * @report: the report
 * @start: index of the frame
 */
struct console_part console_part_at(const struct console_report *report, size_t start)
{
	enum console_stack stack = report->frames[start].stack;
	struct console_part part = { stack_name(report->kind, stack), 0, start, start };

	while (part.end < report->nr_frames && report->frames[part.end].stack == stack)
		part.end++;
	while (part.first < part.end && report->frames[part.first].internal)
		part.first++;
	part.left_out = part.first - start;
	return part;
}

static void print_stack(FILE *file, const struct console_report *report,
			const struct console_part *part)
{
	size_t i;

	fprintf(file, "  %s:", part->name);
	if (part->left_out)
		fprintf(file, " (%zu frames of the detector left out)", part->left_out);
	fputc('\n', file);
	for (i = part->first; i < part->end; i++)
		print_frame(file, i - part->first, &report->frames[i]);
}

static void print_detail(FILE *file, const char *detail)
{
	size_t len;

	for (; *detail; detail += len) {
		len = strcspn(detail, "\n");
		fprintf(file, "  %.*s\n", (int)len, detail);
		len += detail[len] == '\n';
	}
}

/**
 * console_report_print() - print one report
 * @file: where to
 * @report: the report
 */
void console_report_print(FILE *file, const struct console_report *report)
{
	struct console_part part;
	size_t i;

	fprintf(file, "%s\n", report->title);
	print_detail(file, report->detail);
	if (report->count > 1)
		fprintf(file, "  reported %u times, the first shown\n", report->count);
	for (i = 0; i < report->nr_frames; i = part.end) {
		part = console_part_at(report, i);
		print_stack(file, report, &part);
	}
	fputc('\n', file);
}
