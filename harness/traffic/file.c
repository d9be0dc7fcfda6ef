// SPDX-License-Identifier: GPL-2.0
/*
 * The operation described in file.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "file.h"

/**
 * file_open() - open the file of an operation
 * @t: the worker; its fd and flags are set
 * @path: the file
 * @flags: of open(2)
 *
 * Return: 0 or a negative errno.
 */
int file_open(struct traffic *t, const char *path, int flags)
{
	t->flags = flags;
	t->fd = open(path, flags | O_CLOEXEC);
	return t->fd < 0 ? -errno : 0;
}

static int hold_file(struct traffic *t, const struct file_use *file, enum traffic_hold hold)
{
	int ret = file->begin ? file->begin(t) : 0;

	if (ret < 0)
		return ret;
	traffic_hold(t, hold);
	ret = file->end ? file->end(t, ret) : file->use(t);
	return ret == -ENODEV || ret == -ENXIO ? 0 : ret;
}

/**
 * file_op() - use the file that has been opened, hold it, and close it
 * @t: the worker
 * @file: what is done with it
 * @repeat: how often it is used before it is held, at least once
 * @hold: for how long it is held
 *
 * Return: 0 or a negative errno.
 */
int file_op(struct traffic *t, const struct file_use *file, unsigned long repeat,
	    enum traffic_hold hold)
{
	int ret;

	do {
		ret = file->use(t);
	} while (!ret && --repeat);
	if (!ret && hold)
		ret = hold_file(t, file, hold);
	close(t->fd);
	return ret;
}
