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

#include "counter.h"

#define SWITCH "/sys/module/traffic_kthread/parameters/run"
#define BURST  "/sys/module/traffic_kthread/parameters/burst"
/* Where the kernel decides who runs, an operation is two small bursts. */
#define SCHEDULED_BURST "1"
#define SCHEDULED_US    50

#define MAX_RUN_US 1000000

/* What a section says, see the keys. */
struct kthread_keys {
	unsigned long run_us;
	char counter[TRAFFIC_STRING_LEN];
};

static const struct traffic_key keys[] = {
	{ "run_us", TRAFFIC_NUMBER(struct kthread_keys, run_us, 0, MAX_RUN_US), .def = "500",
	  .help = "length of one operation, microseconds" },
	{ "counter", TRAFFIC_STRING(struct kthread_keys, counter),
	  .def = "/sys/module/traffic_kthread/parameters/ops",
	  .help = "file whose number must move for an operation to count" },
	{}
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

static int let_it_run(struct traffic *t)
{
	const struct kthread_keys *says = t->params;

	usleep(t->board->pace == PACE_SCHEDULE ? SCHEDULED_US : says->run_us);
	return 0;
}

static int kthread_op(struct traffic *t)
{
	const struct kthread_keys *says = t->params;
	struct sender *sender = t->priv;
	int ret;

	ret = turn(t, true);
	if (!ret)
		ret = counter_watch(t, &sender->counter_fd, says->counter, let_it_run);
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

const struct traffic_kind kthread_traffic = {
	.name = "kthread",
	.help = "UDP over loopback sent by the helper module traffic_kthread",
	.keys = keys,
	.setup = kthread_setup,
	.op = kthread_op,
	.park = kthread_park,
};
