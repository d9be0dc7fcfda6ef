// SPDX-License-Identifier: GPL-2.0
/*
 * The results directory and its JSON files.
 */
#include <errno.h>
#include <glob.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/json_file.h"
#include "base/util.h"
#include "plan/mode.h"
#include "results/results.h"
#include "results/results_ktap.h"

/* What a program that was killed in point_latest() left behind. */
static void remove_stale_links(const char *parent)
{
	char *pattern = format("%s/.latest.*", parent);
	glob_t links;
	size_t i;

	if (!glob(pattern, 0, NULL, &links)) {
		for (i = 0; i < links.gl_pathc; i++) {
			if (kill(atoi(links.gl_pathv[i] + strlen(pattern) - 1), 0))
				unlink(links.gl_pathv[i]);
		}
	}
	globfree(&links);
	free(pattern);
}

static void point_latest(const char *parent, const char *name)
{
	char *link = format("%s/latest", parent);
	char *temporary = format("%s/.latest.%d", parent, getpid());

	remove_stale_links(parent);
	if (symlink(name, temporary) || rename(temporary, link))
		fatal("%s: cannot point it to %s: %s", link, name, strerror(errno));
	free(temporary);
	free(link);
}

/**
 * results_create() - make a directory for new results, and point "latest" to it
 * @parent: where results are kept
 *
 * Return: allocated absolute path of a directory nobody else uses.
 */
char *results_create(const char *parent)
{
	char stamp[32], resolved[PATH_MAX], *path = NULL, *name = NULL;
	time_t now = time(NULL);
	unsigned int i = 0;

	if (!make_directory(parent) || !realpath(parent, resolved))
		fatal("%s: %s", parent, strerror(errno));
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", gmtime(&now));
	do {
		free(name);
		free(path);
		name = i ? format("%s.%u", stamp, i) : format("%s", stamp);
		path = format("%s/%s", resolved, name);
	} while (mkdir(path, 0777) && errno == EEXIST && ++i < 100);

	if (access(path, W_OK))
		fatal("%s: cannot create the directory: %s", path, strerror(errno));
	point_latest(resolved, name);
	free(name);
	return path;
}

/**
 * results_resume() - find the results that "latest" points to
 * @parent: where results are kept
 *
 * Return: allocated absolute path. Ends the program if there are none, or if
 * nothing is missing from them.
 */
char *results_resume(const char *parent)
{
	char *latest = format("%s/latest", parent), *whole;
	char resolved[PATH_MAX];

	if (!realpath(latest, resolved))
		fatal("%s: nothing to resume there: %s", latest, strerror(errno));
	whole = format("%s/results.json", resolved);
	unlink(whole);
	free(whole);
	free(latest);
	return format("%s", resolved);
}

static json_t *failures_json(const struct run *run)
{
	json_t *array = json_array();
	unsigned int i;

	for (i = 0; i < run->outcome.nr_failures; i++) {
		const struct failure *f = &run->outcome.failures[i];

		json_array_append_new(array,
				      json_pack("{sI ss si ss sb}", "cycle", (json_int_t)f->cycle,
						"phase", phase_names[f->phase], "boot", f->boot,
						"title", f->title, "expected", f->expected));
	}
	return array;
}

static json_t *traffic_json(const struct run *run)
{
	json_t *object = json_object();
	unsigned int i;

	for (i = 0; i < run->tally.totals.nr_traffic; i++) {
		const struct traffic_total *t = &run->tally.totals.traffic[i];

		json_object_set_new(object, t->name,
				    json_pack("{sI sI}", "ops", (json_int_t)t->ops, "misses",
					      (json_int_t)t->misses));
	}
	return object;
}

static json_t *steps_json(const struct run *run)
{
	json_t *object = json_object();
	unsigned int i;

	for (i = STEP_NONE + 1; i < NR_STEPS; i++) {
		if (run->tally.totals.steps[i])
			json_object_set_new(object, removal_step_names[i],
					    json_integer(run->tally.totals.steps[i]));
	}
	return object;
}

static json_t *sweep_json(const struct run *run)
{
	json_t *array = json_array();
	unsigned int i;

	for (i = 0; i < WIRE_BUCKETS; i++)
		json_array_append_new(array, json_integer(run->tally.totals.sweep[i]));
	return array;
}

static json_t *text_json(const char *text)
{
	return text ? json_string(text) : json_null();
}

/* What exploring came to, among the members of the run itself. */
static json_t *add_explored(json_t *object, const struct run *run)
{
	const struct explored *x = &run->explored;
	json_t *members;
	char hash[20];

	if (!mode_of(run)->controlled)
		return object;
	snprintf(hash, sizeof(hash), "%016" PRIx64, x->hash);
	members = json_pack("{si si sI sI so sI sI sI sI sb sI sI so sI so so so so}", "ways_back",
			    run->tally.turns, "ways_back_lost", run->tally.lost, "schedules",
			    (json_int_t)x->schedules, "same_schedules", (json_int_t)x->same,
			    "strategy", text_json(x->strategy), "decisions_found",
			    (json_int_t)x->found, "decisions", (json_int_t)x->decisions,
			    "minimise_tests", (json_int_t)x->tests, "cycles_before",
			    (json_int_t)x->before, "confirmed", x->confirmed, "replays",
			    (json_int_t)x->replays, "replays_identical", (json_int_t)x->identical,
			    "reproducer", text_json(x->reproducer), "events", (json_int_t)x->events,
			    "event_hash", text_json(x->reproducer ? hash : NULL), "decisive",
			    text_json(x->decisive), "timeline",
			    text_json(x->timeline ? "timeline.html" : NULL), "search",
			    text_json(x->report));
	json_object_update_new(object, members);
	return object;
}

/* What was run, and what it came to. */
static json_t *judged_json(const struct run *run)
{
	const struct variant *v = run->spec.variant;
	const struct variant *twin = scenario_twin(run->spec.scenario, v, run->spec.mode);

	return json_pack("{ss ss ss ss ss ss ss? ss ss ss}", "scenario", run->spec.scenario->name,
			 "variant", v->name, "mode", run_mode_names[run->spec.mode], "kernel",
			 run->spec.kernel, "expect", v->expect == EXPECT_FAIL ? "fail" : "pass",
			 "signature", v->signature, "twin", twin ? twin->name : NULL, "verdict",
			 verdict_names[run->outcome.verdict], "title", run->outcome.title, "reason",
			 run->outcome.reason);
}

static json_t *tally_json(const struct run *run)
{
	json_t *first = run->outcome.nr_failures ? json_integer(run->outcome.failures[0].cycle) :
						   json_null();

	return json_pack("{sI sI sI sI sI si si so so so so so sf sf sf sI}", "cycles",
			 (json_int_t)run->spec.cycles, "unloads", (json_int_t)run->tally.unloads,
			 "overlaps", (json_int_t)run->tally.overlaps, "refused",
			 (json_int_t)run->tally.refused, "failures",
			 (json_int_t)run->outcome.nr_failures, "boots", run->tally.boots,
			 "unexplained_ends", run->tally.unexplained, "first_failure_cycle", first,
			 "failure_list", failures_json(run), "traffic", traffic_json(run), "steps",
			 steps_json(run), "sweep", sweep_json(run), "seconds", run->tally.seconds,
			 "cpu_seconds", run->tally.cpu_seconds, "processor_share", run_share(run),
			 "seed", (json_int_t)run->spec.seed);
}

static json_t *run_json(const struct run *run)
{
	json_t *object = judged_json(run);

	json_object_update_new(object, tally_json(run));
	return add_explored(object, run);
}

/**
 * results_write_run() - write a run's verdict.json
 * @run: the run, judged; broken if it cannot be written
 */
void results_write_run(struct run *run)
{
	char *path = format("%s/verdict.json", run->spec.dir);
	int err = json_write(run_json(run), path);

	if (err)
		run_broken(run, "%s: cannot write: %s", path, strerror(-err));
	free(path);
}

static enum verdict verdict_parse(const char *name)
{
	int i;

	for (i = 0; name && i < NR_VERDICTS; i++) {
		if (!strcmp(verdict_names[i], name))
			return i;
	}
	return VERDICT_NONE;
}

static void read_failure(struct run *run, json_t *failure)
{
	const char *title, *phase;
	json_int_t cycle;
	int i;

	if (json_unpack(failure, "{sI ss ss}", "cycle", &cycle, "phase", &phase, "title", &title))
		return;
	for (i = 0; i < NR_PHASES; i++) {
		if (!strcmp(phase_names[i], phase))
			run_add_failure(run, cycle, i, title);
	}
}

static char *text_of(json_t *json, const char *name)
{
	const char *text = json_string_value(json_object_get(json, name));

	return text ? format("%s", text) : NULL;
}

static uint64_t number_of(json_t *json, const char *name)
{
	return json_integer_value(json_object_get(json, name));
}

static void read_explored(struct explored *x, json_t *json)
{
	char *hash = text_of(json, "event_hash"), *timeline = text_of(json, "timeline");

	x->schedules = number_of(json, "schedules");
	x->same = number_of(json, "same_schedules");
	x->strategy = text_of(json, "strategy");
	x->found = number_of(json, "decisions_found");
	x->decisions = number_of(json, "decisions");
	x->tests = number_of(json, "minimise_tests");
	x->before = number_of(json, "cycles_before");
	x->confirmed = json_is_true(json_object_get(json, "confirmed"));
	x->replays = number_of(json, "replays");
	x->identical = number_of(json, "replays_identical");
	x->reproducer = text_of(json, "reproducer");
	x->events = number_of(json, "events");
	x->hash = hash ? strtoull(hash, NULL, 16) : 0;
	x->decisive = text_of(json, "decisive");
	x->timeline = timeline;
	x->report = text_of(json, "search");
	free(timeline);
	free(hash);
}

/* The verdict.json that a run of the same kernel, cycles and seed wrote before, or NULL. */
static json_t *load_verdict(const struct run *run)
{
	char *path = format("%s/verdict.json", run->spec.dir);
	json_t *json = json_load_file(path, 0, NULL);
	json_int_t cycles, seed;
	const char *kernel;

	free(path);
	if (json &&
	    !json_unpack(json, "{ss sI sI}", "kernel", &kernel, "cycles", &cycles, "seed", &seed) &&
	    !strcmp(kernel, run->spec.kernel) && (uint64_t)cycles == run->spec.cycles &&
	    (uint64_t)seed == run->spec.seed)
		return json;
	json_decref(json);
	return NULL;
}

static bool was_judged(const struct run *run)
{
	json_t *json = load_verdict(run);

	json_decref(json);
	return json;
}

/*
 * Is a run still to come that has to go through the schedules of @run? Those have
 * gone with the program that was interrupted, so they are searched for again.
 */
static bool is_needed(const struct batch *batch, const struct run *run)
{
	size_t i;

	for (i = 0; i < batch->nr_runs; i++) {
		const struct run *other = &batch->runs[i];

		if (other->spec.after == run && other->outcome.verdict == VERDICT_NONE &&
		    !was_judged(other))
			return true;
	}
	return false;
}

/* Takes a run's outcome from the verdict.json it wrote before; false if it has none. */
static bool read_run(struct run *run)
{
	json_t *json = load_verdict(run), *failure;
	json_int_t unloads, overlaps, refused;
	const char *verdict, *title, *reason;
	size_t i;

	if (!json ||
	    json_unpack(json, "{ss ss ss sI sI sI sf sf si}", "verdict", &verdict, "title", &title,
			"reason", &reason, "unloads", &unloads, "overlaps", &overlaps, "refused",
			&refused, "seconds", &run->tally.seconds, "cpu_seconds",
			&run->tally.cpu_seconds, "boots", &run->tally.boots)) {
		json_decref(json);
		return false;
	}
	run->outcome.verdict = verdict_parse(verdict);
	if (mode_of(run)->controlled)
		read_explored(&run->explored, json);
	run->tally.turns = number_of(json, "ways_back");
	run->tally.lost = number_of(json, "ways_back_lost");
	run->tally.unloads = unloads;
	run->tally.overlaps = overlaps;
	run->tally.refused = refused;
	snprintf(run->outcome.title, sizeof(run->outcome.title), "%s", title);
	snprintf(run->outcome.reason, sizeof(run->outcome.reason), "%s", reason);
	json_array_foreach(json_object_get(json, "failure_list"), i, failure)
		read_failure(run, failure);
	json_decref(json);
	return true;
}

static void remove_leavings(const struct run *run)
{
	static const char *const names[] = { "console.log", "channel.log", "report.txt",
					     "report.json" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		char *path = format("%s/%s", run->spec.dir, names[i]);

		unlink(path);
		free(path);
	}
}

/**
 * results_read_runs() - take over the runs that an interrupted program finished
 * @batch: prepared; runs of the same cycles and seed that could be judged get
 *	their verdict, all others, and those whose schedules others need, are
 *	cleared for a new start
 */
void results_read_runs(struct batch *batch)
{
	size_t i;

	for (i = 0; i < batch->nr_runs; i++) {
		struct run *run = &batch->runs[i];

		if (run->outcome.verdict == VERDICT_NONE &&
		    (is_needed(batch, run) || !read_run(run)))
			remove_leavings(run);
	}
}

static json_t *kernels_json(const struct kernel *kernels)
{
	json_t *object = json_object();
	int mode;

	for (mode = 0; mode < NR_MODES; mode++) {
		if (!kernels[mode].dir)
			continue;
		json_object_set_new(object, run_mode_names[mode],
				    json_pack("{ss ss}", "version", kernels[mode].version, "hash",
					      kernels[mode].hash));
	}
	return object;
}

static json_t *results_json(const struct batch *batch, const struct kernel *kernels,
			    int exit_status)
{
	json_t *runs = json_array();
	size_t i;

	for (i = 0; i < batch->nr_runs; i++)
		json_array_append_new(runs, run_json(&batch->runs[i]));
	return json_pack("{si so ss* ss* si so}", "schema", RESULTS_SCHEMA, "kernel",
			 kernels_json(kernels), "module", batch->module, "kconfig", batch->kconfig,
			 "exit", exit_status, "runs", runs);
}

/**
 * results_write() - write results.json and results.ktap
 * @batch: the batch, all runs judged
 * @kernels: by mode
 * @dir: directory of the results
 * @exit_status: what the program is going to exit with
 */
void results_write(const struct batch *batch, const struct kernel *kernels, const char *dir,
		   int exit_status)
{
	char *json = format("%s/results.json", dir);
	char *ktap = format("%s/results.ktap", dir);

	results_write_ktap(batch, ktap);
	json_write_or_die(results_json(batch, kernels, exit_status), json);
	free(ktap);
	free(json);
}

/**
 * results_draw() - have pages, timelines and JUnit's XML made of results
 * @program: harness/report/report.py, or NULL to do without
 * @dir: directory of the results, or of a run
 *
 * What cannot be drawn the program says itself; it changes no verdict.
 */
void results_draw(const char *program, const char *dir)
{
	const char *const argv[] = { program, dir, NULL };

	if (program)
		run_program(argv);
}
