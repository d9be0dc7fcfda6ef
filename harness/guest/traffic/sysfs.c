// SPDX-License-Identifier: GPL-2.0
/*
 * An attribute in sysfs: open, a few reads and writes, close. One that cannot be
 * read is only written. With `hold = yes` the file is kept open while the module
 * is being unloaded, and used once more before it is closed. sysfs says -ENODEV
 * then, whatever the module does: an open attribute holds nothing of the module's
 * except during the call itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "../traffic.h"

#define BUFFER_SIZE 4096

enum {
	KEY_PATH,
	KEY_WRITE,
	KEY_REPEAT,
	KEY_HOLD,
};

static int use_attribute(struct traffic *t, bool readable)
{
	const char *value = traffic_str(t, KEY_WRITE);
	char buf[BUFFER_SIZE];
	size_t len = strlen(value);

	if (readable && pread(t->fd, buf, sizeof(buf), 0) < 0)
		return traffic_fail(t, "read", -errno);
	if (len && pwrite(t->fd, value, len, 0) < 0)
		return traffic_fail(t, "write", -errno);
	return 0;
}

static int hold_attribute(struct traffic *t, bool readable)
{
	int ret;

	traffic_hold(t);
	ret = use_attribute(t, readable);
	return ret == -ENODEV ? 0 : ret;
}

/* Sets @t->fd; returns whether the attribute can be read. */
static bool open_attribute(struct traffic *t)
{
	bool writes = *traffic_str(t, KEY_WRITE);
	const char *path = traffic_str(t, KEY_PATH);

	t->fd = open(path, (writes ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	if (t->fd >= 0 || errno != EACCES || !writes)
		return true;
	t->fd = open(path, O_WRONLY | O_CLOEXEC);
	return false;
}

static int sysfs_op(struct traffic *t)
{
	long repeat = traffic_batch(t, KEY_REPEAT, LONG_MAX);
	bool readable = open_attribute(t);
	int ret;

	if (t->fd < 0)
		return traffic_fail(t, "open", -errno);

	do {
		ret = use_attribute(t, readable);
	} while (!ret && --repeat > 0);
	if (!ret && traffic_bool(t, KEY_HOLD))
		ret = hold_attribute(t, readable);
	close(t->fd);
	return ret;
}

const struct traffic_ops sysfs_traffic = {
	.name = "sysfs",
	.keys = {
		[KEY_PATH] = "path",
		[KEY_WRITE] = "write",
		[KEY_REPEAT] = "repeat",
		[KEY_HOLD] = "hold",
	},
	.op = sysfs_op,
};
