// SPDX-License-Identifier: GPL-2.0
/*
 * PID 1 of a modrace guest: sets the guest up, races one variant of one
 * scenario for a number of cycles, and powers off.
 *
 *	cycle:  load -> settle -> unload (attempts under traffic) -> park -> audit
 *
 * In explore mode the kernel decides who runs between load and audit, remover
 * and traffic alike, until the host wants no more cycles (see explore.h).
 *
 * The scenario file and the modules come in the initramfs; which variant, which
 * cycles and which seed come as arguments behind "--" on the kernel's command
 * line. What is found goes to the verdict channel, never to the console.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actor.h"
#include "audit.h"
#include "channel.h"
#include "explore.h"
#include "look.h"
#include "module.h"
#include "removal.h"
#include "remover.h"
#include "scenario.h"
#include "sections.h"
#include "stuck.h"
#include "sweep.h"
#include "traffic.h"
#include "util.h"

#define CHANNEL_DEVICE "/dev/ttyS0"
#define SCENARIO_FILE  "/scenario.ini"
#define MODULE_DIR     "/modules"

/*
 * Virtual time given to whatever the module left behind, before its address is
 * taken by the next load and stale pointers look good again.
 */
#define LINGER_US 200000

/* How long after a load the files that traffic is about may appear, in virtual time. */
#define TARGETS_US      20000000
#define TARGETS_POLL_US 10000

/* How often, and after how long each time, loading is tried again. */
#define LOAD_TRIES    50
#define LOAD_RETRY_US 20000

/* Totals are sent every so many cycles, so that a death loses few of them. */
#define TOTALS_PERIOD 64

/**
 * struct run - the run this guest was booted for
 * @scenario: parsed from SCENARIO_FILE
 * @variant: the variant raced
 * @mode: how the variant is raced
 * @seed: decides everything that is drawn
 * @first: number of the first cycle
 * @last: number of the last cycle
 * @sections: the module's sections
 * @counts: totals of this boot
 * @steps: the same, by step of the removal
 * @sweep: when to unload
 * @removal: how
 */
static struct run {
	struct scenario scenario;
	const struct variant *variant;
	enum run_mode mode;
	uint64_t seed;
	uint64_t first;
	uint64_t last;
	struct sections sections;
	struct wire_counts counts;
	struct step_counts steps;
	struct sweep sweep;
	struct removal_run removal;
} run;

static const struct mount_point {
	const char *type;
	const char *path;
	bool optional;
} mount_points[] = {
	{ "devtmpfs", "/dev" },
	{ "proc", "/proc" },
	{ "sysfs", "/sys" },
	{ "debugfs", "/sys/kernel/debug" },
	{ "configfs", "/sys/kernel/config", .optional = true },
};

static void mount_all(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(mount_points); i++) {
		const struct mount_point *m = &mount_points[i];

		mkdir(m->path, 0755);
		if (m->optional && access(m->path, F_OK))
			continue;
		if (mount(m->type, m->path, m->type, 0, NULL) && errno != EBUSY)
			guest_broken("mount of %s: %s", m->path, strerror(errno));
	}
}

/* Asking for what is not there would have the kernel run modprobe, which no guest has. */
static void disable_modprobe(void)
{
	int fd = open("/proc/sys/kernel/modprobe", O_WRONLY | O_CLOEXEC);

	guest_check(fd, "open of /proc/sys/kernel/modprobe");
	guest_check(write(fd, "\n", 1), "write to /proc/sys/kernel/modprobe");
	close(fd);
}

static void loopback_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	guest_check(fd, "socket");
	guest_check(ioctl(fd, SIOCSIFFLAGS, &ifr), "SIOCSIFFLAGS of lo");
	close(fd);
}

static const char *argument(int argc, char **argv, const char *name)
{
	size_t len = strlen(name);
	int i;

	for (i = 1; i < argc; i++) {
		if (!strncmp(argv[i], name, len) && argv[i][len] == '=')
			return argv[i] + len + 1;
	}
	guest_broken("no %s= on the command line", name);
}

static void read_arguments(int argc, char **argv)
{
	const char *name = argument(argc, argv, "variant");
	char error[SCENARIO_ERROR_LEN];
	int mode;

	if (scenario_load(SCENARIO_FILE, &run.scenario, error))
		guest_broken("%s", error);
	run.variant = scenario_variant(&run.scenario, name);
	if (!run.variant)
		guest_broken("%s: no variant %s", SCENARIO_FILE, name);
	scenario_name_module(&run.scenario, run.variant->module);
	mode = run_mode_parse(argument(argc, argv, "mode"));
	if (mode < 0)
		guest_broken("no such mode");
	run.mode = mode;
	run.seed = strtoull(argument(argc, argv, "seed"), NULL, 0);
	run.first = strtoull(argument(argc, argv, "first"), NULL, 0);
	run.last = strtoull(argument(argc, argv, "last"), NULL, 0);
}

static int open_module(const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), MODULE_DIR "/%s.ko", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	guest_check(fd, path);
	return fd;
}

static void load_helpers(void)
{
	const struct scenario *s = &run.scenario;
	struct sections helper;
	unsigned int i;
	int fd, err;

	for (i = 0; i < s->nr_helpers; i++) {
		fd = open_module(s->helpers[i]);
		err = module_load(fd, s->helper_params[i]);
		if (err)
			guest_broken("helper module %s: %s", s->helpers[i], strerror(-err));
		sections_init(&helper, s->helpers[i], fd);
		sections_report(&helper);
		close(fd);
	}
}

static void prepare_removal(void)
{
	run.removal = (struct removal_run){
		.module = run.variant->module,
		.params = run.variant->params,
		.fd = open_module(run.variant->module),
		.event_path = run.scenario.event_path,
		.event_write = run.scenario.event_write,
		.how = run.variant->removal,
		.pace = run.mode == MODE_EXPLORE ? PACE_SCHEDULE : PACE_FREE,
		.attempts = run.scenario.attempts,
		.sections = &run.sections,
		.sweep = &run.sweep,
		.counts = &run.counts,
		.steps = &run.steps,
	};
	removal_prepare(&run.removal);
}

static void enter(enum phase phase)
{
	channel_beat(phase, &run.counts);
}

/* Nothing more can be learned from this boot. */
static void __attribute__((noreturn)) end_early(void)
{
	traffic_send_totals();
	guest_power_off();
}

/* A module's files vanish a moment before its name is free. */
static int load_when_free(void)
{
	unsigned int tries;
	int err;

	for (tries = 0; tries < LOAD_TRIES; tries++) {
		err = module_load(run.removal.fd, run.variant->params);
		if (err != -EBUSY && err != -EEXIST)
			break;
		nap_us(LOAD_RETRY_US);
	}
	return err;
}

static void load(void)
{
	int err;

	enter(PHASE_LOAD);
	if (run.scenario.look)
		look_loading();
	err = load_when_free();
	if (!err && run.scenario.look)
		look_loaded(run.variant->module);
	if (!err)
		return;
	/* What could be loaded once can be again, unless something of it is left. */
	if (run.counts.cycle > run.first) {
		audit_load(run.counts.cycle, err);
		end_early();
	}
	guest_broken("module %s with parameters '%s': %s", run.variant->module, run.variant->params,
		     strerror(-err));
}

static void settle(void)
{
	enter(PHASE_SETTLE);
	/* Before anybody can fail in them. */
	sections_report(&run.sections);
	traffic_open(run.scenario.settle);
	if (!traffic_settle())
		guest_broken("traffic %s never reached the module%s", traffic_idle_section(),
			     traffic_idle_refusal());
}

static void unload(void)
{
	if (!removal_go(&run.removal))
		end_early();
}

static void send_steps(void)
{
	struct wire_record r = { .kind = WIRE_STEP };
	unsigned int i;

	for (i = STEP_NONE + 1; i < NR_STEPS; i++) {
		if (!run.steps.done[i])
			continue;
		snprintf(r.name, sizeof(r.name), "%s", removal_step_names[i]);
		r.ops = run.steps.done[i];
		channel_send(&r);
	}
}

static void send_totals(void)
{
	traffic_send_totals();
	send_steps();
	sweep_send(&run.sweep);
}

static void audit(void)
{
	enter(PHASE_AUDIT);
	if (run.scenario.look)
		look_unloaded();
	if (!audit_cycle(run.counts.cycle))
		end_early();
	if (run.counts.cycle % TOTALS_PERIOD == 0)
		send_totals();
}

static void one_cycle(void)
{
	actors_raise();
	load();
	settle();
	unload();
	audit();
}

/* Without a decision everybody goes before the remover, so the module was there. */
static void check_first_cycle(void)
{
	const char *idle = traffic_idle_section();

	if (run.counts.cycle == run.first && *idle)
		guest_broken("traffic %s never reached the module%s", idle, traffic_idle_refusal());
}

/* A bus takes seconds to find a device. They are virtual, so waiting costs nothing. */
static void await_targets(void)
{
	unsigned int waited;

	for (waited = 0; !traffic_has_targets() && waited < TARGETS_US; waited += TARGETS_POLL_US)
		nap_us(TARGETS_POLL_US);
}

/* Reading where the sections are takes a dozen system calls, asking whether they moved one. */
static void report_sections(void)
{
	static unsigned int reported;
	unsigned int moved = explore_moved();

	if (moved != reported)
		sections_report(&run.sections);
	reported = moved;
}

/* The schedule's part of a cycle; false if the host wants no more of them. */
static bool scheduled_unload(void)
{
	int err;

	report_sections();
	actors_raise();
	traffic_open(run.scenario.settle);
	remover_expect(&run.counts);
	enter(PHASE_UNLOAD);
	err = explore_run();
	if (err == -ETIMEDOUT) {
		stuck_report();
		channel_failure(PHASE_UNLOAD, run.counts.cycle, "hang: the cycle does not end");
		end_early();
	}
	if (err)
		return false;
	traffic_check();
	if (!remover_succeeded(&run.counts, &run.steps))
		end_early();
	check_first_cycle();
	return true;
}

static void race_on_schedule(void)
{
	for (run.counts.cycle = run.first; run.counts.cycle <= run.last; run.counts.cycle++) {
		load();
		await_targets();
		if (!scheduled_unload())
			break;
		nap_us(LINGER_US);
		audit();
	}
	run.counts.cycle--;
	/* The module that was loaded for a cycle that the host does not want. */
	if (!removal_of_unused(&run.removal))
		end_early();
	nap_us(LINGER_US);
}

static void race(void)
{
	for (run.counts.cycle = run.first; run.counts.cycle <= run.last; run.counts.cycle++)
		one_cycle();
	run.counts.cycle = run.last;
}

static void finish(void)
{
	struct wire_record done = { .kind = WIRE_DONE };

	audit_end(run.counts.cycle);
	send_totals();
	enter(PHASE_DONE);
	done.counts = run.counts;
	channel_send(&done);
}

int main(int argc, char **argv)
{
	enum traffic_pace pace;

	mount_all();
	channel_open(CHANNEL_DEVICE);
	read_arguments(argc, argv);
	channel_hello(run_mode_names[run.mode]);
	enter(PHASE_BOOT);
	disable_modprobe();
	loopback_up();
	load_helpers();
	prepare_removal();
	pace = run.removal.pace;
	sections_init(&run.sections, run.variant->module, run.removal.fd);
	sweep_init(&run.sweep, run.seed);
	traffic_start(&run.scenario, pace);
	actors_raise();
	if (pace == PACE_SCHEDULE)
		remover_start(&run.removal);
	else
		stuck_watch();
	if (run.scenario.look)
		look_before(run.removal.fd);
	audit_baseline(&run.scenario, run.variant, run.mode);
	if (pace == PACE_SCHEDULE)
		race_on_schedule();
	else
		race();
	finish();
	guest_power_off();
}
