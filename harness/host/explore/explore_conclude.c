// SPDX-License-Identifier: GPL-2.0
/*
 * The outcome of the work-up: the reproducer's line, what it is worth, and the
 * timeline of the failing cycle.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json_file.h"
#include "base/util.h"
#include "explore/explore_internal.h"
#include "plan/identity.h"
#include "plan/kernel.h"
#include "schedule/site.h"
#include "story/timeline_json.h"

static bool put_schedule(struct symbols *syms, const struct explore_shm *shm,
			 const struct schedule *schedule, struct repro_cycle *cycle)
{
	size_t i;

	cycle->frame = *schedule;
	cycle->texts = allocate((schedule->nr + 1) * sizeof(*cycle->texts));
	cycle->nr = schedule->nr;
	for (i = 0; i < schedule->nr; i++) {
		if (!decision_to_text(syms, shm, &schedule->decisions[i], &cycle->texts[i]))
			return false;
	}
	return true;
}

static bool fill_in(const struct explore *e, struct repro *repro)
{
	struct run *run = e->run;
	char *error;

	memset(repro, 0, sizeof(*repro));
	snprintf(repro->scenario, sizeof(repro->scenario), "%s", run->spec.scenario->name);
	snprintf(repro->variant, sizeof(repro->variant), "%s", run->spec.variant->name);
	repro->kernel = format("%.*s", IDENTITY_LEN, e->config.kernel->hash);
	repro->modules = modules_identity(run->spec.scenario, run->spec.variant,
					  e->config.kernel->module_dirs, &error);
	if (!repro->modules) {
		run_broken(run, "%s", error);
		free(error);
	}
	repro->memory_mb = e->config.memory_mb;
	repro->seed = run->spec.seed;
	repro->cold = e->finding.cold;
	repro->events = e->replay->first.events;
	repro->hash = e->replay->first.hash;
	repro->nr_cycles = e->workup.needed.nr + 1;
	repro->cycles = allocate(repro->nr_cycles * sizeof(*repro->cycles));
	return repro->modules;
}

/* NULL if something in it has no name. */
static char *reproducer(const struct explore *e, struct symbols *syms,
			const struct explore_shm *shm)
{
	struct repro repro;
	char *line = NULL;
	bool named;
	size_t i;

	named = fill_in(e, &repro);
	for (i = 0; i < e->workup.needed.nr; i++)
		named &= put_schedule(syms, shm, &e->workup.needed.list[i], &repro.cycles[i]);
	if (!e->finding.cold)
		named &= put_schedule(syms, shm, &e->workup.best, &repro.cycles[i]);
	if (named)
		line = repro_format(&repro);
	repro_free(&repro);
	return line;
}

/* The frame that failed: of functions inlined from headers, the one they ended up in. */
static const struct console_frame *failing_frame(const struct console_report *report)
{
	size_t i;

	for (i = 0; i < report->nr_frames; i++) {
		const struct console_frame *frame = &report->frames[i];

		if (frame->stack == CONSOLE_STACK_MAIN && !frame->internal && !frame->inlined)
			return frame;
	}
	return NULL;
}

/* What the failure is about and where it happened, as far as the console says. */
static void read_report(const struct diagnosis *diagnosis, struct timeline_input *input)
{
	const struct console_report *first = diagnosis ? diagnosis->first : NULL;
	const struct console_frame *frame = first ? failing_frame(first) : NULL;

	input->address = first ? first->address : 0;
	if (!frame)
		return;
	snprintf(input->function, sizeof(input->function), "%s", frame->symbol);
	snprintf(input->place, sizeof(input->place), "%s:%u", frame->file, frame->line);
}

static int write_text(const char *path, const struct timeline *timeline,
		      const struct timeline_input *input)
{
	FILE *file = file_begin(path);

	if (file)
		timeline_write_text(file, timeline, input, true);
	return file_commit(file, path);
}

static void write_timeline(struct run *run, const struct timeline *timeline,
			   const struct timeline_input *input)
{
	char *text = format("%s/timeline.txt", run->spec.dir);
	char *json = format("%s/timeline.json", run->spec.dir);
	int err = write_text(text, timeline, input);

	if (!err)
		err = json_write(timeline_json(timeline, input, run->explored.reproducer), json);
	if (err)
		run_broken(run, "%s, timeline.json: cannot write: %s", text, strerror(-err));
	free(json);
	free(text);
}

static char *story(const struct timeline *timeline, const struct timeline_input *input)
{
	char *text;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		fatal("out of memory");
	timeline_write_text(stream, timeline, input, false);
	if (fclose(stream))
		fatal("out of memory");
	return text;
}

/**
 * explore_draw() - draw the timeline of the cycle that has just ended the boot
 * @e: the run's course; @e->replay holds the cycle's events
 * @view: the guest
 * @title: what failed
 */
void explore_draw(struct explore *e, const struct explore_view *view, const char *title)
{
	struct timeline_input input = {
		.events = e->replay->trace,
		.nr = e->replay->nr_trace,
		.first = e->replay->first.events - e->replay->nr_trace,
		.shm = view->shm,
		.syms = explore_symbols(e, view),
		.title = title,
		.after = view->said->phase != PHASE_UNLOAD,
	};
	struct timeline timeline;

	read_report(view->diagnosis, &input);
	timeline_make(&timeline, &input);
	write_timeline(e->run, &timeline, &input);
	e->run->explored.switch_event = timeline.switch_event;
	free(e->run->explored.story);
	e->run->explored.story = story(&timeline, &input);
	free(e->run->explored.decisive);
	e->run->explored.decisive = format("%s", timeline.decisive);
	e->run->explored.timeline = true;
	timeline_free(&timeline);
}

/* Sets down what a proven finding amounts to, while the guest that failed last is at hand. */
static enum course conclude(struct explore *e, const struct explore_view *view)
{
	struct explored *explored = &e->run->explored;

	explored->decisions = e->finding.cold ? 0 : schedule_size(&e->workup.best);
	explored->before = e->workup.needed.nr;
	explored->replays = e->replay->done;
	explored->identical = e->replay->identical;
	explored->events = e->replay->first.events;
	explored->hash = e->replay->first.hash;
	explored->reproducer = reproducer(e, explore_symbols(e, view), view->shm);
	explore_draw(e, view, e->finding.title);
	return COURSE_DONE;
}

const struct stage conclude_stage = { .begin = conclude };
