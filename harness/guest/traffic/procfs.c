// SPDX-License-Identifier: GPL-2.0
/*
 * A file in /proc: open, a few reads of all of it, close.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "../traffic.h"

#define BUFFER_SIZE 4096

static int read_all(struct traffic *t)
{
	char buf[BUFFER_SIZE];
	off_t pos = 0;
	ssize_t n;

	do {
		n = pread(t->fd, buf, sizeof(buf), pos);
		pos += n;
	} while (n > 0);

	/* procfs answers -EIO once the entry is being removed. */
	if (n < 0)
		return errno == EIO ? -ENODEV : traffic_fail(t, "read", -errno);
	return 0;
}

static int procfs_op(struct traffic *t)
{
	long repeat = traffic_batch(t, "repeat", LONG_MAX);
	int ret;

	t->fd = open(traffic_str(t, "path"), O_RDONLY | O_CLOEXEC);
	if (t->fd < 0)
		return traffic_fail(t, "open", -errno);

	do {
		ret = read_all(t);
	} while (!ret && --repeat > 0);
	close(t->fd);
	return ret;
}

const struct traffic_ops procfs_traffic = {
	.name = "procfs",
	.op = procfs_op,
};
