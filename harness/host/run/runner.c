// SPDX-License-Identifier: GPL-2.0
/*
 * One poll() loop over all guests. Each slot holds one boot of one run; when it
 * is over, the run either goes on with a new boot in the same slot, or is judged
 * and makes room for the next.
 *
 *	run   |--boot 1--x|--boot 2-----------x|--boot 3--|   x: failure, panic, hang
 *	                 ^ the cycle after the failed one
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "base/util.h"
#include "plan/mode.h"
#include "run/boot.h"
#include "run/runner.h"

#define POLL_MS 200

/*
 * Seconds, of those that it gets of the host, after which a guest without a heartbeat
 * hangs. A phase takes
 * milliseconds, but the guest's own waits (DRAIN_US, PARK_US and SETTLE_US in
 * the guest) must fit in.
 */
#define HANG_SECONDS 30.0

/* A run is starved if it takes so many times as long by the wall clock as it may. */
#define STARVED_TIMES 4

/* What a guest takes of the host beside its own memory, its checkpoint among it, MiB. */
#define GUEST_EXTRA_MB 208

/**
 * struct runner - state of runner_go()
 * @batch: the batch
 * @options: how to carry it out
 * @slots: one boot each
 * @busy: which of @slots are in use
 * @jobs: how many slots
 * @next: runs of the batch before this one have all begun
 * @begun: which runs of the batch have begun
 * @signals: signalfd for SIGINT and SIGTERM
 * @interrupted: the user wants to stop
 */
struct runner {
	struct batch *batch;
	const struct runner_options *options;
	struct boot *slots;
	bool *busy;
	unsigned int jobs;
	size_t next;
	bool *begun;
	int signals;
	bool interrupted;
};

/**
 * runner_jobs() - how many guests at a time
 * @wanted: by the user, 0 for as many as memory and processors allow
 * @memory_mb: memory of each guest, MiB
 */
unsigned int runner_jobs(unsigned int wanted, unsigned int memory_mb)
{
	unsigned int cpus = get_nprocs(), room;
	struct sysinfo info;

	if (sysinfo(&info))
		fatal("sysinfo: %s", strerror(errno));
	room = (info.freeram + info.bufferram) / 1048576 * info.mem_unit /
	       (memory_mb + GUEST_EXTRA_MB);
	if (room < 1)
		room = 1;
	if (wanted)
		return wanted;
	return cpus < room ? cpus : room;
}

static int catch_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		fatal("signalfd: %s", strerror(errno));
	return fd;
}

static bool start_boot(struct runner *runner, unsigned int slot, struct run *run)
{
	const struct kernel *kernel = &runner->options->kernels[run->spec.mode];
	struct guest_config config = {
		.kernel = kernel->dir,
		.memory_mb = runner->options->memory_mb,
		.run = run,
		.debugger = runner->options->debugger,
	};

	affinity_choose(slot, runner->jobs, config.cpus);
	runner->busy[slot] = boot_start(&runner->slots[slot], run, kernel, &config);
	return runner->busy[slot];
}

static bool any_busy(const struct runner *runner)
{
	unsigned int i;

	for (i = 0; i < runner->jobs; i++) {
		if (runner->busy[i])
			return true;
	}
	return false;
}

/* What was starved has the host to itself, once all others are through. */
static struct run *next_repeated(const struct runner *runner)
{
	size_t i;

	for (i = 0; i < runner->batch->nr_runs; i++) {
		struct run *run = &runner->batch->runs[i];

		if (run->repeated && !runner->begun[i])
			return run;
	}
	return NULL;
}

/* The next run of the batch that needs a guest and need not wait for another. */
static struct run *next_run(struct runner *runner)
{
	size_t i;

	for (i = runner->next; i < runner->batch->nr_runs; i++) {
		struct run *run = &runner->batch->runs[i];

		if (run->outcome.verdict != VERDICT_NONE || runner->begun[i])
			runner->next += i == runner->next;
		else if (!run->repeated && run_ready(run))
			return run;
	}
	return any_busy(runner) ? NULL : next_repeated(runner);
}

static void close_run(struct runner *runner, struct run *run)
{
	run_judge(run);
	if (runner->options->observer.run_over)
		runner->options->observer.run_over(run);
	if (!run_worth_repeating(run))
		return;
	run_repeat(run);
	runner->begun[run - runner->batch->runs] = false;
}

/* Its next boot, or its end if there is none to come. */
static void go_on(struct runner *runner, unsigned int slot, struct run *run)
{
	if (run_finished(run) || !start_boot(runner, slot, run))
		close_run(runner, run);
}

static void begin_run(struct runner *runner, unsigned int slot, struct run *run)
{
	runner->begun[run - runner->batch->runs] = true;
	if (mode_of(run)->ops->begin)
		mode_of(run)->ops->begin(run, runner->options);
	go_on(runner, slot, run);
}

static void fill_slots(struct runner *runner)
{
	struct run *run;
	unsigned int i;

	for (i = 0; i < runner->jobs && !runner->interrupted; i++) {
		while (!runner->busy[i] && (run = next_run(runner)))
			begin_run(runner, i, run);
	}
}

static void end_slot(struct runner *runner, unsigned int slot)
{
	struct run *run = runner->slots[slot].run;

	boot_finish(&runner->slots[slot]);
	runner->busy[slot] = false;
	run->outcome.interrupted |= runner->interrupted;
	go_on(runner, slot, run);
}

/* It is called back to where it did not hang, if it can be. */
static void hang(struct boot *boot)
{
	const struct mode_ops *ops = mode_of(boot->run)->ops;

	if (!ops->hangs || !ops->hangs(boot))
		boot_end(boot, ENDED_HANG);
}

static void check_clocks(const struct runner *runner, struct boot *boot)
{
	const struct run *run = boot->run;

	if (runner->options->debugger)
		return;
	if (boot_silence(boot) > HANG_SECONDS)
		hang(boot);
	if (run->tally.got_seconds + boot_got(boot) > run->spec.timeout)
		boot_end(boot, ENDED_TIMEOUT);
	if (run->tally.seconds + now_seconds() - boot->started > run->spec.timeout * STARVED_TIMES)
		boot_end(boot, ENDED_STARVED);
}

static void interrupt(struct runner *runner)
{
	struct signalfd_siginfo info;
	unsigned int i;

	while (read(runner->signals, &info, sizeof(info)) == sizeof(info))
		runner->interrupted = !runner->options->debugger || info.ssi_signo != SIGINT;
	if (!runner->interrupted)
		return;
	for (i = 0; i < runner->jobs; i++) {
		if (runner->busy[i])
			boot_end(&runner->slots[i], ENDED_INTERRUPT);
	}
}

/* Waits until a guest says something, the user does, or it is time to look at clocks. */
static void wait_for_news(struct runner *runner)
{
	struct pollfd fds[BOOT_FDS * runner->jobs + 1];
	unsigned int i, nr = 0;

	fds[nr++] = (struct pollfd){ .fd = runner->signals, .events = POLLIN };
	for (i = 0; i < runner->jobs; i++) {
		if (runner->busy[i])
			nr += boot_fds(&runner->slots[i], &fds[nr]);
	}
	if (poll(fds, nr, POLL_MS) < 0 && errno != EINTR)
		fatal("poll: %s", strerror(errno));
}

static void serve_slot(struct runner *runner, unsigned int slot)
{
	struct boot *boot = &runner->slots[slot];
	const struct mode_ops *ops = mode_of(boot->run)->ops;

	boot_read_channel(boot);
	boot_read_console(boot);
	if (ops->serve)
		ops->serve(boot);
	check_clocks(runner, boot);
	if (boot_over(boot))
		end_slot(runner, slot);
}

static void loop(struct runner *runner)
{
	unsigned int i;

	fill_slots(runner);
	while (any_busy(runner)) {
		wait_for_news(runner);
		interrupt(runner);
		for (i = 0; i < runner->jobs; i++) {
			if (runner->busy[i])
				serve_slot(runner, i);
		}
		fill_slots(runner);
		if (runner->options->observer.news)
			runner->options->observer.news(runner->slots, runner->busy, runner->jobs);
	}
}

/* Runs that never began because the user stopped. */
static void close_unstarted(struct runner *runner)
{
	size_t i;

	for (i = 0; i < runner->batch->nr_runs; i++) {
		struct run *run = &runner->batch->runs[i];

		if (run->outcome.verdict != VERDICT_NONE)
			continue;
		run->outcome.interrupted = true;
		run_judge(run);
	}
}

/**
 * runner_go() - carry out a batch
 * @batch: prepared by batch_prepare(); runs that have a verdict already are left
 *	alone, all others have one afterwards
 * @options: how
 *
 * Return: false if the user stopped it.
 */
bool runner_go(struct batch *batch, const struct runner_options *options)
{
	struct runner runner = {
		.batch = batch,
		.options = options,
		.jobs = runner_jobs(options->jobs, options->memory_mb),
		.signals = catch_signals(),
	};

	guest_preflight();
	runner.slots = allocate(runner.jobs * sizeof(*runner.slots));
	runner.busy = allocate(runner.jobs * sizeof(*runner.busy));
	runner.begun = allocate(batch->nr_runs * sizeof(*runner.begun));
	loop(&runner);
	if (options->observer.over)
		options->observer.over();
	close_unstarted(&runner);
	free(runner.slots);
	free(runner.busy);
	free(runner.begun);
	close(runner.signals);
	return !runner.interrupted;
}

/**
 * runner_release() - let go of what runs hold while more may be asked of them
 * @batch: a batch that runner_go() will not be given any more
 */
void runner_release(struct batch *batch)
{
	size_t i;

	for (i = 0; i < batch->nr_runs; i++) {
		struct run *run = &batch->runs[i];

		if (mode_of(run)->ops->end)
			mode_of(run)->ops->end(run);
	}
}
