// SPDX-License-Identifier: GPL-2.0
/*
 * Colours are used on a terminal unless NO_COLOR is set (no-color.org); lines
 * are plain text everywhere else.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/progress.h"
#include "plan/mode.h"
#include "plan/name.h"
#include "run/boot.h"

#define LIVE_PERIOD 0.2

static const char *const colours[NR_VERDICTS] = {
	[VERDICT_PASS] = "\033[32m",         [VERDICT_XFAIL] = "\033[32m",
	[VERDICT_FAIL] = "\033[1;31m",       [VERDICT_XPASS] = "\033[1;31m",
	[VERDICT_INCONCLUSIVE] = "\033[33m", [VERDICT_TIMEOUT] = "\033[33m",
	[VERDICT_BROKEN] = "\033[33m",       [VERDICT_SKIP] = "\033[2m",
};

/**
 * struct progress - state of the display
 * @live: standard output is a terminal
 * @colour: colours are wanted
 * @drawn: lines of the table that are on the screen
 * @last: when it was drawn last
 * @started: when the display began
 * @runs: the runs
 * @nr_runs: how many
 * @width: columns taken by "scenario/variant"
 */
static struct progress {
	bool live;
	bool colour;
	unsigned int drawn;
	double last;
	double started;
	const struct run *runs;
	size_t nr_runs;
	int width;
} progress;

static void erase_live(void)
{
	for (; progress.drawn > 1; progress.drawn--)
		fputs("\r\033[K\033[A", stdout);
	if (progress.drawn)
		fputs("\r\033[K", stdout);
	progress.drawn = 0;
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
	progress.started = now_seconds();
	progress.runs = runs;
	progress.nr_runs = nr_runs;
	for (i = 0; i < nr_runs; i++) {
		int width = strlen(name_variant(run_name(&runs[i])).text);

		if (width > progress.width)
			progress.width = width;
		if (runs[i].outcome.verdict != VERDICT_NONE)
			progress_run(&runs[i]);
	}
}

static char *explored_failure(const struct run *run)
{
	const struct explored *x = &run->explored;

	if (!run->outcome.failures[0].cycle)
		return format("%s (at the first load, %.1f s)", run->outcome.title,
			      run->tally.seconds);
	if (!x->confirmed)
		return format("%s (schedule %" PRIu64 ", %.1f s; %s)", run->outcome.title,
			      run->outcome.failures[0].cycle, run->tally.seconds,
			      run->outcome.timed_out ? "time was over before it was confirmed" :
						       "not confirmed from a fresh boot");
	return format("%s (schedule %" PRIu64 ", %s, %zu decision%s, %.1f s)", run->outcome.title,
		      run->outcome.failures[0].cycle, x->strategy, x->decisions,
		      x->decisions == 1 ? "" : "s", run->tally.seconds);
}

/* What a user needs to run a failure again. */
static void print_reproducer(const struct run *run)
{
	if (run->outcome.verdict == VERDICT_FAIL && run->explored.reproducer)
		printf("              make repro REPRO='%s'\n", run->explored.reproducer);
}

static char *explored_well(const struct run *run)
{
	const struct explored *x = &run->explored;

	return format("%" PRIu64 " schedules%s, %" PRIu64 " overlapped, %.0f/s", x->schedules,
		      x->same ? " with those of the twin" : "", run->tally.overlaps,
		      run->tally.seconds > 0 ? run->tally.unloads / run->tally.seconds : 0);
}

static char *run_details(const struct run *run)
{
	if (mode_of(run)->controlled && *run->outcome.title)
		return explored_failure(run);
	if (mode_of(run)->controlled && run->outcome.verdict == VERDICT_PASS)
		return explored_well(run);
	if (*run->outcome.title)
		return format("%s (cycle %" PRIu64 ", %.1f s)", run->outcome.title,
			      run->outcome.failures[0].cycle, run->tally.seconds);
	if (run->outcome.verdict == VERDICT_PASS)
		return format("%" PRIu64 " unloads, %" PRIu64 " overlapped, %.0f/s",
			      run->tally.unloads, run->tally.overlaps,
			      run->tally.seconds > 0 ? run->tally.unloads / run->tally.seconds : 0);
	return format("%s", run->outcome.reason);
}

/**
 * progress_run() - say how a run ended
 * @run: the run, judged
 */
void progress_run(const struct run *run)
{
	char *details = run_details(run);

	erase_live();
	printf("%s%-12s%s  %-*s  %-7s  %s\n", progress.colour ? colours[run->outcome.verdict] : "",
	       verdict_names[run->outcome.verdict], progress.colour ? "\033[0m" : "",
	       progress.width, name_variant(run_name(run)).text, run_mode_names[run->spec.mode],
	       details);
	print_reproducer(run);
	if (run_worth_repeating(run))
		printf("              once more when all others are through\n");
	fflush(stdout);
	free(details);
}

static size_t runs_ended(void)
{
	size_t i, nr = 0;

	for (i = 0; i < progress.nr_runs; i++)
		nr += progress.runs[i].outcome.verdict != VERDICT_NONE;
	return nr;
}

static int terminal_width(void)
{
	struct winsize size;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col ? 80 : size.ws_col;
}

/* "48 s", "12 min", "3 h": how long something will take, as far as can be told. */
static char *format_left(double seconds)
{
	if (seconds < 0)
		return format("-");
	if (seconds < 100)
		return format("%.0f s", seconds);
	if (seconds < 6000)
		return format("%.0f min", seconds / 60);
	return format("%.0f h", seconds / 3600);
}

/* One line of the table, no wider than the terminal. */
static __printf(1, 2) void draw_line(const char *fmt, ...)
{
	char line[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	printf("%s%.*s", progress.drawn ? "\n" : "", terminal_width() - 1, line);
	progress.drawn++;
}

static void draw_boot(const struct boot *boot, double now)
{
	const struct run *run = boot->run;
	double rate = boot->said.counts.unloads / (now - boot->started + 0.001);
	char *left = format_left(rate > 0 && run->spec.cycles >= boot->said.counts.cycle ?
					 (run->spec.cycles - boot->said.counts.cycle) / rate :
					 -1);

	draw_line("  %-*s  %-7s  %6" PRIu64 "/%-6" PRIu64 "  %8.1f  %8" PRIu64 "  %8u  %7s",
		  progress.width, name_variant(run_name(run)).text, run_mode_names[run->spec.mode],
		  boot->said.counts.cycle, run->spec.cycles, rate,
		  run->tally.overlaps + boot->said.counts.overlaps, run->outcome.nr_failures, left);
	free(left);
}

/* What is left of all runs, if those to come take as long as those that have ended. */
static void draw_footer(double now)
{
	size_t i, ended = runs_ended(), raced = 0;
	double spent = now - progress.started;
	char *left;

	for (i = 0; i < progress.nr_runs; i++)
		raced += progress.runs[i].tally.seconds > 0 &&
			 progress.runs[i].outcome.verdict != VERDICT_NONE;
	left = format_left(raced ? spent / raced * (progress.nr_runs - ended) : -1);
	draw_line("  %zu of %zu runs ended, left: %s", ended, progress.nr_runs, left);
	free(left);
}

/**
 * progress_live() - draw the table of what runs now, on a terminal
 * @slots: boots
 * @busy: which of @slots are under way
 * @nr: how many
 */
void progress_live(const struct boot *slots, const bool *busy, unsigned int nr)
{
	double now = now_seconds();
	unsigned int i;

	if (!progress.live || now - progress.last < LIVE_PERIOD)
		return;
	progress.last = now;
	erase_live();
	draw_line("  %-*s  %-7s  %13s  %8s  %8s  %8s  %7s", progress.width, "running", "mode",
		  "cycle", "cycles/s", "overlaps", "failures", "left");
	for (i = 0; i < nr; i++) {
		if (busy[i])
			draw_boot(&slots[i], now);
	}
	draw_footer(now);
	fflush(stdout);
}

/**
 * progress_count() - draw how far something has come, on a terminal
 * @what: of which something
 * @done: how many are done
 * @total: how many there are to be
 */
void progress_count(const char *what, unsigned int done, unsigned int total)
{
	if (!isatty(STDOUT_FILENO))
		return;
	erase_live();
	printf("%s %u of %u", what, done, total);
	fflush(stdout);
	progress.drawn = 1;
}

/**
 * progress_end() - take the table away
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
		count[runs[i].outcome.verdict]++;
	printf("\n%zu runs: ", nr_runs);
	for (i = 0; i < NR_VERDICTS; i++) {
		if (!count[i])
			continue;
		printf("%s%u %s", separator, count[i], verdict_names[i]);
		separator = ", ";
	}
	printf("\nresults in %s\n", results);
}
