// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel counts references but does not note whose they are. Three places
 * tell something all the same:
 *
 *	/sys/module/MODULE/refcnt	how many there are
 *	/sys/module/MODULE/holders	modules that use its symbols
 *	/proc/PID/fd			processes with a device node of its open
 *
 * Whose a device node is follows from /sys/dev: it leads to the device, and the
 * device, or one above it, to a driver and the driver's module. A device that a
 * disabled module has unregistered is not there any more; who has such a one
 * open holds some module, and perhaps this.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "compiler.h"
#include "holders.h"
#include "sysmodule.h"

/* A line stays a line: so many names of each kind, then dots. */
#define MAX_NAMED 4

/**
 * struct line - what is being written
 * @text: the line so far
 * @size: room for it
 * @named: names in the part being written
 */
struct line {
	char *text;
	size_t size;
	unsigned int named;
};

static __printf(2, 3) void append(struct line *line, const char *fmt, ...)
{
	size_t used = strlen(line->text);
	va_list args;

	va_start(args, fmt);
	vsnprintf(line->text + used, line->size - used, fmt, args);
	va_end(args);
}

/* Begins a list or goes on with it; false if it is long enough. */
static bool next_name(struct line *line, const char *heading)
{
	if (line->named == MAX_NAMED)
		append(line, ", ...");
	if (line->named >= MAX_NAMED)
		return line->named++, false;
	append(line, "%s", line->named++ ? ", " : heading);
	return true;
}

static void describe_references(struct line *line, const char *module)
{
	char count[SYSMODULE_TEXT];

	if (sysmodule_read(module, "refcnt", count) < 0)
		append(line, "reference count unknown");
	else
		append(line, "%s reference%s", count, strcmp(count, "1") ? "s" : "");
}

static bool describe_modules(struct line *line, const char *module)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *dir;

	line->named = 0;
	snprintf(path, sizeof(path), "/sys/module/%s/holders", module);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] != '.' && next_name(line, ", used by module "))
			append(line, "%s", entry->d_name);
	}
	if (dir)
		closedir(dir);
	return line->named;
}

/* Whether the driver of a device directory is the module's. */
static bool driven_by(const char *device, const char *module)
{
	char path[PATH_MAX + 16], target[PATH_MAX];
	const char *base;
	ssize_t n;

	snprintf(path, sizeof(path), "%s/driver/module", device);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return false;
	target[n] = '\0';
	base = strrchr(target, '/');
	return base && !strcmp(base + 1, module);
}

/**
 * enum ownership - whether a device is a module's
 * @OTHERS: it is not, as far as can be told
 * @OWN: it or one above it is driven by the module
 * @GONE: it is not registered any more
 */
enum ownership {
	OTHERS,
	OWN,
	GONE,
};

static enum ownership owner_of(const struct stat *node, const char *module)
{
	char link[64], device[PATH_MAX], *slash;

	snprintf(link, sizeof(link), "/sys/dev/%s/%u:%u", S_ISBLK(node->st_mode) ? "block" : "char",
		 major(node->st_rdev), minor(node->st_rdev));
	if (!realpath(link, device))
		return errno == ENOENT ? GONE : OTHERS;
	while (!strncmp(device, "/sys/devices/", 13)) {
		if (driven_by(device, module))
			return OWN;
		slash = strrchr(device, '/');
		*slash = '\0';
	}
	return OTHERS;
}

/* The name of a process, less the newline. */
static void process_name(const char *pid, char *name, size_t size)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
	snprintf(name, size, "?");
	file = fopen(path, "re");
	if (!file)
		return;
	if (fgets(name, size, file))
		name[strcspn(name, "\n")] = '\0';
	fclose(file);
}

static void describe_descriptor(struct line *line, const char *pid, const char *fd,
				enum ownership ownership)
{
	char name[32], target[PATH_MAX];
	ssize_t n = readlink(fd, target, sizeof(target) - 1);

	if (n < 0 || !next_name(line, ", open in process "))
		return;
	target[n] = '\0';
	target[strcspn(target, " ")] = '\0';
	process_name(pid, name, sizeof(name));
	append(line, "%s (%s: %s%s)", pid, name, target,
	       ownership == GONE ? ", a removed device, perhaps of this module" : "");
}

/* Mentions the first descriptor of a process that leads to the module. */
static void describe_process(struct line *line, const char *module, const char *pid,
			     enum ownership wanted)
{
	char path[PATH_MAX], dir_path[64];
	struct dirent *entry;
	struct stat st;
	DIR *dir;

	snprintf(dir_path, sizeof(dir_path), "/proc/%.20s/fd", pid);
	dir = opendir(dir_path);
	while (dir && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "%s/%s", dir_path, entry->d_name);
		if (stat(path, &st) || !(S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)) ||
		    owner_of(&st, module) != wanted)
			continue;
		describe_descriptor(line, pid, path, wanted);
		break;
	}
	if (dir)
		closedir(dir);
}

static bool describe_processes(struct line *line, const char *module, enum ownership wanted)
{
	struct dirent *entry;
	DIR *dir = opendir("/proc");

	line->named = 0;
	while (dir && (entry = readdir(dir))) {
		if (isdigit((unsigned char)entry->d_name[0]))
			describe_process(line, module, entry->d_name, wanted);
	}
	if (dir)
		closedir(dir);
	return line->named;
}

static bool is_disabled(const char *module)
{
	char state[SYSMODULE_TEXT];

	return !sysmodule_read(module, "lifecycle", state) && !strcmp(state, "disabled");
}

static bool is_referenced(const char *module)
{
	char count[SYSMODULE_TEXT];

	return sysmodule_read(module, "refcnt", count) || strcmp(count, "0");
}

/**
 * holders_describe() - say in one line who holds a module
 * @module: the module
 * @line: for the line, without a newline
 * @size: room for it
 */
void holders_describe(const char *module, char *line, size_t size)
{
	struct line l = { .text = line, .size = size };
	bool known;

	*line = '\0';
	describe_references(&l, module);
	if (!is_referenced(module))
		return;
	known = describe_modules(&l, module);
	known |= describe_processes(&l, module, OWN);
	if (!known && is_disabled(module))
		known = describe_processes(&l, module, GONE);
	if (!known)
		append(&l, ", the kernel does not tell whose");
}
