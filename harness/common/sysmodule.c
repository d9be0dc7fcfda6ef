// SPDX-License-Identifier: GPL-2.0
/*
 * Reading /sys/module/MODULE/FILE. The kernel writes a module's name with
 * underscores, whatever its file is called.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sysmodule.h"

/**
 * sysmodule_open() - open a file of a module
 * @module: the module
 * @file: name of the file
 *
 * Return: a descriptor, or -1 with errno set.
 */
int sysmodule_open(const char *module, const char *file)
{
	char path[256];

	snprintf(path, sizeof(path), "/sys/module/%s/%s", module, file);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/**
 * sysmodule_reread() - read a file from its beginning
 * @fd: from sysmodule_open()
 * @text: SYSMODULE_TEXT bytes for its first line
 *
 * Return: 0, or a negative errno: -ENODEV once the module is gone.
 */
int sysmodule_reread(int fd, char *text)
{
	ssize_t n = pread(fd, text, SYSMODULE_TEXT - 1, 0);

	if (n < 0)
		return -errno;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return 0;
}

/**
 * sysmodule_read() - read a file of a module
 * @module: the module
 * @file: name of the file
 * @text: SYSMODULE_TEXT bytes for its first line
 *
 * Return: 0, or a negative errno.
 */
int sysmodule_read(const char *module, const char *file, char *text)
{
	int fd = sysmodule_open(module, file);
	int ret;

	if (fd < 0)
		return -errno;
	ret = sysmodule_reread(fd, text);
	close(fd);
	return ret;
}

/**
 * sysmodule_has() - is there such a file?
 * @module: the module
 * @file: name of the file
 */
bool sysmodule_has(const char *module, const char *file)
{
	int fd = sysmodule_open(module, file);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}
