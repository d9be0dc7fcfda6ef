// SPDX-License-Identifier: GPL-2.0
/*
 * The loader's system calls and its sysfs files.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
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
 * @flags: O_NONBLOCK, O_TRUNC, MODULE_DELETE_*
 *
 * Return: 0, 1 if the module is disabled and the last reference will remove it,
 * or a negative errno.
 */
int module_delete(const char *name, unsigned int flags)
{
	long ret = syscall(SYS_delete_module, name, flags);

	return ret < 0 ? -errno : ret;
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

/* The state that /proc/modules shows is the fifth word of the module's line. */
static bool proc_state_is(const char *name, const char *state)
{
	char line[512], module[64], shown[16];
	FILE *file = fopen("/proc/modules", "re");
	bool found = false;

	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file))
		found = sscanf(line, "%63s %*s %*s %*s %15s", module, shown) == 2 &&
			!strcmp(module, name) && !strcmp(shown, state);
	fclose(file);
	return found;
}

/**
 * module_state_is() - compare a module's state with what it should be
 * @name: the module
 * @lifecycle: what its file "lifecycle" in sysfs is to say
 * @proc: what /proc/modules is to say
 */
bool module_state_is(const char *name, const char *lifecycle, const char *proc)
{
	char path[128], state[32];

	snprintf(path, sizeof(path), "/sys/module/%s/lifecycle", name);
	if (read_file(AT_FDCWD, path, state, sizeof(state)) < 0)
		return false;
	state[strcspn(state, "\n")] = '\0';
	return !strcmp(state, lifecycle) && proc_state_is(name, proc);
}

/* Reads a state again; -ENODEV once the file has gone. */
static int reread(int fd, char *state, size_t size)
{
	ssize_t n = pread(fd, state, size - 1, 0);

	if (n < 0)
		return -errno;
	state[n] = '\0';
	state[strcspn(state, "\n")] = '\0';
	return 0;
}

/**
 * module_await_change() - wait with poll(2) until a module's state changes
 * @name: the module
 * @state: the state to wait to be left, or NULL to wait until the module is gone
 * @ms: limit of each wait
 *
 * Return: 0 when it is in another state, -ENODEV when it is gone, -ETIMEDOUT.
 */
int module_await_change(const char *name, const char *state, unsigned int ms)
{
	char path[128], now[32];
	struct pollfd pfd = { .events = POLLPRI };
	int ret;

	snprintf(path, sizeof(path), "/sys/module/%s/lifecycle", name);
	pfd.fd = open(path, O_RDONLY | O_CLOEXEC);
	if (pfd.fd < 0)
		return errno == ENOENT ? -ENODEV : -errno;

	for (;;) {
		ret = reread(pfd.fd, now, sizeof(now));
		if (ret || (state && strcmp(now, state)))
			break;
		ret = poll(&pfd, 1, ms);
		if (ret <= 0) {
			ret = ret ? -errno : -ETIMEDOUT;
			break;
		}
	}
	close(pfd.fd);
	return ret;
}
