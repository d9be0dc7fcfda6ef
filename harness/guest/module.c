// SPDX-License-Identifier: GPL-2.0
/*
 * The loader's system calls and its sysfs files. Section addresses are sent to
 * the host before every unload (when they changed): afterwards nothing in the
 * guest can tell any more what had been at an address.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "channel.h"
#include "module.h"
#include "util.h"

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

/*
 * A module's memory is allocated in a few pieces, each of which may move without
 * the others; these sections stand for them.
 */
static bool sections_moved(int dir)
{
	static const char *const pieces[] = { ".text", ".rodata", ".data", ".bss" };
	static char last[ARRAY_SIZE(pieces)][32];
	char now[32];
	bool moved = false;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(pieces); i++) {
		if (read_file(dir, pieces[i], now, sizeof(now)) < 0)
			continue;
		moved |= strcmp(last[i], now) != 0;
		strcpy(last[i], now);
	}
	return moved;
}

/* Sections that hold nothing anybody could run into. */
static bool uninteresting(const char *name)
{
	return !strncmp(name, ".note", 5) || !strcmp(name, ".symtab") ||
	       !strcmp(name, ".strtab") || !strcmp(name, ".eh_frame") || !strcmp(name, ".") ||
	       !strcmp(name, "..");
}

static void collect_sections(DIR *dir, char *text, size_t size)
{
	char value[32];
	struct dirent *entry;
	size_t used = 0;

	while ((entry = readdir(dir)) && used < size) {
		if (uninteresting(entry->d_name) ||
		    read_file(dirfd(dir), entry->d_name, value, sizeof(value)) < 0)
			continue;
		used += snprintf(text + used, size - used, "%s%s=%" PRIx64, used ? " " : "",
				 entry->d_name, (uint64_t)strtoull(value, NULL, 16));
	}
}

/**
 * module_report_sections() - send a module's section addresses to the host
 * @name: the module
 *
 * Nothing is sent while they are where they were the time before.
 */
void module_report_sections(const char *name)
{
	struct wire_record r = { .kind = WIRE_SECTIONS };
	char path[128];
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/module/%s/sections", name);
	dir = opendir(path);
	if (!dir)
		return;
	if (sections_moved(dirfd(dir))) {
		snprintf(r.name, sizeof(r.name), "%s", name);
		collect_sections(dir, r.text, sizeof(r.text));
		channel_send(&r);
	}
	closedir(dir);
}
