// SPDX-License-Identifier: GPL-2.0
/*
 * modrace: races module unloading against traffic in User-Mode Linux guests.
 *
 *	modrace run [options]		carry out scenarios and judge them
 *	modrace repro [options]		carry out one reproducer
 *	modrace gate [options]		compare with a baseline, for as long as it takes
 *	modrace baseline [options]	make that baseline
 *	modrace decode FILE		decode a stored console log
 *	modrace --list-traffic		name the kinds of traffic and their keys
 *
 * `make run-scenarios`, `make gate` and `make baseline` build what is needed and call
 * these.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diagnosis.h"
#include "gate.h"
#include "plan.h"
#include "progress.h"
#include "repro_command.h"
#include "results.h"
#include "runner.h"
#include "util.h"

#define DEFAULT_MEMORY_MB 256
#define DEFAULT_BUDGET_S  900

/**
 * struct settings - everything the command line of `modrace run` can say
 * @plan: what to run
 * @jobs: guests at a time, 0 for the default
 * @memory_mb: memory of each guest
 * @results: where results are kept
 * @resume: go on with the latest results
 * @repro: what `modrace repro` has options of its own for
 * @baseline: the baseline's file
 * @budget: seconds after which the gate asks for no more trials
 * @explain: say which rule made each verdict
 * @report: program that makes the report of a directory of results, or NULL
 */
struct settings {
	struct plan_options plan;
	unsigned int jobs;
	unsigned int memory_mb;
	const char *results;
	bool resume;
	struct repro_options repro;
	const char *baseline;
	unsigned int budget;
	bool explain;
	const char *report;
};

enum option_id {
	OPT_KERNEL = 256,
	OPT_MODULES,
	OPT_INIT,
	OPT_SCENARIOS,
	OPT_ONLY,
	OPT_MODE,
	OPT_CYCLES,
	OPT_SCHEDULES,
	OPT_STRATEGY,
	OPT_SEED,
	OPT_FAILURES,
	OPT_JOBS,
	OPT_MEMORY,
	OPT_RESULTS,
	OPT_RESUME,
	OPT_LINE,
	OPT_REPEAT,
	OPT_GDB,
	OPT_BASELINE,
	OPT_BUDGET,
	OPT_EXPLAIN,
	OPT_REPORT,
};

static const struct option options[] = {
	{ "kernel", required_argument, NULL, OPT_KERNEL },
	{ "modules", required_argument, NULL, OPT_MODULES },
	{ "init", required_argument, NULL, OPT_INIT },
	{ "scenarios", required_argument, NULL, OPT_SCENARIOS },
	{ "only", required_argument, NULL, OPT_ONLY },
	{ "mode", required_argument, NULL, OPT_MODE },
	{ "cycles", required_argument, NULL, OPT_CYCLES },
	{ "schedules", required_argument, NULL, OPT_SCHEDULES },
	{ "strategy", required_argument, NULL, OPT_STRATEGY },
	{ "seed", required_argument, NULL, OPT_SEED },
	{ "failures", required_argument, NULL, OPT_FAILURES },
	{ "jobs", required_argument, NULL, OPT_JOBS },
	{ "memory", required_argument, NULL, OPT_MEMORY },
	{ "results", required_argument, NULL, OPT_RESULTS },
	{ "resume", no_argument, NULL, OPT_RESUME },
	{ "line", required_argument, NULL, OPT_LINE },
	{ "repeat", required_argument, NULL, OPT_REPEAT },
	{ "gdb", required_argument, NULL, OPT_GDB },
	{ "baseline", required_argument, NULL, OPT_BASELINE },
	{ "budget", required_argument, NULL, OPT_BUDGET },
	{ "explain", no_argument, NULL, OPT_EXPLAIN },
	{ "report", required_argument, NULL, OPT_REPORT },
	{ 0 },
};

static const char usage[] =
	"usage: modrace run --kernel MODE=DIR --modules MODE=DIR --init FILE --scenarios DIR\n"
	"                   --results DIR [--only PATTERN] [--mode MODE] [--cycles N]\n"
	"                   [--schedules N] [--strategy NAME] [--seed N] [--failures N] [--jobs N]\n"
	"                   [--memory MIB] [--resume] [--report PROGRAM]\n"
	"       modrace repro --kernel explore=DIR --modules explore=DIR --init FILE\n"
	"                   --scenarios DIR --results DIR --line LINE|@FILE [--repeat N]\n"
	"                   [--jobs N] [--gdb switch|failure]\n"
	"       modrace gate --baseline FILE [--budget SECONDS] [--explain] [options of run]\n"
	"       modrace baseline --baseline FILE [--budget SECONDS] [options of run]\n"
	"       modrace decode FILE\n"
	"       modrace --list-traffic\n";

static int parse_mode(const char *what, const char *name)
{
	int mode = run_mode_parse(name);

	if (mode < 0)
		fatal("%s=%s: neither stress nor explore", what, name);
	return mode;
}

static const struct strategy *parse_strategy(const char *name)
{
	const struct strategy *strategy = strategy_find(name);
	size_t i;

	if (strategy && strategy->turns)
		return strategy;
	fprintf(stderr, "modrace: STRATEGY=%s: is none of", name);
	for (i = 0; i < nr_strategies; i++)
		fprintf(stderr, " %s", strategies[i]->name);
	fputc('\n', stderr);
	exit(2);
}

/* Splits "stress=/dir" and hands the kernel of that mode and the directory to @use. */
static void kernel_argument(struct settings *s, const char *what, char *argument,
			    void (*use)(struct kernel *kernel, const char *dir))
{
	char *equals = strchr(argument, '=');

	if (!equals)
		fatal("--%s %s: not of the form MODE=DIR", what, argument);
	*equals = '\0';
	use(&s->plan.kernels[parse_mode(what, argument)], equals + 1);
}

static void parse_option(struct settings *s, int id, char *argument)
{
	switch (id) {
	case OPT_KERNEL:
		kernel_argument(s, "kernel", argument, kernel_load);
		break;
	case OPT_MODULES:
		kernel_argument(s, "modules", argument, kernel_add_modules);
		break;
	case OPT_INIT:
		s->plan.init = argument;
		break;
	case OPT_SCENARIOS:
		s->plan.dirs = grow(s->plan.dirs, s->plan.nr_dirs, sizeof(char *));
		s->plan.dirs[s->plan.nr_dirs++] = argument;
		break;
	case OPT_ONLY:
		s->plan.only = argument;
		break;
	case OPT_MODE:
		s->plan.modes = 1u << parse_mode("MODE", argument);
		break;
	case OPT_CYCLES:
		s->plan.cycles = parse_number("CYCLES", argument, 1, 10000000);
		break;
	case OPT_SCHEDULES:
		s->plan.schedules = parse_number("SCHEDULES", argument, 1, 10000000);
		break;
	case OPT_STRATEGY:
		s->plan.strategy = parse_strategy(argument);
		break;
	case OPT_SEED:
		s->plan.seed = parse_number("SEED", argument, 0, INT64_MAX);
		break;
	case OPT_FAILURES:
		s->plan.max_failures = parse_number("FAILURES", argument, 1, MAX_FAILURES);
		break;
	case OPT_JOBS:
		s->jobs = parse_number("JOBS", argument, 1, 1024);
		break;
	case OPT_MEMORY:
		s->memory_mb = parse_number("MEMORY", argument, 64, 65536);
		break;
	case OPT_RESULTS:
		s->results = argument;
		break;
	case OPT_RESUME:
		s->resume = true;
		break;
	case OPT_LINE:
		s->repro.line = argument;
		break;
	case OPT_REPEAT:
		s->repro.repeat = parse_number("REPEAT", argument, 1, 1000000);
		break;
	case OPT_GDB:
		s->repro.gdb = argument;
		break;
	case OPT_BASELINE:
		s->baseline = argument;
		break;
	case OPT_BUDGET:
		s->budget = parse_number("GATE_BUDGET", argument, 1, 1000000);
		break;
	case OPT_EXPLAIN:
		s->explain = true;
		break;
	case OPT_REPORT:
		s->report = argument;
		break;
	default:
		fputs(usage, stderr);
		exit(2);
	}
}

static void require(const void *given, const char *option)
{
	if (!given)
		fatal("%s is missing; `make run-scenarios` passes it", option);
}

static void parse_options(struct settings *s, int argc, char **argv)
{
	int id, mode;

	while ((id = getopt_long(argc, argv, "", options, NULL)) >= 0)
		parse_option(s, id, optarg);
	if (optind < argc)
		fatal("%s: unexpected argument", argv[optind]);

	require(s->plan.init, "--init");
	require(s->plan.dirs, "--scenarios");
	require(s->results, "--results");
	for (mode = 0; mode < NR_MODES; mode++) {
		if (!(s->plan.modes & (1u << mode)))
			continue;
		require(s->plan.kernels[mode].dir, "--kernel");
		require(s->plan.kernels[mode].module_dirs, "--modules");
	}
}

static const struct settings default_settings = {
	.plan = { .modes = (1u << NR_MODES) - 1, .seed = 1 },
	.memory_mb = DEFAULT_MEMORY_MB,
	.budget = DEFAULT_BUDGET_S,
};

/* A report that cannot be made says so itself, and changes no verdict. */
static void make_report(const struct settings *s, const char *dir)
{
	const char *const argv[] = { s->report, dir, NULL };

	if (s->report)
		run_program(argv);
}

static int command_run(int argc, char **argv)
{
	struct settings s = default_settings;
	struct runner_options how;
	struct plan plan;
	bool through;
	char *dir;
	int status;

	parse_options(&s, argc, argv);
	plan_make(&plan, &s.plan);
	dir = s.resume ? results_resume(s.results) : results_create(s.results);
	plan_prepare(&plan, &s.plan, dir);
	if (s.resume)
		results_read_runs(&plan);

	how = (struct runner_options){
		.jobs = s.jobs,
		.memory_mb = s.memory_mb,
		.kernels = s.plan.kernels,
	};
	progress_begin(plan.runs, plan.nr_runs);
	through = runner_go(&plan, &how);
	status = through ? verdicts_exit_status(plan.runs, plan.nr_runs) : 2;
	results_write(&plan, s.plan.kernels, dir, status);
	progress_summary(plan.runs, plan.nr_runs, dir);
	make_report(&s, dir);
	if (!through)
		fatal("interrupted; `make run-scenarios RESUME=1` goes on with what is missing");
	return status;
}

static int command_repro(int argc, char **argv)
{
	struct settings s = { .plan = { .modes = 1u << MODE_EXPLORE }, .repro = { .repeat = 1 } };

	parse_options(&s, argc, argv);
	require(s.repro.line, "--line");
	s.repro.jobs = s.jobs;
	s.repro.results = s.results;
	return repro_command(&s.plan, &s.repro);
}

static void gate_init(struct gate *gate, struct settings *s, struct plan *plan, unsigned int hits)
{
	*gate = (struct gate){
		.plan = plan,
		.kernels = s->plan.kernels,
		.how = { s->jobs, s->memory_mb, s->plan.kernels },
		.only = s->plan.only,
		.modes = s->plan.modes,
		.strategy = s->plan.strategy,
		.hits = hits,
		.budget = s->budget,
	};
}

/* Runs what the gate or the baseline needs, and writes the results of it. */
static int sample(struct gate *gate, const char *dir)
{
	bool through;
	int status;

	gate_pair(gate);
	progress_begin(gate->plan->runs, gate->plan->nr_runs);
	through = gate_sample(gate);
	status = through ? gate_exit_status(gate) : 2;
	results_write(gate->plan, gate->kernels, dir, status);
	if (!through)
		fatal("interrupted; nothing was judged, the results so far are in %s", dir);
	return status;
}

static int command_gate(int argc, char **argv)
{
	struct settings s = default_settings;
	struct gate gate;
	struct plan plan;
	int status;
	char *dir;

	parse_options(&s, argc, argv);
	require(s.baseline, "--baseline");
	plan_make(&plan, &s.plan);
	gate_init(&gate, &s, &plan, GATE_FEW_HITS);
	baseline_read(&gate.baseline, s.baseline);
	dir = results_create(s.results);
	plan_prepare(&plan, &s.plan, dir);
	status = sample(&gate, dir);
	gate_list_changes(&gate);
	gate_print(&gate, s.explain);
	gate_write(&gate, dir, status);
	make_report(&s, dir);
	printf("results in %s\n", dir);
	return status;
}

/* What cannot be judged makes no baseline; a known failure does, to be reviewed. */
static int command_baseline(int argc, char **argv)
{
	struct settings s = default_settings;
	struct gate gate;
	struct plan plan;
	char *dir;

	parse_options(&s, argc, argv);
	require(s.baseline, "--baseline");
	plan_make(&plan, &s.plan);
	gate_init(&gate, &s, &plan, GATE_HITS);
	dir = results_create(s.results);
	plan_prepare(&plan, &s.plan, dir);
	sample(&gate, dir);
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

static int command_list_traffic(int argc, char **argv)
{
	const struct traffic_key *key;
	size_t i;

	(void)argc;
	(void)argv;
	for (i = 0; i < nr_traffic_types; i++) {
		printf("%s: %s\n", traffic_types[i].name, traffic_types[i].help);
		for (key = traffic_types[i].keys; key->name; key++)
			printf("    %-10s %s%s%s\n", key->name, key->help,
			       key->def ? "; default " : "; required", key->def ? key->def : "");
	}
	return 0;
}

static const struct command {
	const char *name;
	int (*main)(int argc, char **argv);
} commands[] = {
	{ "run", command_run },
	{ "repro", command_repro },
	{ "gate", command_gate },
	{ "baseline", command_baseline },
	{ "decode", command_decode },
	{ "--list-traffic", command_list_traffic },
};

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
