// SPDX-License-Identifier: GPL-2.0
/*
 * The loader's system calls and its sysfs files.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "module.h"

/**
 * module_load() - finit_module(2)
 * @fd: the module's file
 * @params: module parameters
 *
 * Return: 0 or a negative errno.
 */
int module_load(int fd, const char *params)
{
	return syscall(SYS_finit_module, fd, params, 0) ? -errno : 0;
}

/**
 * module_delete() - delete_module(2)
 * @name: the module
 * @flags: O_NONBLOCK, O_TRUNC
 *
 * Return: 0 or a negative errno.
 */
int module_delete(const char *name, unsigned int flags)
{
	return syscall(SYS_delete_module, name, flags) ? -errno : 0;
}

/**
 * module_present() - is anything left of a module in sysfs?
 * @name: the module
 */
bool module_present(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/module/%s", name);
	return !access(path, F_OK);
}

static int read_file(int dir, const char *name, char *buf, size_t size)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, buf, size - 1);
	close(fd);
	if (n < 0)
		return -errno;
	buf[n] = '\0';
	return n;
}

/**
 * module_refcount() - a module's reference count
 * @name: the module
 *
 * Return: the count, or a negative errno.
 */
int module_refcount(const char *name)
{
	char path[128], value[32];
	int n;

	snprintf(path, sizeof(path), "/sys/module/%s/refcnt", name);
	n = read_file(AT_FDCWD, path, value, sizeof(value));
	return n < 0 ? n : atoi(value);
}
