// SPDX-License-Identifier: GPL-2.0
/*
 * Dense UDP traffic made in the kernel by the helper module traffic_kthread. It
 * is on for as long as it reaches the module and the worker is not parked; an
 * operation is a look at the counter, a nap and another look.
 *
 *	worker     |on|read counter| nap |read counter|  ...  |off|
 *	helper        ======= packets, packets, packets =======
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "../traffic.h"
#include "../util.h"
#include "counter.h"

#define SWITCH "/sys/module/traffic_kthread/parameters/run"
#define BURST  "/sys/module/traffic_kthread/parameters/burst"
/* Where the kernel decides who runs, an operation is two small bursts. */
#define SCHEDULED_BURST "1"
#define SCHEDULED_US    50

enum {
	KEY_RUN_US,
	KEY_COUNTER,
};

/**
 * struct sender - what one worker keeps
 * @counter_fd: the counter that must move
 * @on: the helper has been switched on
 */
struct sender {
	int counter_fd;
	bool on;
};

static int shrink_burst(void)
{
	int fd = open(BURST, O_WRONLY | O_CLOEXEC);
	int ret = write(fd, SCHEDULED_BURST, 1) == 1 ? 0 : -errno;

	close(fd);
	return ret;
}

static long run_us(const struct traffic *t)
{
	return t->board->pace == PACE_SCHEDULE ? SCHEDULED_US : traffic_num(t, KEY_RUN_US);
}

static int kthread_setup(struct traffic *t)
{
	struct sender *sender = calloc(1, sizeof(*sender));

	if (!sender)
		return traffic_fail(t, "calloc", -ENOMEM);
	sender->counter_fd = -1;
	t->priv = sender;

	if (t->board->pace == PACE_SCHEDULE && shrink_burst())
		return traffic_fail(t, "write to " BURST, -EINVAL);
	/* No miss: the helper stays loaded. */
	t->fd = open(SWITCH, O_WRONLY | O_CLOEXEC);
	return t->fd < 0 ? traffic_fail(t, "open of " SWITCH, -EINVAL) : 0;
}

static int turn(struct traffic *t, bool on)
{
	struct sender *sender = t->priv;

	if (sender->on == on)
		return 0;
	if (pwrite(t->fd, on ? "1" : "0", 1, 0) < 0)
		return traffic_fail(t, "write to " SWITCH, -errno);
	sender->on = on;
	return 0;
}

static int watch_counter(struct traffic *t)
{
	const char *counter = traffic_str(t, KEY_COUNTER);
	struct sender *sender = t->priv;
	unsigned long before, after;
	int ret;

	ret = counter_read(&sender->counter_fd, counter, &before);
	if (ret)
		return ret;

	nap_us(run_us(t));
	ret = counter_read(&sender->counter_fd, counter, &after);
	if (!ret && after == before)
		ret = -EAGAIN;
	return ret;
}

static int kthread_op(struct traffic *t)
{
	int ret;

	ret = turn(t, true);
	if (!ret)
		ret = watch_counter(t);
	if (ret)
		turn(t, false);
	return ret;
}

static void kthread_park(struct traffic *t)
{
	struct sender *sender = t->priv;

	turn(t, false);
	counter_close(&sender->counter_fd);
}

const struct traffic_ops kthread_traffic = {
	.name = "kthread",
	.keys = {
		[KEY_RUN_US] = "run_us",
		[KEY_COUNTER] = "counter",
	},
	.setup = kthread_setup,
	.op = kthread_op,
	.park = kthread_park,
};
