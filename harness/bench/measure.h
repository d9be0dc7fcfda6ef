/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For programs that measure in a guest, by a module whose parameters do the work.
 */
#ifndef MODRACE_MEASURE_H
#define MODRACE_MEASURE_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline void measure_fail(const char *what)
{
	printf("measure: %s: %s\n", what, strerror(errno));
	exit(1);
}

static inline void measure_load(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || syscall(SYS_finit_module, fd, "", 0))
		measure_fail(path);
	close(fd);
}

/* Have a parameter do something. */
static inline void measure_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		measure_fail(path);
	close(fd);
}

static inline unsigned long long measure_read(const char *path)
{
	char text[32] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		measure_fail(path);
	close(fd);
	return strtoull(text, NULL, 10);
}

#endif /* MODRACE_MEASURE_H */
