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
 * counter_read() - read a number from a file
 * @fd: kept between calls; -1 at first
 * @path: the file
 * @value: the number read
 *
 * Return: 0, or a negative errno: a miss if the module that shows the number is
 * not loaded.
 */
int counter_read(int *fd, const char *path, unsigned long *value)
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
 * counter_close() - drop the descriptor, if there is one
 * @fd: as for counter_read()
 */
void counter_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}
