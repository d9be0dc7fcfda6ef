// SPDX-License-Identifier: GPL-2.0
/*
 * Listening to a guest, and making failures of what it said; see boot.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "decode/diagnosis.h"
#include "plan/mode.h"
#include "run/boot.h"

/* A guest that prints more than this is ended; what it said first counts. */
#define CONSOLE_MAX (32u << 20)

/* Silence is the rule for less than so many seconds. */
#define SILENCE_NOTED 5.0

/* Guests that end for no visible reason are tried again, this often at most. */
#define MAX_UNEXPLAINED 3

static int open_log(struct run *run, const char *name)
{
	char *path = format("%s/%s", run->spec.dir, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);

	if (fd < 0)
		run_broken(run, "%s: cannot open: %s", path, strerror(errno));
	free(path);
	return fd;
}

static void cannot_keep(struct run *run, const char *name)
{
	run_broken(run, "%s/%s: cannot write: %s", run->spec.dir, name, strerror(errno));
}

/* Opens a log of the run, at its end, where it says which boot follows; -1 without one. */
static int begin_log(struct run *run, const char *name)
{
	int fd = open_log(run, name);
	char *banner;

	if (fd < 0)
		return -1;
	banner = format("--- boot %u from cycle %" PRIu64 "\n", run->tally.boots,
			run->tally.next_cycle);
	if (!write_all(fd, banner, strlen(banner))) {
		cannot_keep(run, name);
		close(fd);
		fd = -1;
	}
	free(banner);
	return fd;
}

static void close_log(int fd)
{
	if (fd >= 0)
		close(fd);
}

static bool begin_logs(struct boot *boot)
{
	boot->console_log = begin_log(boot->run, "console.log");
	boot->channel_log = begin_log(boot->run, "channel.log");
	if (boot->console_log < 0 || boot->channel_log < 0)
		return false;
	boot->said.console_start = lseek(boot->console_log, 0, SEEK_END);
	return true;
}

static bool start_guest(struct boot *boot, const struct guest_config *config)
{
	const struct mode_ops *ops = mode_of(boot->run)->ops;
	int err = ops->boot_begins ? ops->boot_begins(boot) : 0;

	if (err) {
		run_broken(boot->run, "no line to a guest can be made: %s", strerror(-err));
		return false;
	}
	err = guest_start(&boot->guest, config, &boot->link);
	if (err)
		run_broken(boot->run, "a guest cannot be started: %s", strerror(-err));
	return !err;
}

/* Lets go of all that a boot holds. */
static void free_boot(struct boot *boot)
{
	link_close(&boot->link);
	transcript_end(&boot->said);
	close_log(boot->console_log);
	close_log(boot->channel_log);
}

/**
 * boot_start() - boot a guest that goes on with a run
 * @boot: filled in; to be given to boot_finish()
 * @run: the run; its count of boots goes up
 * @kernel: what to boot; outlives the boot
 * @config: how
 *
 * Return: false if that cannot be done, nothing then being left of it; the run says why.
 */
bool boot_start(struct boot *boot, struct run *run, const struct kernel *kernel,
		const struct guest_config *config)
{
	*boot = (struct boot){ .run = run, .kernel = kernel, .link = link_closed };
	transcript_begin(&boot->said, run->tally.next_cycle);
	run->tally.boots++;
	if (!begin_logs(boot) || !start_guest(boot, config)) {
		free_boot(boot);
		return false;
	}
	boot->started = now_seconds();
	pulse_begin(&boot->pulse, boot->guest.warden);
	return true;
}

/**
 * boot_fds() - what to wait for if one wants to hear of a guest
 * @boot: the boot
 * @fds: filled in
 *
 * Return: how many.
 */
unsigned int boot_fds(const struct boot *boot, struct pollfd fds[BOOT_FDS])
{
	unsigned int nr = 0;

	if (!boot->channel_eof)
		fds[nr++] = (struct pollfd){ boot->guest.channel, POLLIN, 0 };
	if (!boot->console_eof)
		fds[nr++] = (struct pollfd){ boot->guest.console, POLLIN, 0 };
	/* Without a line this is no descriptor, and poll() passes it over. */
	if (!boot->console_eof)
		fds[nr++] = (struct pollfd){ boot->link.want, POLLIN, 0 };
	return nr;
}

static void keep(struct boot *boot, int log, const char *name, const void *data, size_t size)
{
	if (write_all(log, data, size))
		return;
	cannot_keep(boot->run, name);
	boot_end(boot, ENDED_BROKEN);
}

/**
 * boot_read_channel() - read what the verdict channel holds
 * @boot: the boot
 */
void boot_read_channel(struct boot *boot)
{
	char data[16384];
	ssize_t n;

	while ((n = read(boot->guest.channel, data, sizeof(data))) > 0) {
		keep(boot, boot->channel_log, "channel.log", data, n);
		if (transcript_add_channel(&boot->said, data, n))
			boot->heard_got = boot->pulse.got;
	}
	if (!n)
		boot->channel_eof = true;
}

static void keep_console(struct boot *boot, const char *data, size_t size)
{
	if (boot->said.console_size + size > CONSOLE_MAX) {
		boot_end(boot, ENDED_FLOOD);
		return;
	}
	keep(boot, boot->console_log, "console.log", data, size);
	transcript_add_console(&boot->said, data, size);
}

/**
 * boot_read_console() - read what the console holds
 * @boot: the boot; its channel is read just behind, so that nothing is put down to an
 *	earlier cycle than its own
 */
void boot_read_console(struct boot *boot)
{
	char data[16384];
	ssize_t n;

	while ((n = read(boot->guest.console, data, sizeof(data))) > 0) {
		boot_read_channel(boot);
		keep_console(boot, data, n);
	}
	if (!n)
		boot->console_eof = true;
}

/**
 * boot_got() - for how long a guest has run, or could have
 * @boot: the boot
 *
 * Return: seconds since it was started, less those in which a busy host did not let it.
 */
double boot_got(struct boot *boot)
{
	return pulse_take(&boot->pulse);
}

/**
 * boot_silence() - how long a guest has said nothing although it could have
 * @boot: the boot
 *
 * Return: seconds as those of boot_got().
 */
double boot_silence(struct boot *boot)
{
	return boot_got(boot) - boot->heard_got;
}

/**
 * boot_end() - end a boot from outside
 * @boot: the boot; it is over when boot_over() says so
 * @why: the reason; the first one given counts
 */
void boot_end(struct boot *boot, enum ending why)
{
	if (boot->ending != ENDED_ITSELF)
		return;
	boot->ending = why;
	guest_kill(&boot->guest);
}

/**
 * boot_over() - has the guest ended, and everything it said been read?
 * @boot: the boot
 */
bool boot_over(const struct boot *boot)
{
	return boot->console_eof && boot->channel_eof;
}

static void unexplained(struct boot *boot)
{
	const struct transcript *said = &boot->said;
	struct run *run = boot->run;
	char *words = transcript_last_line(said);

	if (!said->hello)
		run_broken(run, "the guest did not come up: %s",
			   *words ? words : "it printed nothing");
	else if (++run->tally.unexplained > MAX_UNEXPLAINED)
		run_broken(run,
			   "guests keep ending without a report, last in cycle %" PRIu64
			   ", phase %s",
			   said->counts.cycle, phase_names[said->phase]);
	free(words);
}

static __printf(4, 5) bool failed(struct failure *f, uint64_t cycle, enum phase phase,
				  const char *fmt, ...)
{
	va_list args;

	f->cycle = cycle;
	f->phase = phase;
	va_start(args, fmt);
	vsnprintf(f->title, sizeof(f->title), fmt, args);
	va_end(args);
	return true;
}

static bool console_failed(const struct transcript *said, const struct console_report *report,
			   struct failure *f)
{
	const struct mark *mark = transcript_mark(said, report->offset);

	return failed(f, mark->cycle, mark->phase, "%s", report->title);
}

/* It may have been silent, but not for so long that it hangs. */
static void time_out(struct boot *boot)
{
	struct run_outcome *out = &boot->run->outcome;
	double silence = boot->pulse.got - boot->heard_got;

	out->timed_out = true;
	if (silence >= SILENCE_NOTED)
		snprintf(out->silence, sizeof(out->silence),
			 "no heartbeat for %.0f s, in cycle %" PRIu64
			 ", phase %s: the guest may hang",
			 silence, boot->said.counts.cycle, phase_names[boot->said.phase]);
}

/* What is not the module's fault: that stood first, or what the guest said itself. */
static void note_broken(struct boot *boot, const struct diagnosis *d)
{
	if (d->environment && !d->first)
		run_broken(boot->run, "%s", d->environment->title);
	if (*boot->said.broken)
		run_broken(boot->run, "%s", boot->said.broken);
	if (d->unreadable)
		run_broken(boot->run, "%s: its symbols cannot be read; build it again",
			   d->unreadable);
}

/* It may be the failure that is expected, if only it could be named. */
static bool is_nameless(const struct run *run, const struct diagnosis *d)
{
	return d->unreadable && run->spec.variant->expect == EXPECT_FAIL &&
	       !run_expects(run, d->first->title);
}

/*
 * At most one failure a boot: what comes after the first is often its echo, and
 * all of it is in the decoded report. The same goes for what a guest that has said
 * that it is broken prints while it ends, and for its not ending at all. Returns
 * false if there is no failure, perhaps after a note in the run that says why.
 */
static bool find_failure(struct boot *boot, enum ending ending, const struct diagnosis *d,
			 struct failure *f)
{
	const struct transcript *said = &boot->said;
	struct run *run = boot->run;

	note_broken(boot, d);
	if (d->first)
		return !is_nameless(run, d) && console_failed(said, d->first, f);
	if (d->environment)
		return false;
	if (said->failed)
		return failed(f, said->failure.counts.cycle, said->failure.phase, "%s",
			      said->failure.text);
	if (*run->outcome.broken)
		return false;
	if (ending == ENDED_HANG || ending == ENDED_FLOOD)
		return failed(f, said->counts.cycle, said->phase, "%s in phase %s",
			      ending == ENDED_HANG ? "hang: no heartbeat" : "console flood",
			      phase_names[said->phase]);
	if (ending == ENDED_TIMEOUT)
		time_out(boot);
	else if (ending == ENDED_STARVED)
		run->outcome.starved = true;
	else if (ending == ENDED_ITSELF && !said->done)
		unexplained(boot);
	return false;
}

/* Where the next boot of the run begins: behind the cycle that failed. */
static uint64_t next_cycle(const struct boot *boot, unsigned int failures_before)
{
	const struct run *run = boot->run;

	if (boot->said.done)
		return run->spec.cycles + 1;
	if (run->outcome.nr_failures > failures_before)
		return boot->said.counts.cycle + 1;
	return boot->said.counts.cycle;
}

static void sync_logs(struct boot *boot)
{
	if (fsync(boot->console_log))
		cannot_keep(boot->run, "console.log");
	if (fsync(boot->channel_log))
		cannot_keep(boot->run, "channel.log");
}

/* Waits until nothing of the guest is left, and adds up what it took. */
static void reap(struct boot *boot)
{
	struct run_tally *tally = &boot->run->tally;

	tally->cpu_seconds += guest_reap(&boot->guest);
	tally->seconds += now_seconds() - boot->started;
	tally->got_seconds += boot->pulse.got;
	tally->ran += boot->pulse.ran;
	tally->waited += boot->pulse.waited;
}

/* Nothing is to be said of a guest that went through all it had to. */
static bool worth_writing(const struct boot *boot, enum ending ending, const struct diagnosis *d)
{
	const struct transcript *said = &boot->said;

	return d->nr || said->failed || ending != ENDED_ITSELF || !said->done;
}

/* What the guest said in this turn becomes the run's. */
static void credit(struct boot *boot, enum ending ending)
{
	unsigned int failures = boot->run->outcome.nr_failures;
	const struct mode_ops *ops = mode_of(boot->run)->ops;
	struct run *run = boot->run;
	struct diagnosis d;
	struct failure f;

	diagnose(&d, &boot->said, boot->kernel, run->spec.variant->module);
	if (ops->counts(run)) {
		run->tally.refused += boot->said.counts.refused;
		run_add_totals(run, &boot->said.totals);
		if (worth_writing(boot, ending, &d))
			diagnosis_write(&d, &boot->said, run);
	}
	ops->boot_over(boot, &d, find_failure(boot, ending, &d, &f) ? &f : NULL);
	run->tally.next_cycle = next_cycle(boot, failures);
	diagnosis_free(&d);
}

/**
 * boot_checkpoint() - the guest has taken its checkpoint
 * @boot: the boot; all that the guest has said so far has been read
 */
void boot_checkpoint(struct boot *boot)
{
	boot->kept = boot->said;
}

/**
 * boot_no_checkpoint() - the guest can take none; boots follow where it would go back
 * @boot: the boot
 */
void boot_no_checkpoint(struct boot *boot)
{
	char *line = format("--- boot %u cannot take a checkpoint: %s\n", boot->run->tally.boots,
			    strerror(boot->checkpoint.error));

	keep(boot, boot->console_log, "console.log", line, strlen(line));
	free(line);
}

/**
 * boot_settle() - a turn is over
 * @boot: the boot, which has a checkpoint; all that the guest has said has been read
 * @why: how it ended
 */
void boot_settle(struct boot *boot, enum ending why)
{
	credit(boot, why);
	boot->settled = true;
}

static void log_turn(struct boot *boot, int log, const char *name)
{
	char *line = format("--- boot %u, turn %u\n", boot->run->tally.boots, boot->said.turn + 1);

	keep(boot, log, name, line, strlen(line));
	free(line);
}

/**
 * boot_turn_begins() - the guest is back at its checkpoint
 * @boot: the boot; all that the guest has said has been read
 */
void boot_turn_begins(struct boot *boot)
{
	log_turn(boot, boot->console_log, "console.log");
	log_turn(boot, boot->channel_log, "channel.log");
	transcript_cut(&boot->said, &boot->kept, lseek(boot->console_log, 0, SEEK_END));
	boot->run->tally.turns++;
	boot->heard_got = boot->pulse.got;
	boot->settled = false;
}

/* The guest was on its way back and has not arrived; the next one is booted. */
static void note_lost(struct boot *boot)
{
	char *words = transcript_last_line(&boot->said);
	char *line = format("--- boot %u did not come back to its checkpoint (%s): booting\n",
			    boot->run->tally.boots, *words ? words : "it says nothing");

	keep(boot, boot->console_log, "console.log", line, strlen(line));
	boot->run->tally.lost++;
	free(line);
	free(words);
}

/* Between two turns there is nothing to say of the module, but perhaps of the time. */
static void end_between_turns(struct boot *boot)
{
	if (boot->ending == ENDED_TIMEOUT)
		time_out(boot);
	else if (boot->ending == ENDED_STARVED)
		boot->run->outcome.starved = true;
	else if (boot->ending == ENDED_ITSELF || boot->ending == ENDED_HANG)
		note_lost(boot);
}

/**
 * boot_finish() - reap the guest of a boot that is over and settle its last turn
 * @boot: the boot; everything it holds is freed
 */
void boot_finish(struct boot *boot)
{
	reap(boot);
	sync_logs(boot);
	boot->run->outcome.interrupted |= boot->ending == ENDED_INTERRUPT;
	if (boot->settled)
		end_between_turns(boot);
	else
		credit(boot, boot->ending);
	free_boot(boot);
}
