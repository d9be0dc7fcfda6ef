// SPDX-License-Identifier: GPL-2.0
/*
 * modrace: races module unloading against traffic in User-Mode Linux guests.
 *
 *	modrace run [options]		carry out scenarios and judge them
 *	modrace race [options]		race modules that there is no scenario for
 *	modrace repro [options]		carry out one reproducer
 *	modrace gate [options]		compare with a baseline, for as long as it takes
 *	modrace baseline [options]	make that baseline
 *	modrace decode FILE		decode a stored console log
 *	modrace rate HITS TRIALS	what a rate of failures lets one say
 *	modrace --list-traffic		name the kinds of traffic and their keys
 *	modrace --list-classes		name the classes of failures a signature can name
 *
 * `make run-scenarios`, `make gate` and `make baseline` build what is needed and call
 * these.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/stats.h"
#include "base/util.h"
#include "cli/progress.h"
#include "cli/repro_command.h"
#include "decode/diagnosis.h"
#include "decode/symbols.h"
#include "gate/gate.h"
#include "plan/batch.h"
#include "race/race.h"
#include "results/results.h"
#include "run/runner.h"
#include "schedule/repro.h"
#include "strategy/strategy.h"

#define DEFAULT_MEMORY_MB 256
#define DEFAULT_BUDGET_S  900

/* Allowed probability to miss a race in what is called clean. */
#define RATE_MISSED 0.001

/**
 * struct settings - everything the command line of `modrace run` can say
 * @batch: what to run
 * @strategy: chooses the schedules, NULL for the mix
 * @restore: whether guests go back to a checkpoint
 * @jobs: guests at a time, 0 for the default
 * @memory_mb: memory of each guest
 * @results: where results are kept
 * @resume: go on with the latest results
 * @repro: what `modrace repro` has options of its own for
 * @baseline: the baseline's file
 * @budget: seconds after which the gate asks for no more trials
 * @explain: say which rule made each verdict
 * @race_list: directory with the modules to be raced, and the list of them
 * @params: their parameters
 * @race_scenario: scenario to race them by, NULL to have one written
 * @dry: do no more than to write it
 * @report: program that makes the report of a directory of results, or NULL
 */
struct settings {
	struct batch_options batch;
	const struct strategy *strategy;
	enum restore restore;
	unsigned int jobs;
	unsigned int memory_mb;
	const char *results;
	bool resume;
	struct repro_options repro;
	const char *baseline;
	unsigned int budget;
	bool explain;
	const char *race_list;
	const char *params;
	const char *race_scenario;
	bool dry;
	const char *report;
};

static const char usage[] =
	"usage: modrace run --kernel MODE=DIR --modules MODE=DIR --init FILE --scenarios DIR\n"
	"                   --results DIR [--only PATTERN] [--cycles N] [--schedules N]\n"
	"                   [--strategy NAME] [--restore 0|1|verify] [--seed N]\n"
	"                   [--failures N] [--jobs N] [--memory MIB] [--resume] [--report PROGRAM]\n"
	"       modrace race --race-list DIR [--params TEXT] [--scenario FILE] [--dry]\n"
	"                   [options of run]\n"
	"       modrace repro --kernel explore=DIR --modules explore=DIR --init FILE\n"
	"                   --scenarios DIR --results DIR --line LINE|@FILE [--repeat N]\n"
	"                   [--restore 0|1|verify] [--jobs N] [--gdb switch|failure]\n"
	"       modrace gate --baseline FILE [--budget SECONDS] [--explain] [options of run]\n"
	"       modrace baseline --baseline FILE [--budget SECONDS] [options of run]\n"
	"       modrace decode FILE\n"
	"       modrace rate HITS TRIALS [CLEAN]\n"
	"       modrace --list-traffic\n"
	"       modrace --list-classes\n";

/**
 * struct knob - one option of the command line
 * @name: the option, without its dashes
 * @variable: what the user who runs make knows it as
 * @set: takes the argument
 * @offset: of what is set, in struct settings
 * @size: of that, bytes, if it is a number
 * @min: least number
 * @max: greatest number
 */
struct knob {
	const char *name;
	const char *variable;
	void (*set)(struct settings *s, const struct knob *knob, char *argument);
	size_t offset;
	size_t size;
	uint64_t min;
	uint64_t max;
};

static void *target(struct settings *s, const struct knob *knob)
{
	return (char *)s + knob->offset;
}

static void set_text(struct settings *s, const struct knob *knob, char *argument)
{
	*(const char **)target(s, knob) = argument;
}

static void set_flag(struct settings *s, const struct knob *knob, char *argument)
{
	(void)argument;
	*(bool *)target(s, knob) = true;
}

static void set_number(struct settings *s, const struct knob *knob, char *argument)
{
	uint64_t number = parse_number(knob->variable, argument, knob->min, knob->max);

	if (knob->size == sizeof(uint64_t))
		*(uint64_t *)target(s, knob) = number;
	else
		*(unsigned int *)target(s, knob) = number;
}

static void set_strategy(struct settings *s, const struct knob *knob, char *argument)
{
	size_t i;

	s->strategy = strategy_find(argument);
	if (s->strategy && s->strategy->turns)
		return;
	fprintf(stderr, "modrace: %s=%s: is none of", knob->variable, argument);
	for (i = 0; i < nr_strategies; i++) {
		if (strategies[i]->turns)
			fprintf(stderr, " %s", strategies[i]->name);
	}
	fputc('\n', stderr);
	exit(2);
}

static void set_restore(struct settings *s, const struct knob *knob, char *argument)
{
	static const char *const words[NR_RESTORE] = {
		[RESTORE_ON] = "1",
		[RESTORE_OFF] = "0",
		[RESTORE_VERIFY] = "verify",
	};
	unsigned int i;

	for (i = RESTORE_DEFAULT + 1; i < NR_RESTORE; i++) {
		if (!strcmp(argument, words[i])) {
			s->restore = i;
			return;
		}
	}
	fatal("%s=%s: is none of 0, 1, verify", knob->variable, argument);
}

static void add_scenarios(struct settings *s, const struct knob *knob, char *argument)
{
	(void)knob;
	s->batch.dirs = grow(s->batch.dirs, s->batch.nr_dirs, sizeof(char *));
	s->batch.dirs[s->batch.nr_dirs++] = argument;
}

/* Splits "stress=/dir"; the kernel of that mode, and the directory in @dir. */
static struct kernel *split_kernel(struct settings *s, const char *what, char *argument,
				   const char **dir)
{
	char *equals = strchr(argument, '=');
	int mode;

	if (!equals)
		fatal("--%s %s: not of the form MODE=DIR", what, argument);
	*equals = '\0';
	*dir = equals + 1;
	mode = run_mode_parse(argument);
	if (mode < 0)
		fatal("--%s %s: none of " RUN_MODE_LIST, what, argument);
	return &s->batch.kernels[mode];
}

static void set_kernel(struct settings *s, const struct knob *knob, char *argument)
{
	const char *dir;
	struct kernel *kernel = split_kernel(s, knob->name, argument, &dir);

	kernel_load(kernel, dir);
	kernel->symbols = symbols_create(kernel->image);
	if (!kernel->symbols)
		fatal("out of memory");
}

static void add_modules(struct settings *s, const struct knob *knob, char *argument)
{
	const char *dir;
	struct kernel *kernel = split_kernel(s, knob->name, argument, &dir);

	kernel_add_modules(kernel, dir);
}

#define AT(member)     .offset = offsetof(struct settings, member)
#define NUMBER(member) .set = set_number, AT(member), .size = sizeof(((struct settings *)0)->member)

/* clang-format off */
static const struct knob knobs[] = {
	{ "kernel", .set = set_kernel },
	{ "modules", .set = add_modules },
	{ "init", .set = set_text, AT(batch.init) },
	{ "scenarios", .set = add_scenarios },
	{ "only", .set = set_text, AT(batch.only) },
	{ "cycles", "CYCLES", NUMBER(batch.cycles), .min = 1, .max = 10000000 },
	{ "schedules", "SCHEDULES", NUMBER(batch.schedules), .min = 1, .max = 10000000 },
	{ "strategy", "STRATEGY", .set = set_strategy },
	{ "restore", "RESTORE", .set = set_restore },
	{ "seed", "SEED", NUMBER(batch.seed), .max = INT64_MAX },
	{ "failures", "FAILURES", NUMBER(batch.max_failures), .min = 1, .max = MAX_FAILURES },
	{ "jobs", "JOBS", NUMBER(jobs), .min = 1, .max = 1024 },
	{ "memory", "MEMORY", NUMBER(memory_mb), .min = 64, .max = 65536 },
	{ "results", .set = set_text, AT(results) },
	{ "resume", .set = set_flag, AT(resume) },
	{ "line", .set = set_text, AT(repro.line) },
	{ "repeat", "REPEAT", NUMBER(repro.repeat), .min = 1, .max = 1000000 },
	{ "gdb", .set = set_text, AT(repro.gdb) },
	{ "baseline", .set = set_text, AT(baseline) },
	{ "budget", "GATE_BUDGET", NUMBER(budget), .min = 1, .max = 1000000 },
	{ "explain", .set = set_flag, AT(explain) },
	{ "race-list", .set = set_text, AT(race_list) },
	{ "module", .set = set_text, AT(batch.module) },
	{ "kconfig", .set = set_text, AT(batch.kconfig) },
	{ "params", .set = set_text, AT(params) },
	{ "scenario", .set = set_text, AT(race_scenario) },
	{ "dry", .set = set_flag, AT(dry) },
	{ "report", .set = set_text, AT(report) },
};

/* clang-format on */

static void require(const void *given, const char *option)
{
	if (!given)
		fatal("%s is missing; `make run-scenarios` passes it", option);
}

/* What getopt_long() returns for the first knob; below are its own answers. */
#define FIRST_KNOB 256

static void read_command_line(struct settings *s, int argc, char **argv)
{
	struct option options[ARRAY_SIZE(knobs) + 1] = { 0 };
	const struct knob *knob;
	size_t i;
	int id;

	for (i = 0; i < ARRAY_SIZE(knobs); i++) {
		options[i].name = knobs[i].name;
		options[i].has_arg = knobs[i].set == set_flag ? no_argument : required_argument;
		options[i].val = FIRST_KNOB + i;
	}
	while ((id = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		if (id < FIRST_KNOB) {
			fputs(usage, stderr);
			exit(2);
		}
		knob = &knobs[id - FIRST_KNOB];
		knob->set(s, knob, optarg);
	}
	if (optind < argc)
		fatal("%s: unexpected argument", argv[optind]);
}

/* The modes that are run are those there is a kernel for. */
static void choose_modes(struct batch_options *o)
{
	int mode;

	for (mode = 0; mode < NR_MODES; mode++) {
		if (!o->kernels[mode].dir)
			continue;
		require(o->kernels[mode].module_dirs, "--modules");
		o->modes |= 1u << mode;
	}
	if (!o->modes)
		require(NULL, "--kernel");
}

static void parse_options(struct settings *s, int argc, char **argv)
{
	read_command_line(s, argc, argv);
	require(s->batch.init, "--init");
	require(s->batch.dirs, "--scenarios");
	require(s->results, "--results");
	choose_modes(&s->batch);
}

static const struct settings default_settings = {
	.batch = { .seed = 1 },
	.memory_mb = DEFAULT_MEMORY_MB,
	.budget = DEFAULT_BUDGET_S,
	.params = "",
};

/* What is known of a run that has ended is shown, and kept for one that is stopped now. */
static void run_over(struct run *run)
{
	if (!run->outcome.interrupted) {
		results_write_run(run);
		run_judge(run);
	}
	progress_run(run);
}

static struct runner_options how_to_run(const struct settings *s)
{
	return (struct runner_options){
		.jobs = s->jobs,
		.memory_mb = s->memory_mb,
		.kernels = s->batch.kernels,
		.strategy = s->strategy,
		.restore = s->restore,
		.observer = { run_over, progress_live, progress_end },
	};
}

/* Races what is planned; the exit status, of which @status is a part that is known. */
static int carry_out(const struct settings *s, struct batch *batch, const char *dir, int status)
{
	struct runner_options how = how_to_run(s);
	bool through;
	int judged;

	progress_begin(batch->runs, batch->nr_runs);
	through = runner_go(batch, &how);
	judged = through ? verdicts_exit_status(batch->runs, batch->nr_runs) : 2;
	status = judged ? judged : status;
	runner_release(batch);
	results_write(batch, s->batch.kernels, dir, status);
	progress_summary(batch->runs, batch->nr_runs, dir);
	results_draw(s->report, dir);
	if (!through)
		fatal("interrupted; `make run-scenarios RESUME=1` goes on with what is missing");
	return status;
}

static int command_run(int argc, char **argv)
{
	struct settings s = default_settings;
	struct batch batch;
	char *dir;

	parse_options(&s, argc, argv);
	batch_make(&batch, &s.batch);
	dir = s.resume ? results_resume(s.results) : results_create(s.results);
	batch_prepare(&batch, &s.batch, dir);
	if (s.resume)
		results_read_runs(&batch);
	return carry_out(&s, &batch, dir, 0);
}

static void parse_race_options(struct settings *s, int argc, char **argv)
{
	read_command_line(s, argc, argv);
	require(s->batch.init, "--init");
	require(s->race_list, "--race-list");
	require(s->batch.module, "--module");
	require(s->results, "--results");
	choose_modes(&s->batch);
}

/* What cannot be raced has its line and its exit status, whatever comes of the others. */
static int command_race(int argc, char **argv)
{
	struct settings s = default_settings;
	char *dir, *scenarios;
	struct batch batch;
	struct race race;
	size_t refused;
	int status;

	parse_race_options(&s, argc, argv);
	race_list_read(&race, s.race_list, s.params);
	dir = results_create(s.results);
	scenarios = format("%s/race", dir);
	if (s.race_scenario)
		race_take_scenario(s.race_scenario, scenarios);
	else
		race_find_scenarios(&race, &s.batch, s.jobs, s.memory_mb, dir);
	refused = race_refused(&race);
	if (s.dry)
		race_tell_scenarios(&race, scenarios);
	if (s.dry || refused == race.nr_targets)
		return refused || race.nr_left_out ? 2 : 0;
	s.batch.dirs = &scenarios;
	s.batch.nr_dirs = 1;
	batch_make(&batch, &s.batch);
	batch_prepare(&batch, &s.batch, dir);
	status = carry_out(&s, &batch, dir, refused || race.nr_left_out ? 2 : 0);
	if (status == 1)
		printf("make repro and make gdb need MODULE=%s%s%s, too\n", s.batch.module,
		       s.batch.kconfig ? " KCONFIG=" : "", s.batch.kconfig ? s.batch.kconfig : "");
	return status;
}

static int command_repro(int argc, char **argv)
{
	struct settings s = { .repro = { .repeat = 1 } };

	parse_options(&s, argc, argv);
	require(s.repro.line, "--line");
	require(s.batch.kernels[REPRO_MODE].dir, "--kernel explore=DIR");
	s.repro.jobs = s.jobs;
	s.repro.results = s.results;
	s.repro.report = s.report;
	s.repro.restore = s.restore;
	return repro_command(&s.batch, &s.repro);
}

static void gate_init(struct gate *gate, struct settings *s, struct batch *batch, unsigned int hits)
{
	*gate = (struct gate){
		.batch = batch,
		.kernels = s->batch.kernels,
		.how = how_to_run(s),
		.only = s->batch.only,
		.modes = s->batch.modes,
		.hits = hits,
		.budget = s->budget,
	};
}

static void parse_gate_options(struct settings *s, int argc, char **argv)
{
	parse_options(s, argc, argv);
	require(s->baseline, "--baseline");
	if (s->resume)
		fatal("RESUME: rates of one run are compared; leave it out, the gate begins anew");
}

/* What gate and baseline begin with; the gate is ready to be sampled. */
static void batch_gate(struct gate *gate, struct settings *s, struct batch *batch,
		       unsigned int hits, int argc, char **argv)
{
	parse_gate_options(s, argc, argv);
	batch_make(batch, &s->batch);
	gate_init(gate, s, batch, hits);
}

/* Runs what the gate or the baseline needs, and writes the results of it to @dir, made here. */
static int sample(struct gate *gate, const struct settings *s, char **dir)
{
	bool through;
	int status;

	*dir = results_create(s->results);
	batch_prepare(gate->batch, &s->batch, *dir);
	gate_pair(gate);
	progress_begin(gate->batch->runs, gate->batch->nr_runs);
	through = gate_sample(gate);
	status = through ? gate_exit_status(gate) : 2;
	runner_release(gate->batch);
	results_write(gate->batch, gate->kernels, *dir, status);
	if (!through) {
		results_draw(s->report, *dir);
		fatal("interrupted; nothing was judged, the results so far are in %s", *dir);
	}
	return status;
}

static int command_gate(int argc, char **argv)
{
	struct settings s = default_settings;
	struct gate gate;
	struct batch batch;
	int status;
	char *dir;

	batch_gate(&gate, &s, &batch, GATE_FEW_HITS, argc, argv);
	baseline_read(&gate.baseline, s.baseline);
	status = sample(&gate, &s, &dir);
	gate_list_changes(&gate);
	gate_print(&gate, s.explain);
	gate_write(&gate, dir, status);
	results_draw(s.report, dir);
	printf("results in %s\n", dir);
	return status;
}

/* What cannot be judged makes no baseline; a known failure does, to be reviewed. */
static int command_baseline(int argc, char **argv)
{
	struct settings s = default_settings;
	struct gate gate;
	struct batch batch;
	char *dir;

	batch_gate(&gate, &s, &batch, GATE_HITS, argc, argv);
	sample(&gate, &s, &dir);
	results_draw(s.report, dir);
	gate_print(&gate, s.explain);
	if (gate_inconclusive(&gate))
		fatal("%s: not written: see what is INCONCLUSIVE above", s.baseline);
	if (!access(s.baseline, F_OK))
		baseline_read(&gate.baseline, s.baseline);
	gate_record(&gate, s.baseline);
	printf("baseline in %s\n", s.baseline);
	return 0;
}

static int command_decode(int argc, char **argv)
{
	if (argc != 2) {
		fputs(usage, stderr);
		return 2;
	}
	return decode_file(argv[1]);
}

/*
 * What bisecting asks: the least rate that so many failures speak for, how many clean
 * trials make that rate unlikely, and how likely it is in spite of CLEAN ones.
 */
static int command_rate(int argc, char **argv)
{
	uint64_t hits, trials, clean;
	double least;

	if (argc < 3 || argc > 4) {
		fputs(usage, stderr);
		return 2;
	}
	trials = parse_number("TRIALS", argv[2], 1, UINT64_MAX / 2);
	hits = parse_number("HITS", argv[1], 1, trials);
	least = stats_clopper_pearson(hits, trials, 0.95).lower;
	clean = argc < 4 ? stats_trials_needed(least, RATE_MISSED) :
			   parse_number("CLEAN", argv[3], 1, UINT64_MAX / 2);
	printf("{\"least\": %.17g, \"clean\": %" PRIu64 ", \"missed\": %.17g}\n", least, clean,
	       stats_missed(least, clean));
	return 0;
}

static void print_key(const struct traffic_key *key)
{
	const char *const *word;

	printf("    %-10s %s", key->name, key->help);
	if (key->type == TRAFFIC_KEY_NUMBER || key->type == TRAFFIC_KEY_NUMBERS)
		printf("; %lu to %lu", key->min, key->max);
	for (word = key->words; word && *word; word++)
		printf("%s%s", word == key->words ? "; " : ", ", *word);
	if (key->def && *key->def)
		printf("; default %s", key->def);
	puts(key->def ? "" : "; required");
}

static int command_list_traffic(int argc, char **argv)
{
	const struct traffic_key *key;
	size_t i;

	(void)argc;
	(void)argv;
	for (i = 0; i < nr_traffic_kinds; i++) {
		printf("%s: %s\n", traffic_kinds[i]->name, traffic_kinds[i]->help);
		for (key = traffic_kinds[i]->keys; key->name; key++)
			print_key(key);
	}
	return 0;
}

static int command_list_classes(int argc, char **argv)
{
	size_t i;

	(void)argc;
	(void)argv;
	for (i = 0; i < nr_signature_classes; i++)
		printf("class:%s: %s\n    %s\n", signature_classes[i].name,
		       signature_classes[i].help, signature_classes[i].expression);
	return 0;
}

/* clang-format off */
static const struct command {
	const char *name;
	int (*main)(int argc, char **argv);
} commands[] = {
	{ "run", command_run },
	{ "race", command_race },
	{ "repro", command_repro },
	{ "gate", command_gate },
	{ "baseline", command_baseline },
	{ "decode", command_decode },
	{ "rate", command_rate },
	{ "--list-traffic", command_list_traffic },
	{ "--list-classes", command_list_classes },
};

/* clang-format on */

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; argc > 1 && i < ARRAY_SIZE(commands); i++) {
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].main(argc - 1, argv + 1);
	}
	fputs(usage, stderr);
	return 2;
}
