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
#include "sysmodule.h"

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

/**
 * module_remove() - delete_module(2), which is not to return too early
 * @name: the module
 * @flags: O_NONBLOCK, O_TRUNC, MODULE_DELETE_*
 *
 * Return: as module_delete(); -EEXIST, which no removal says itself, if it was to
 * wait for the end of the module and something of it is left.
 */
int module_remove(const char *name, unsigned int flags)
{
	int err = module_delete(name, flags);

	return !err && flags & MODULE_DELETE_WAIT && module_present(name) ? -EEXIST : err;
}

/**
 * module_refcount() - a module's reference count
 * @name: the module
 *
 * Return: the count, or a negative errno.
 */
int module_refcount(const char *name)
{
	char value[SYSMODULE_TEXT];
	int ret = sysmodule_read(name, "refcnt", value);

	return ret < 0 ? ret : atoi(value);
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
	char state[SYSMODULE_TEXT];

	return !sysmodule_read(name, "lifecycle", state) && !strcmp(state, lifecycle) &&
	       proc_state_is(name, proc);
}

/**
 * module_await_change() - wait with poll(2) until a module's state changes
 * @name: the module
 * @state: the state to wait to be left, or NULL to wait until the module is gone
 * @ms: limit of each wait, or MODULE_AWAIT_FOR_EVER
 *
 * Return: 0 when it is in another state, -ENODEV when it is gone, -ETIMEDOUT.
 */
int module_await_change(const char *name, const char *state, int ms)
{
	char now[SYSMODULE_TEXT];
	struct pollfd pfd = { .fd = sysmodule_open(name, "lifecycle"), .events = POLLPRI };
	int ret;

	if (pfd.fd < 0)
		return errno == ENOENT ? -ENODEV : -errno;

	for (;;) {
		ret = sysmodule_reread(pfd.fd, now);
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
