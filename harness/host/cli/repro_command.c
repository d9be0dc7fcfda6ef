// SPDX-License-Identifier: GPL-2.0
/*
 * Carrying a reproducer out: is this still what it was found with, does it still
 * fail, and is each replay the same to the last event?
 *
 * Exit status: 0 yes, 1 no, 2 it cannot be carried out here.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "cli/progress.h"
#include "cli/repro_command.h"
#include "plan/identity.h"
#include "results/results.h"
#include "run/runner.h"
#include "schedule/replay.h"
#include "schedule/repro.h"

static void read_line(const char *line, struct repro *repro)
{
	char error[REPRO_ERROR_LEN], *text;

	text = *line == '@' ? file_read(line + 1, NULL) : format("%s", line);
	if (!text)
		fatal("%s: %s", line + 1, strerror(errno));
	if (repro_parse(text, repro, error))
		fatal("REPRO: %s", error);
	free(text);
}

/* The module of @list that is not as in @wanted; both are "name:id,...". */
static char *first_other(const char *wanted, const char *list)
{
	while (*wanted && *wanted == *list) {
		wanted++;
		list++;
	}
	while (!strchr(",", list[-1]) && list[-1] != ' ')
		list--;
	return format("%.*s", (int)strcspn(list, ":"), list);
}

static void check_identity(const struct repro *repro, const struct run *run,
			   const struct kernel *kernel)
{
	char *modules, *error, *now;

	modules = modules_identity(run->spec.scenario, run->spec.variant, kernel->module_dirs,
				   &error);
	if (!modules)
		fatal("REPRO: %s", error);
	if (strncmp(kernel->hash, repro->kernel, strlen(repro->kernel)))
		fatal("REPRO: found with kernel %s, this one is %.*s: its code is another",
		      repro->kernel, IDENTITY_LEN, kernel->hash);
	if (strcmp(modules, repro->modules)) {
		now = format(" %s", modules);
		fatal("REPRO: module %s is not the build it was found with (%s now, %s then)",
		      first_other(repro->modules, now + 1), modules, repro->modules);
	}
	free(modules);
}

static void make_plan(struct batch *batch, struct batch_options *options, const struct repro *repro)
{
	options->only = format("%s", name_variant(repro_name(repro)).text);
	options->modes = 1u << REPRO_MODE;
	options->seed = repro->seed;
	batch_make(batch, options);
	if (batch->runs[0].outcome.verdict == VERDICT_SKIP)
		fatal("REPRO: %s: %s", options->only, batch->runs[0].outcome.reason);
	check_identity(repro, &batch->runs[0], &options->kernels[REPRO_MODE]);
}

/* One run for each guest at a time, with a directory of its own. */
static void multiply(struct batch *batch, const struct replay *replay, unsigned int jobs)
{
	const struct run_spec one = batch->runs[0].spec;
	size_t i;

	batch->nr_runs = 0;
	for (i = 0; i < jobs; i++) {
		struct run_spec spec = one;

		/* What the scenario allows is for one search; each replay may take as long. */
		spec.timeout *= replay->wanted;
		if (i)
			spec.dir = format("%s/%zu", one.dir, i + 1);
		if (!make_directory(spec.dir))
			fatal("%s: cannot create the directory: %s", spec.dir, strerror(errno));
		batch_add_run(batch, &spec);
	}
}

static void show_count(const struct replay *replay)
{
	progress_count("replay", replay->done, replay->wanted);
}

static char *prepare_directory(const struct repro_options *options)
{
	char *dir = format("%s/repro", options->results), resolved[PATH_MAX];

	remove_tree(dir);
	if (!make_directory(dir) || !realpath(dir, resolved))
		fatal("%s: %s", dir, strerror(errno));
	free(dir);
	return format("%s", resolved);
}

static void print_difference(const struct replay *replay)
{
	uint64_t number = replay->first.events - replay->nr_trace + replay->at;

	if (replay->at == replay->nr_trace)
		printf("one has %" PRIu64 " events, another %" PRIu64 "\n",
		       (uint64_t)replay->first.events, (uint64_t)replay->other.events);
	else
		printf("the first event that differs is number %" PRIu64 ": %s\n", number,
		       replay->text);
}

static int judge(const struct replay *replay, const struct repro *repro)
{
	const struct explore_result *first = &replay->first;
	bool same = first->hash == repro->hash && first->events == repro->events;

	printf("%u of %u replays identical: %" PRIu64 " events, hash %016" PRIx64
	       ", every decision taken\n",
	       replay->identical, replay->done, (uint64_t)first->events, (uint64_t)first->hash);
	if (replay->differs)
		print_difference(replay);
	if (!same)
		printf("not what the line says: %" PRIu64 " events, hash %016" PRIx64
		       "; the scenario file, or modrace itself, is not the one it was found with\n",
		       repro->events, repro->hash);
	if (!*replay->title)
		printf("and it did not fail\n");
	return same && *replay->title && replay->identical == replay->wanted ? 0 : 1;
}

static const struct run *storyteller(const struct batch *batch)
{
	size_t i;

	for (i = 0; i < batch->nr_runs; i++) {
		if (batch->runs[i].explored.story)
			return &batch->runs[i];
	}
	return NULL;
}

static int report(const struct batch *batch, const struct replay *replay, const struct repro *repro,
		  const char *program)
{
	const struct run *teller = storyteller(batch);
	size_t i;

	if (*replay->refusal)
		fatal("REPRO: %s", replay->refusal);
	for (i = 0; i < batch->nr_runs; i++) {
		if (*batch->runs[i].outcome.broken)
			fatal("REPRO: %s", batch->runs[i].outcome.broken);
	}
	if (replay->done < replay->wanted)
		fatal("REPRO: only %u of %u replays came to an end; see %s/console.log",
		      replay->done, replay->wanted, batch->runs[0].spec.dir);
	results_draw(program, batch->runs[0].spec.dir);
	if (teller)
		printf("%s\ntimeline: %s/timeline.html\n", teller->explored.story,
		       teller->spec.dir);
	return judge(replay, repro);
}

/* The number of the event to stop at, from 1. */
static uint64_t stop_at(const char *where, const struct batch *batch, const struct replay *replay)
{
	const struct run *teller = storyteller(batch);

	if (strcmp(where, "switch") && strcmp(where, "failure"))
		fatal("GDB=%s: neither switch nor failure", where);
	if (!strcmp(where, "switch") && teller && teller->explored.switch_event != UINT64_MAX)
		return teller->explored.switch_event + 1;
	return replay->first.events;
}

static bool carry_out(struct batch *batch, struct runner_options *how, struct replay *replay)
{
	bool through;

	how->replay = replay;
	replay->observer = show_count;
	multiply(batch, replay, how->jobs);
	through = runner_go(batch, how);
	runner_release(batch);
	return through;
}

/* Once more, in the debugger, which has the terminal until the user leaves it. */
static int debug(struct batch *batch, struct runner_options *how, struct replay *replay,
		 const char *where)
{
	struct replay *once = replay_create(1);

	once->script = format("%s", replay->script);
	once->stop_event = stop_at(where, batch, replay);
	how->jobs = 1;
	how->restore = RESTORE_OFF;
	how->debugger = replay->script;
	/* What gdb prints comes behind. */
	fflush(stdout);
	carry_out(batch, how, once);
	replay_free(once);
	return 0;
}

static unsigned int jobs_for(const struct repro_options *options, unsigned int memory_mb)
{
	unsigned int jobs = runner_jobs(options->jobs, memory_mb);

	return jobs < options->repeat ? jobs : options->repeat;
}

/**
 * repro_command() - carry a reproducer out
 * @batch_options: kernels, modules, scenarios
 * @options: what the user wants
 *
 * Return: exit status.
 */
int repro_command(struct batch_options *batch_options, const struct repro_options *options)
{
	struct replay *replay = replay_create(options->repeat);
	struct runner_options how = { .kernels = batch_options->kernels };
	struct repro repro;
	struct batch batch;
	int status;

	read_line(options->line, &repro);
	make_plan(&batch, batch_options, &repro);
	batch_prepare(&batch, batch_options, prepare_directory(options));
	how.repro = &repro;
	how.memory_mb = repro.memory_mb;
	how.restore = options->restore;
	how.jobs = jobs_for(options, how.memory_mb);
	replay->script = format("%s/script.gdb", batch.runs[0].spec.dir);
	if (!carry_out(&batch, &how, replay))
		fatal("interrupted");
	progress_end();
	status = report(&batch, replay, &repro, options->report);
	if (options->gdb && status != 2)
		status = debug(&batch, &how, replay, options->gdb);
	replay_free(replay);
	repro_free(&repro);
	return status;
}
