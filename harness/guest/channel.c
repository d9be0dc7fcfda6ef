// SPDX-License-Identifier: GPL-2.0
/*
 * Sending records to the host, and the one way to give up: a guest that cannot
 * do its work says why on the channel and powers off, so that a harness error
 * is never taken for a kernel that hangs. What it says about itself goes to the
 * kernel's log first, see wire.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/utsname.h>
#include <termios.h>
#include <unistd.h>

#include "channel.h"

/* Of this level, notice, the host lets messages through to the console (loglevel=6). */
#define LOG_LEVEL "<5>"

static int channel_fd = -1;
static int log_fd = -1;
static struct channel_pulse *pulse;

/**
 * channel_open() - open the channel's terminal line and make it transparent
 * @device: the line's device node
 *
 * Called once, before any other function here. Opens the kernel's log, too: later there
 * may be no memory to do so, and who has another user ID may not.
 */
void channel_open(const char *device)
{
	struct termios raw;

	channel_fd = open(device, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	guest_check(channel_fd, "open of the verdict channel");
	guest_check(tcgetattr(channel_fd, &raw), "tcgetattr of the verdict channel");
	cfmakeraw(&raw);
	guest_check(tcsetattr(channel_fd, TCSANOW, &raw), "tcsetattr of the verdict channel");
	log_fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	guest_check(log_fd, "open of the kernel's log");
}

/**
 * channel_send() - send one record
 * @record: the record
 *
 * Records are short and the host reads all the time, so a write never waits
 * for long; one that fails cannot be reported anywhere.
 */
void channel_send(const struct wire_record *record)
{
	char line[WIRE_LINE_MAX];
	int len = wire_encode(record, line);
	int done = 0;

	while (done < len) {
		ssize_t n = write(channel_fd, line + done, len - done);

		if (n < 0 && errno != EINTR)
			return;
		if (n > 0)
			done += n;
	}
}

/**
 * channel_hello() - tell the host that the guest is up
 * @mode: name of the run's mode
 */
void channel_hello(const char *mode)
{
	struct wire_record r = { .kind = WIRE_HELLO, .abi = WIRE_ABI };
	struct utsname uts;

	guest_check(uname(&uts), "uname");
	snprintf(r.name, sizeof(r.name), "%s", mode);
	snprintf(r.text, sizeof(r.text), "%s", uts.release);
	channel_send(&r);
}

/**
 * channel_beat() - a phase begins
 * @phase: the phase
 * @counts: totals so far
 */
void channel_beat(enum phase phase, const struct wire_counts *counts)
{
	struct wire_record r = { .kind = WIRE_BEAT, .phase = phase, .counts = *counts };

	channel_send(&r);
	if (!pulse)
		return;
	pulse->cycle = counts->cycle;
	pulse->phase = phase;
	pulse->beats++;
}

/**
 * channel_share_pulse() - from now on, heartbeats are seen by processes forked later, too
 *
 * Return: where.
 */
const struct channel_pulse *channel_share_pulse(void)
{
	pulse = mmap(NULL, sizeof(*pulse), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (pulse == MAP_FAILED)
		guest_broken("mmap of the pulse: %s", strerror(errno));
	return pulse;
}

/* One write is one message of the log; without a log it is a line of the console. */
static void log_word(const char *word, const char *text)
{
	char line[WIRE_LINE_MAX];
	int len = snprintf(line, sizeof(line), LOG_LEVEL "%s%s", word, text);
	char *end = line;

	while ((end = strchr(end, '\n')))
		*end = ' ';
	if (log_fd < 0 || write(log_fd, line, len) != len)
		fprintf(stderr, "%s\n", line + strlen(LOG_LEVEL));
}

/**
 * channel_log() - add a line to the kernel's log
 * @text: without a newline
 */
void channel_log(const char *text)
{
	log_word("", text);
}

/**
 * channel_note() - have the console say something that is no failure of the module's
 * @text: without a newline
 */
void channel_note(const char *text)
{
	log_word("modrace: ", text);
}

/**
 * channel_failure() - something that must hold after an unload does not
 * @phase: where it was found
 * @cycle: the cycle it belongs to
 * @fmt: what is wrong; the text becomes the failure's title, so it carries no
 *	number that changes from run to run
 */
void channel_failure(enum phase phase, uint64_t cycle, const char *fmt, ...)
{
	struct wire_record r = { .kind = WIRE_FAILURE, .phase = phase, .counts.cycle = cycle };
	va_list args;

	va_start(args, fmt);
	vsnprintf(r.text, sizeof(r.text), fmt, args);
	va_end(args);
	log_word(WIRE_LOG_FAILURE, r.text);
	channel_send(&r);
}

/**
 * guest_power_off() - end the guest
 */
void guest_power_off(void)
{
	sync();
	reboot(RB_POWER_OFF);
	_exit(0);
}

/**
 * guest_broken() - say why the guest cannot go on, and power off
 * @fmt: the reason, one line
 */
void guest_broken(const char *fmt, ...)
{
	struct wire_record r = { .kind = WIRE_BROKEN };
	va_list args;

	va_start(args, fmt);
	vsnprintf(r.text, sizeof(r.text), fmt, args);
	va_end(args);

	log_word(WIRE_LOG_BROKEN, r.text);
	if (channel_fd >= 0)
		channel_send(&r);
	guest_power_off();
}

/**
 * guest_check() - give up if a call failed
 * @ret: what the call returned
 * @what: its name
 */
void guest_check(int ret, const char *what)
{
	if (ret < 0)
		guest_broken("%s: %s", what, strerror(errno));
}
