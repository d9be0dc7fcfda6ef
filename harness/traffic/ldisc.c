// SPDX-License-Identifier: GPL-2.0
/*
 * A line discipline of a terminal: a terminal is opened and given it, written to, read and
 * asked, and given its old one again. What it says is its own affair: an operation is good
 * that set it.
 *
 *	worker     |open|set|write, read, ioctl|....... held .......|set back|close|
 *	remover                                    |delete_module()|
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kit.h"

#define PAYLOAD  64
#define ARG_SIZE 256

/* What a section says, see the keys. */
struct ldisc_keys {
	unsigned long number;
	char device[TRAFFIC_STRING_LEN];
	enum traffic_hold hold;
};

static const struct traffic_key keys[] = {
	{ "number", TRAFFIC_NUMBER(struct ldisc_keys, number, 1, UINT8_MAX),
	  .help = "the discipline's number in /proc/tty/ldiscs" },
	{ "device", TRAFFIC_FILE(struct ldisc_keys, device), .def = "/dev/ttyS1",
	  .help = "the terminal" },
	{ "hold", TRAFFIC_HOLD(struct ldisc_keys, hold), .def = "no",
	  .help = "keep it set across an unload, asleep in read()" },
	{}
};

static int ldisc_setup(struct traffic *t)
{
	int ret = traffic_wakes();

	return ret ? traffic_fail(t, "sigaction", ret) : 0;
}

static void use_terminal(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN | POLLOUT };
	char data[PAYLOAD] = "modrace\n";
	char arg[ARG_SIZE] = { 0 };

	traffic_be_patient(true);
	(void)!write(fd, data, sizeof(data));
	poll(&poll_fd, 1, 0);
	(void)!read(fd, data, sizeof(data));
	ioctl(fd, FIONREAD, arg);
	traffic_be_patient(false);
}

static void wait_in_read(struct traffic *t)
{
	char data[PAYLOAD];

	(void)!read(t->fd, data, sizeof(data));
}

static int ldisc_op(struct traffic *t)
{
	const struct ldisc_keys *says = t->params;
	int number = says->number, usual = 0, ret;

	t->fd = open(says->device, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (t->fd < 0)
		return traffic_fail(t, "open", -errno);
	ret = ioctl(t->fd, TIOCSETD, &number) ? -errno : 0;
	if (!ret) {
		use_terminal(t->fd);
		if (says->hold) {
			fcntl(t->fd, F_SETFL, O_RDWR);
			traffic_hold_in(t, says->hold, wait_in_read);
		}
		ioctl(t->fd, TIOCSETD, &usual);
	}
	close(t->fd);
	return ret ? traffic_fail(t, "TIOCSETD", ret) : 0;
}

const struct traffic_kind ldisc_traffic = {
	.name = "ldisc",
	.help = "a line discipline, set, used and taken back; no error counts once it is set",
	.keys = keys,
	.setup = ldisc_setup,
	.op = ldisc_op,
};
