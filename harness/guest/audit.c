// SPDX-License-Identifier: GPL-2.0
/*
 * Comparing the guest after an unload with what it was before the first load:
 * the module must be gone, the helpers' reference counts back where they were,
 * and no file left behind in /sys, /proc or /dev, nor one taken along. What the
 * kernel's own detectors say (active objects, accesses to what was freed) arrives on
 * the console; what takes longer to ask for is in audit_boot.c.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit.h"
#include "channel.h"
#include "module.h"
#include "util.h"

/*
 * Directories are read every so many cycles: in a UML guest they are not cheap. In
 * explore mode they are read after each, to tell which schedule left something behind.
 */
#define LISTING_PERIOD 16

#define RETRY_US 20000
#define RETRIES  5

#define MAX_NAMES 4096

static const char *const directories[] = {
	"/dev",
	"/proc",
	"/proc/net",
	"/sys/module",
	"/sys/bus",
	"/sys/bus/platform/devices",
	"/sys/bus/platform/drivers",
	"/sys/class",
	"/sys/class/misc",
	"/sys/devices",
	"/sys/devices/platform",
	"/sys/devices/virtual",
	"/sys/kernel/debug",
};

/**
 * struct listing - the names in one directory
 * @dir: kept open, which halves the price of reading it; NULL if it is not there
 * @names: allocated strings
 * @nr: how many
 * @sum: order-independent hash over them
 */
struct listing {
	DIR *dir;
	char *names[MAX_NAMES];
	unsigned int nr;
	uint64_t sum;
};

static struct audit {
	const struct scenario *s;
	const char *module;
	enum removal removal;
	enum run_mode mode;
	struct listing before[ARRAY_SIZE(directories)];
	int helper_refs[SCENARIO_MAX_HELPERS];
} audit;

/* 64-bit FNV-1a */
static uint64_t hash_name(const char *name)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 0x100000001b3u;
	return hash;
}

/* Processes come and go in /proc; everything else is to stay the same. */
static bool is_process(const char *name)
{
	return name[strspn(name, "0123456789")] == '\0';
}

static bool listed(const struct listing *l, const char *name)
{
	unsigned int i;

	for (i = 0; i < l->nr; i++) {
		if (!strcmp(l->names[i], name))
			return true;
	}
	return false;
}

/* The directory's next name that counts, NULL behind the last. */
static const char *next_name(DIR *dir)
{
	struct dirent *entry;

	do {
		entry = readdir(dir);
	} while (entry && is_process(entry->d_name));
	return entry ? entry->d_name : NULL;
}

/* From its first name on; false if there is no such directory. */
static bool begin_reading(const char *path, struct listing *l)
{
	if (l->dir)
		rewinddir(l->dir);
	else
		l->dir = opendir(path);
	return l->dir;
}

static void take_listing(const char *path, struct listing *l)
{
	const char *name;

	if (!begin_reading(path, l))
		return;
	while (l->nr < MAX_NAMES && (name = next_name(l->dir))) {
		l->names[l->nr++] = strdup(name);
		l->sum += hash_name(name);
	}
}

/* Sums up a directory as it is now. */
static uint64_t sum_directory(const char *path, struct listing *before)
{
	const char *name;
	uint64_t sum = 0;

	if (!begin_reading(path, before))
		return 0;
	while ((name = next_name(before->dir)))
		sum += hash_name(name);
	return sum;
}

/* The first name that was not there before, NULL without one. */
static const char *newcomer(const char *path, struct listing *before)
{
	const char *name = NULL;

	if (begin_reading(path, before)) {
		do
			name = next_name(before->dir);
		while (name && listed(before, name));
	}
	return name;
}

/* The first name that was there before and no longer is. */
static const char *missing(const struct listing *before)
{
	unsigned int i;

	for (i = 0; i < before->nr; i++) {
		if (faccessat(dirfd(before->dir), before->names[i], F_OK, AT_SYMLINK_NOFOLLOW))
			return before->names[i];
	}
	return "";
}

/**
 * audit_holds_soon() - whether something holds, now or a moment later
 * @holds: says so
 * @i: its argument
 *
 * What a removal leaves to worker threads may take a while.
 */
bool audit_holds_soon(bool (*holds)(unsigned int i), unsigned int i)
{
	unsigned int tries;

	for (tries = 0; tries < RETRIES; tries++) {
		if (holds(i))
			return true;
		nap_us(RETRY_US);
	}
	return false;
}

static bool directory_clean(unsigned int i)
{
	return sum_directory(directories[i], &audit.before[i]) == audit.before[i].sum;
}

static bool check_directories(uint64_t cycle)
{
	const char *stranger;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(directories); i++) {
		if (audit_holds_soon(directory_clean, i))
			continue;
		stranger = newcomer(directories[i], &audit.before[i]);
		channel_failure(PHASE_AUDIT, cycle, "%s: %s/%s", stranger ? "leftover" : "missing",
				directories[i], stranger ? stranger : missing(&audit.before[i]));
		return false;
	}
	return true;
}

static bool helper_unused(unsigned int i)
{
	return module_refcount(audit.s->helpers[i]) == audit.helper_refs[i];
}

static bool check_helpers(uint64_t cycle)
{
	unsigned int i;

	for (i = 0; i < audit.s->nr_helpers; i++) {
		if (audit_holds_soon(helper_unused, i))
			continue;
		channel_failure(PHASE_AUDIT, cycle, "reference count of %s changed",
				audit.s->helpers[i]);
		return false;
	}
	return true;
}

/**
 * audit_baseline() - take down what the guest looks like before the first load
 * @s: the scenario; must stay where it is
 * @v: the variant raced; must stay where it is
 * @mode: the run's mode
 *
 * Called with the helpers loaded.
 */
void audit_baseline(const struct scenario *s, const struct variant *v, enum run_mode mode)
{
	unsigned int i;

	audit.s = s;
	audit.mode = mode;
	audit.module = v->module;
	audit.removal = v->removal;
	for (i = 0; i < s->nr_helpers; i++)
		audit.helper_refs[i] = module_refcount(s->helpers[i]);
	for (i = 0; i < ARRAY_SIZE(directories); i++)
		take_listing(directories[i], &audit.before[i]);
}

/* A module can outlive its exit, until a device of its has been released. */
static bool module_gone(unsigned int unused)
{
	(void)unused;
	return !module_present(audit.module);
}

/**
 * audit_cycle() - check what must hold after an unload, workers parked
 * @cycle: the cycle
 *
 * Return: false after a failure was sent.
 */
bool audit_cycle(uint64_t cycle)
{
	if (!audit_holds_soon(module_gone, 0)) {
		channel_failure(PHASE_AUDIT, cycle, "leftover: /sys/module/%s", audit.module);
		return false;
	}
	audit_boot_cycle(cycle);
	if (audit.mode != MODE_EXPLORE && cycle % LISTING_PERIOD)
		return true;
	return check_helpers(cycle) && check_directories(cycle);
}

/**
 * audit_load() - a module that could be loaded once cannot be again: what is in its way?
 * @cycle: the cycle
 * @err: negative errno of the load
 *
 * What is found is a failure of the cycle before. Sends a failure in any case.
 */
void audit_load(uint64_t cycle, int err)
{
	if (check_directories(cycle - 1))
		channel_failure(PHASE_LOAD, cycle, "cannot be loaded again: %s", strerror(-err));
}

/**
 * audit_end() - the checks that are made once, after the last cycle
 * @cycle: the last cycle
 */
void audit_end(uint64_t cycle)
{
	if (check_helpers(cycle) && check_directories(cycle))
		audit_boot_end(cycle, audit.mode, audit.removal);
}
