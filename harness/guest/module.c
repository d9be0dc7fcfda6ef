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
