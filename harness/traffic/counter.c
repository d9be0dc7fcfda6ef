// SPDX-License-Identifier: GPL-2.0
/*
 * The counters described in counter.h. The descriptor is kept from one reading
 * to the next, which saves two system calls of three; it does not keep a module
 * from being unloaded.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "counter.h"

/**
 * counter_close() - drop the descriptor, if there is one
 * @fd: as for counter_watch()
 */
void counter_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int counter_read(int *fd, const char *path, unsigned long *value)
{
	char text[32];
	ssize_t n;

	if (*fd < 0)
		*fd = open(path, O_RDONLY | O_CLOEXEC);
	if (*fd < 0)
		return -errno;

	n = pread(*fd, text, sizeof(text) - 1, 0);
	if (n < 0) {
		n = -errno;
		counter_close(fd);
		return n;
	}
	text[n] = '\0';
	*value = strtoul(text, NULL, 10);
	return 0;
}

/**
 * counter_watch() - carry out an operation, and see whether it has reached the module
 * @t: the worker
 * @fd: kept between calls; -1 at first
 * @path: the file that has the counter
 * @op: the operation
 *
 * Return: what @op returns; a miss if the counter has not moved, or is not there because
 * the module that shows it is not loaded.
 */
int counter_watch(struct traffic *t, int *fd, const char *path, int (*op)(struct traffic *t))
{
	unsigned long before, after;
	int ret;

	ret = counter_read(fd, path, &before);
	if (!ret)
		ret = op(t);
	if (!ret)
		ret = counter_read(fd, path, &after);
	if (!ret && after == before)
		ret = -EAGAIN;
	return ret;
}
