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

#include "boot.h"
#include "console.h"
#include "diagnosis.h"
#include "explore.h"
#include "util.h"

/* A guest that prints more than this is ended; what it said first counts. */
#define CONSOLE_MAX (32u << 20)

/* Silence is the rule for less than so many seconds. */
#define SILENCE_NOTED 5.0

/* Guests that end for no visible reason are tried again, this often at most. */
#define MAX_UNEXPLAINED 3

static int open_log(struct run *run, const char *name)
{
	char *path = format("%s/%s", run->dir, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);

	if (fd < 0)
		run_broken(run, "%s: cannot open: %s", path, strerror(errno));
	free(path);
	return fd;
}

static void cannot_keep(struct run *run, const char *name)
{
	run_broken(run, "%s/%s: cannot write: %s", run->dir, name, strerror(errno));
}

/* Opens a log of the run, at its end, where it says which boot follows; -1 without one. */
static int begin_log(struct run *run, const char *name)
{
	int fd = open_log(run, name);
	char *banner;

	if (fd < 0)
		return -1;
	banner = format("--- boot %u from cycle %" PRIu64 "\n", run->boots, run->next_cycle);
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
	boot->console_start = lseek(boot->console_log, 0, SEEK_END);
	return true;
}

static bool start_guest(struct boot *boot, const struct guest_config *config)
{
	struct run *run = boot->run;
	int err = run->explore ? explore_boot_begin(run->explore, boot) : 0;

	if (err) {
		run_broken(run, "no line to a guest can be made: %s", strerror(-err));
		return false;
	}
	err = guest_start(&boot->guest, config, boot->linked ? &boot->link : NULL);
	if (!err)
		return true;
	run_broken(run, "a guest cannot be started: %s", strerror(-err));
	if (boot->linked)
		link_close(&boot->link);
	return false;
}

/**
 * boot_start() - boot a guest that goes on with a run
 * @boot: filled in
 * @run: the run; its count of boots goes up
 * @kernel: what to boot; outlives the boot
 * @config: how
 *
 * Return: false if that cannot be done; the run says why.
 */
bool boot_start(struct boot *boot, struct run *run, const struct kernel *kernel,
		const struct guest_config *config)
{
	memset(boot, 0, sizeof(*boot));
	boot->run = run;
	boot->kernel = kernel;
	boot->counts.cycle = run->next_cycle;
	run->boots++;
	if (!begin_logs(boot) || !start_guest(boot, config)) {
		close_log(boot->console_log);
		close_log(boot->channel_log);
		return false;
	}
	boot->started = now_seconds();
	pulse_begin(&boot->pulse, boot->guest.warden);
	return true;
}

static void note_load(struct boot *boot, const struct wire_record *r)
{
	struct load *load = &boot->loads[boot->nr_loads++ % MAX_LOADS];

	memcpy(load->module, r->name, sizeof(load->module));
	memcpy(load->sections, r->text, sizeof(load->sections));
}

static void note_traffic(struct boot *boot, const struct wire_record *r)
{
	struct traffic_total *t;
	unsigned int i;

	for (i = 0; i < boot->nr_traffic; i++) {
		if (!strcmp(boot->traffic[i].name, r->name))
			break;
	}
	if (i == SCENARIO_MAX_TRAFFIC)
		return;
	if (i == boot->nr_traffic)
		boot->nr_traffic++;
	t = &boot->traffic[i];
	snprintf(t->name, sizeof(t->name), "%s", r->name);
	t->ops = r->ops;
	t->misses = r->misses;
}

/**
 * boot_word() - what the guest has said itself became of it
 * @boot: a boot that is not accounted for yet
 *
 * Return: a failure, or the reason why it could not do its work; NULL if it has said
 * neither.
 */
const char *boot_word(const struct boot *boot)
{
	if (boot->failed)
		return boot->failure.text;
	return *boot->run->broken ? boot->run->broken : NULL;
}

static void note_step(struct boot *boot, const struct wire_record *r)
{
	int step = removal_step_parse(r->name);

	if (step >= 0)
		boot->steps[step] = r->ops;
}

static void handle_record(struct boot *boot, const struct wire_record *r)
{
	switch (r->kind) {
	case WIRE_HELLO:
		boot->hello = r->abi == WIRE_ABI;
		break;
	case WIRE_BEAT:
		boot->phase = r->phase;
		boot->counts = r->counts;
		break;
	case WIRE_SECTIONS:
		note_load(boot, r);
		break;
	case WIRE_FAILURE:
		if (boot_word(boot))
			break;
		boot->failure = *r;
		boot->failed = true;
		break;
	case WIRE_TRAFFIC:
		note_traffic(boot, r);
		break;
	case WIRE_STEP:
		note_step(boot, r);
		break;
	case WIRE_SWEEP:
		memcpy(boot->sweep, r->bucket, sizeof(boot->sweep));
		break;
	case WIRE_BROKEN:
		if (!boot_word(boot))
			snprintf(boot->run->broken, sizeof(boot->run->broken), "%.*s",
				 REASON_LEN - 1, r->text);
		break;
	case WIRE_LOOK:
		/* channel.log has it, which is where race_look.c reads it. */
		break;
	case WIRE_DONE:
		boot->done = true;
		boot->counts = r->counts;
		break;
	}
}

/* Takes channel bytes apart into lines; whatever is no record is passed over. */
static void handle_bytes(struct boot *boot, const char *data, size_t size)
{
	struct wire_record r;

	for (; size; size--, data++) {
		if (boot->line_size >= WIRE_LINE_MAX - 1)
			boot->line_size = 0;
		boot->line[boot->line_size++] = *data;
		if (*data != '\n')
			continue;
		boot->line[boot->line_size] = '\0';
		if (!wire_decode(boot->line, &r)) {
			boot->heard_got = boot->pulse.got;
			handle_record(boot, &r);
		}
		boot->line_size = 0;
	}
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
		handle_bytes(boot, data, n);
	}
	if (!n)
		boot->channel_eof = true;
}

static void note_mark(struct boot *boot)
{
	struct mark *last = boot->nr_marks ? &boot->marks[boot->nr_marks - 1] : NULL;

	if (last && last->cycle == boot->counts.cycle && last->phase == boot->phase)
		return;
	boot->marks = grow(boot->marks, boot->nr_marks, sizeof(*boot->marks));
	boot->marks[boot->nr_marks++] = (struct mark){
		.offset = boot->console_size,
		.cycle = boot->counts.cycle,
		.phase = boot->phase,
	};
}

static void keep_console(struct boot *boot, const char *data, size_t size)
{
	if (boot->console_size + size > CONSOLE_MAX) {
		boot_end(boot, ENDED_FLOOD);
		return;
	}
	note_mark(boot);
	keep(boot, boot->console_log, "console.log", data, size);
	boot->console = realloc(boot->console, boot->console_size + size);
	if (!boot->console)
		fatal("out of memory");
	memcpy(boot->console + boot->console_size, data, size);
	boot->console_size += size;
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

static const struct mark *mark_at(const struct boot *boot, size_t offset)
{
	size_t i;

	for (i = boot->nr_marks; i > 1; i--) {
		if (boot->marks[i - 1].offset <= offset)
			return &boot->marks[i - 1];
	}
	return &boot->marks[0];
}

/* The last line the guest printed, for a guest that said nothing else. */
static char *last_words(const struct boot *boot)
{
	size_t end = boot->console_size, start;

	while (end && (boot->console[end - 1] == '\n' || boot->console[end - 1] == '\r'))
		end--;
	for (start = end; start && boot->console[start - 1] != '\n'; start--)
		;
	return format("%.*s", (int)(end - start), boot->console + start);
}

static void unexplained(struct boot *boot)
{
	struct run *run = boot->run;
	char *words = last_words(boot);

	if (!boot->hello)
		snprintf(run->broken, sizeof(run->broken), "the guest did not come up: %s",
			 *words ? words : "it printed nothing");
	else if (++run->unexplained > MAX_UNEXPLAINED)
		snprintf(run->broken, sizeof(run->broken),
			 "guests keep ending without a report, last in cycle %" PRIu64 ", phase %s",
			 boot->counts.cycle, phase_names[boot->phase]);
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

static bool console_failed(const struct boot *boot, const struct console_report *report,
			   struct failure *f)
{
	const struct mark *mark = mark_at(boot, report->offset);

	return failed(f, mark->cycle, mark->phase, "%s", report->title);
}

/* It may have been silent, but not for so long that it hangs. */
static void time_out(struct boot *boot)
{
	double silence = boot->pulse.got - boot->heard_got;

	boot->run->timed_out = true;
	if (silence >= SILENCE_NOTED)
		snprintf(boot->run->silence, sizeof(boot->run->silence),
			 "no heartbeat for %.0f s, in cycle %" PRIu64
			 ", phase %s: the guest may hang",
			 silence, boot->counts.cycle, phase_names[boot->phase]);
}

/*
 * At most one failure a boot: what comes after the first is often its echo, and
 * all of it is in the decoded report. The same goes for what a guest that has said
 * that it is broken prints while it ends, and for its not ending at all. Returns
 * false if there is no failure, perhaps after a note in the run that says why.
 */
static bool find_failure(struct boot *boot, const struct diagnosis *d, struct failure *f)
{
	struct run *run = boot->run;

	if (d->first)
		return console_failed(boot, d->first, f);
	if (d->environment)
		snprintf(run->broken, sizeof(run->broken), "%s", d->environment->title);
	else if (boot->failed)
		return failed(f, boot->failure.counts.cycle, boot->failure.phase, "%s",
			      boot->failure.text);
	else if (*run->broken)
		return false;
	else if (boot->ending == ENDED_HANG || boot->ending == ENDED_FLOOD)
		return failed(f, boot->counts.cycle, boot->phase, "%s in phase %s",
			      boot->ending == ENDED_HANG ? "hang: no heartbeat" : "console flood",
			      phase_names[boot->phase]);
	else if (boot->ending == ENDED_TIMEOUT)
		time_out(boot);
	else if (boot->ending == ENDED_STARVED)
		run->starved = true;
	else if (boot->ending == ENDED_ITSELF && !boot->done)
		unexplained(boot);
	return false;
}

static void account_for(struct boot *boot, const struct diagnosis *d)
{
	struct run *run = boot->run;
	struct failure f;
	bool found = find_failure(boot, d, &f);

	if (run->explore)
		explore_boot_over(run->explore, boot, found ? &f : NULL);
	else if (found)
		run_add_failure(run, f.cycle, f.phase, f.title);
}

static void add_totals(struct boot *boot)
{
	struct run *run = boot->run;
	unsigned int i;

	if (!run->explore) {
		run->unloads += boot->counts.unloads;
		run->overlaps += boot->counts.overlaps;
	}
	run->refused += boot->counts.refused;
	for (i = 0; i < WIRE_BUCKETS; i++)
		run->sweep[i] += boot->sweep[i];
	for (i = 0; i < NR_STEPS; i++)
		run->steps[i] += boot->steps[i];
	for (i = 0; i < boot->nr_traffic; i++) {
		run->traffic[i].ops += boot->traffic[i].ops;
		run->traffic[i].misses += boot->traffic[i].misses;
		memcpy(run->traffic[i].name, boot->traffic[i].name, WIRE_NAME_LEN);
	}
	if (boot->nr_traffic > run->nr_traffic)
		run->nr_traffic = boot->nr_traffic;
}

/* Where the next boot of the run begins: behind the cycle that failed. */
static uint64_t next_cycle(const struct boot *boot, unsigned int failures_before)
{
	const struct run *run = boot->run;

	if (boot->done)
		return run->cycles + 1;
	if (run->nr_failures > failures_before)
		return boot->counts.cycle + 1;
	return boot->counts.cycle;
}

static void sync_logs(struct boot *boot)
{
	if (fsync(boot->console_log))
		cannot_keep(boot->run, "console.log");
	if (fsync(boot->channel_log))
		cannot_keep(boot->run, "channel.log");
	close(boot->console_log);
	close(boot->channel_log);
}

/**
 * boot_finish() - reap the guest of a boot that is over and credit its run
 * @boot: the boot; everything it holds is freed
 */
void boot_finish(struct boot *boot)
{
	unsigned int failures = boot->run->nr_failures;
	struct run *run = boot->run;
	struct diagnosis d;

	run->cpu_seconds += guest_reap(&boot->guest);
	run->seconds += now_seconds() - boot->started;
	run->got_seconds += boot->pulse.got;
	run->ran += boot->pulse.ran;
	run->waited += boot->pulse.waited;
	sync_logs(boot);
	run->interrupted |= boot->ending == ENDED_INTERRUPT;

	diagnose(&d, boot);
	boot->diagnosis = &d;
	if (!run->explore || explore_searching(run->explore)) {
		add_totals(boot);
		diagnosis_write(&d, boot);
	}
	account_for(boot, &d);
	run->next_cycle = next_cycle(boot, failures);
	boot->diagnosis = NULL;
	diagnosis_free(&d);

	free(boot->console);
	free(boot->marks);
}
