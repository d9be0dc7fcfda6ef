// SPDX-License-Identifier: GPL-2.0
/*
 * Colours are used on a terminal unless NO_COLOR is set (no-color.org); lines
 * are plain text everywhere else.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "progress.h"
#include "util.h"

#define LIVE_PERIOD 0.2

static const char *const colours[NR_VERDICTS] = {
	[VERDICT_PASS] = "\033[32m",	     [VERDICT_XFAIL] = "\033[32m",
	[VERDICT_FAIL] = "\033[1;31m",	     [VERDICT_XPASS] = "\033[1;31m",
	[VERDICT_INCONCLUSIVE] = "\033[33m", [VERDICT_TIMEOUT] = "\033[33m",
	[VERDICT_BROKEN] = "\033[33m",	     [VERDICT_SKIP] = "\033[2m",
};

/**
 * struct progress - state of the display
 * @live: standard output is a terminal
 * @colour: colours are wanted
 * @drawn: the live line is on the screen
 * @last: when it was drawn last
 * @runs: the runs
 * @nr_runs: how many
 * @width: columns taken by "scenario/variant"
 */
static struct progress {
	bool live;
	bool colour;
	bool drawn;
	double last;
	const struct run *runs;
	size_t nr_runs;
	int width;
} progress;

static void erase_live(void)
{
	if (progress.drawn)
		fputs("\r\033[K", stdout);
	progress.drawn = false;
}

/**
 * progress_begin() - start the display
 * @runs: the runs to come, some perhaps with a verdict already
 * @nr_runs: how many
 */
void progress_begin(const struct run *runs, size_t nr_runs)
{
	size_t i;

	progress.live = isatty(STDOUT_FILENO);
	progress.colour = progress.live && !getenv("NO_COLOR");
	progress.runs = runs;
	progress.nr_runs = nr_runs;
	for (i = 0; i < nr_runs; i++) {
		int width = strlen(runs[i].scenario->name) + strlen(runs[i].variant->name) + 1;

		if (width > progress.width)
			progress.width = width;
		if (runs[i].verdict != VERDICT_NONE)
			progress_run(&runs[i]);
	}
}

static char *run_details(const struct run *run)
{
	if (*run->title)
		return format("%s (cycle %" PRIu64 ", %.1f s)", run->title,
			      run->failures[0].cycle, run->seconds);
	if (run->verdict == VERDICT_PASS)
		return format("%" PRIu64 " unloads, %" PRIu64 " overlapped, %.0f/s", run->unloads,
			      run->overlaps, run->seconds > 0 ? run->unloads / run->seconds : 0);
	return format("%s", run->reason);
}

/**
 * progress_run() - say how a run ended
 * @run: the run, judged
 */
void progress_run(const struct run *run)
{
	char *name = format("%s/%s", run->scenario->name, run->variant->name);
	char *details = run_details(run);

	erase_live();
	printf("%s%-12s%s  %-*s  %-7s  %s\n", progress.colour ? colours[run->verdict] : "",
	       verdict_names[run->verdict], progress.colour ? "\033[0m" : "", progress.width, name,
	       run_mode_names[run->mode], details);
	fflush(stdout);
	free(details);
	free(name);
}

static size_t runs_ended(void)
{
	size_t i, nr = 0;

	for (i = 0; i < progress.nr_runs; i++)
		nr += progress.runs[i].verdict != VERDICT_NONE;
	return nr;
}

static int terminal_width(void)
{
	struct winsize size;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col ? 80 : size.ws_col;
}

static void append_boot(char *line, size_t size, const struct boot *boot)
{
	size_t used = strlen(line);

	snprintf(line + used, size - used, "  %s/%s %s %" PRIu64 "/%" PRIu64,
		 boot->run->scenario->name, boot->run->variant->name,
		 run_mode_names[boot->run->mode], boot->counts.cycle, boot->run->cycles);
}

/**
 * progress_live() - draw the live line, on a terminal
 * @slots: boots
 * @busy: which of @slots are under way
 * @nr: how many
 */
void progress_live(const struct boot *slots, const bool *busy, unsigned int nr)
{
	double now = now_seconds();
	char line[512];
	unsigned int i;

	if (!progress.live || now - progress.last < LIVE_PERIOD)
		return;
	progress.last = now;
	snprintf(line, sizeof(line), "[%zu/%zu]", runs_ended(), progress.nr_runs);
	for (i = 0; i < nr; i++) {
		if (busy[i])
			append_boot(line, sizeof(line), &slots[i]);
	}
	erase_live();
	printf("%.*s", terminal_width() - 1, line);
	fflush(stdout);
	progress.drawn = true;
}

/**
 * progress_end() - take the live line away
 */
void progress_end(void)
{
	erase_live();
	fflush(stdout);
}

/**
 * progress_summary() - count the verdicts and say where the results are
 * @runs: the runs, judged
 * @nr_runs: how many
 * @results: directory of the results
 */
void progress_summary(const struct run *runs, size_t nr_runs, const char *results)
{
	unsigned int count[NR_VERDICTS] = { 0 };
	const char *separator = "";
	size_t i;

	for (i = 0; i < nr_runs; i++)
		count[runs[i].verdict]++;
	printf("\n%zu runs: ", nr_runs);
	for (i = 0; i < NR_VERDICTS; i++) {
		if (!count[i])
			continue;
		printf("%s%u %s", separator, count[i], verdict_names[i]);
		separator = ", ";
	}
	printf("\nresults in %s\n", results);
}
