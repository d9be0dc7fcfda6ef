// SPDX-License-Identifier: GPL-2.0
/*
 * A file in /proc: open, read all of it a few times, `size` bytes at a time, write
 * to it each time if told what, close. With `hold = yes` the file is kept open, the
 * first part of it read, while the module is being unloaded, and read on before it
 * is closed:
 *
 *	worker     |open|read ... read|read|....... held .......|read ...|close|
 *	remover                               |delete_module()|
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
	KEY_SIZE,
	KEY_HOLD,
};

/* procfs answers -EIO once the entry is being removed. */
static int fail(struct traffic *t, const char *call)
{
	return errno == EIO ? -ENODEV : traffic_fail(t, call, -errno);
}

/* One part; the bytes read, or a negative errno. */
static ssize_t read_part(struct traffic *t, off_t pos)
{
	char buf[BUFFER_SIZE];
	long size = traffic_num(t, KEY_SIZE);
	ssize_t n = pread(t->fd, buf, size < BUFFER_SIZE ? size : BUFFER_SIZE, pos);

	return n < 0 ? fail(t, "read") : n;
}

static int read_from(struct traffic *t, off_t pos)
{
	ssize_t n;

	do {
		n = read_part(t, pos);
		pos += n;
	} while (n > 0);
	return n;
}

static int use_file(struct traffic *t)
{
	const char *value = traffic_str(t, KEY_WRITE);
	size_t len = strlen(value);
	int ret = read_from(t, 0);

	if (!ret && len && pwrite(t->fd, value, len, 0) < 0)
		return fail(t, "write");
	return ret;
}

static int hold_file(struct traffic *t)
{
	ssize_t n = read_part(t, 0);

	if (n < 0)
		return n;
	traffic_hold(t);
	n = read_from(t, n);
	return n == -ENODEV ? 0 : n;
}

static int procfs_op(struct traffic *t)
{
	int flags = *traffic_str(t, KEY_WRITE) ? O_RDWR : O_RDONLY, ret;
	long repeat = traffic_batch(t, KEY_REPEAT, LONG_MAX);

	t->fd = open(traffic_str(t, KEY_PATH), flags | O_CLOEXEC);
	if (t->fd < 0)
		return traffic_fail(t, "open", -errno);

	do {
		ret = use_file(t);
	} while (!ret && --repeat > 0);
	if (!ret && traffic_bool(t, KEY_HOLD))
		ret = hold_file(t);
	close(t->fd);
	return ret;
}

const struct traffic_ops procfs_traffic = {
	.name = "procfs",
	.keys = {
		[KEY_PATH] = "path",
		[KEY_WRITE] = "write",
		[KEY_REPEAT] = "repeat",
		[KEY_SIZE] = "size",
		[KEY_HOLD] = "hold",
	},
	.op = procfs_op,
};
