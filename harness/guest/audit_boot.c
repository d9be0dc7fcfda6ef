// SPDX-License-Identifier: GPL-2.0
/*
 * What is compared once a boot, since looking takes too long to do it after each
 * unload: kernel threads, keys of lockdep (a workqueue has one, and is in no file of
 * /sys), memory that nothing points to, and pages that nobody has. Which cycle left it
 * behind stays open. And whether lockdep has watched to the end.
 *
 * They are compared with what there is after the first cycle: a subsystem that is used
 * for the first time may start a thread that stays.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit.h"
#include "channel.h"
#include "util.h"

#define LOCKDEP_STATS "/proc/lockdep_stats"

/* include/linux/sched.h */
#define PF_WQ_WORKER 0x00000020
#define PF_KTHREAD   0x00200000

/* kmemleak does not report what is younger than 5 s (MSECS_MIN_AGE). */
#define KMEMLEAK_AGE_US 6000000

#define MEMINFO "/proc/meminfo"

/*
 * Caches of the kernel that /proc/meminfo does not know grow a little at first, up to
 * 140 kB. A page lost in each cycle is told from that after so many of them.
 */
#define PAGES_CYCLES 128
#define KB_A_CYCLE   3

#define MAX_THREADS 1024

/**
 * struct thread - a kernel thread
 * @pid: its number
 * @name: its name
 */
struct thread {
	int pid;
	char name[32];
};

static struct audit_boot {
	struct thread threads[MAX_THREADS];
	unsigned int nr_threads;
	struct thread stranger;
	long keys;
	long ownerless_kb;
	uint64_t first_cycle;
	bool known;
} before;

/* Workers that belong to no queue come and go. */
static bool is_pool_worker(unsigned int flags, const char *name)
{
	return flags & PF_WQ_WORKER && strncmp(name, "kworker/R-", 10);
}

/* False for those, for processes, and for what has just ended. */
static bool read_thread(const char *pid, struct thread *thread)
{
	char path[64];
	unsigned int flags = 0;
	FILE *file;
	int got;

	snprintf(path, sizeof(path), "/proc/%.16s/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	/* proc_pid_stat(5): pid (comm) state ppid pgrp session tty_nr tpgid flags */
	got = fscanf(file, "%d (%31[^)]) %*c %*d %*d %*d %*d %*d %u", &thread->pid, thread->name,
		     &flags);
	fclose(file);
	return got == 3 && flags & PF_KTHREAD && !is_pool_worker(flags, thread->name);
}

static void visit_threads(void (*visit)(const struct thread *thread))
{
	struct dirent *entry;
	struct thread thread;
	DIR *dir = opendir("/proc");

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (isdigit((unsigned char)*entry->d_name) && read_thread(entry->d_name, &thread))
			visit(&thread);
	}
	closedir(dir);
}

static void keep_thread(const struct thread *thread)
{
	if (before.nr_threads < MAX_THREADS)
		before.threads[before.nr_threads++] = *thread;
}

static void look_for_stranger(const struct thread *thread)
{
	unsigned int i;

	for (i = 0; i < before.nr_threads; i++) {
		if (before.threads[i].pid == thread->pid)
			return;
	}
	before.stranger = *thread;
}

static bool threads_as_before(unsigned int unused)
{
	(void)unused;
	before.stranger.pid = 0;
	visit_threads(look_for_stranger);
	return !before.stranger.pid;
}

/* A name that ends in a number has another one the next time. */
static bool check_threads(uint64_t cycle)
{
	char *name = before.stranger.name;
	size_t len;

	if (audit_holds_soon(threads_as_before, 0))
		return true;
	len = strlen(name);
	while (len && isdigit((unsigned char)name[len - 1]))
		len--;
	channel_failure(PHASE_AUDIT, cycle, "leftover: kernel thread %.*s", (int)len, name);
	return false;
}

/* A number of lockdep's statistics, -1 without lockdep. */
static long read_lockdep(const char *name)
{
	FILE *file = fopen(LOCKDEP_STATS, "re");
	char line[256], key[64];
	long number, value = -1;

	if (!file)
		return -1;
	while (value < 0 && fgets(line, sizeof(line), file)) {
		if (sscanf(line, " %63[^:]: %ld", key, &number) == 2 && !strcmp(key, name))
			value = number;
	}
	fclose(file);
	return value;
}

/* Dynamic lock classes, -1 without lockdep. */
static long read_keys(void)
{
	return read_lockdep("dynamic-keys");
}

static bool keys_as_before(unsigned int unused)
{
	(void)unused;
	return read_keys() <= before.keys;
}

/*
 * lockdep turns itself off when it has reported something, when a table of its own is
 * full, and when a reference count was overridden. The host, which has read the console,
 * tells the first from the others; the last is what a forced removal asks for.
 */
static void check_lockdep(enum run_mode mode, enum removal removal)
{
	long on = read_lockdep("debug_locks");

	if (removal == REMOVAL_FORCE || on > 0 || (on < 0 && mode != MODE_LOCKDEP))
		return;
	channel_note("lockdep is off");
}

static bool check_keys(uint64_t cycle)
{
	if (audit_holds_soon(keys_as_before, 0))
		return true;
	channel_failure(PHASE_AUDIT, cycle, "leftover: a workqueue, or another lock with a key");
	return false;
}

/*
 * The report's first line says how much was lost, the backtrace below who
 * allocated it; the title is made of the first frame that belongs to a module.
 */
static bool report_kmemleak(char *report, uint64_t cycle)
{
	char *bracket = strstr(report, " [");
	char *line = bracket;

	fprintf(stderr, "%s", report);
	while (line && line > report && line[-1] != '\n')
		line--;
	if (!line)
		return true;
	line += strspn(line, " ");
	if (*line == '[')
		line = strchr(line, ' ') + 1;
	channel_failure(PHASE_AUDIT, cycle, "memory leak (kmemleak) in %.*s%.*s",
			(int)strcspn(line, "+"), line, (int)strcspn(bracket, "]") + 1, bracket);
	return false;
}

static bool check_kmemleak(uint64_t cycle)
{
	static char report[65536];
	bool clean = true;
	int fd = open("/sys/kernel/debug/kmemleak", O_RDWR | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return true;
	nap_us(KMEMLEAK_AGE_US);
	if (write(fd, "scan", 4) != 4 || write(fd, "scan", 4) != 4)
		guest_broken("scan of kmemleak: %s", strerror(errno));
	n = read(fd, report, sizeof(report) - 1);
	if (n > 0) {
		report[n] = '\0';
		clean = report_kmemleak(report, cycle);
	}
	close(fd);
	return clean;
}

static bool has_an_owner(const char *name)
{
	static const char *const names[] = {
		"MemFree",     "Buffers",    "Cached",      "AnonPages", "Slab",
		"KernelStack", "PageTables", "VmallocUsed", "Percpu",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(name, names[i]))
			return true;
	}
	return false;
}

/* Kilobytes that are neither free nor somebody's, -1 if there is no telling. */
static long read_ownerless(void)
{
	FILE *file = fopen(MEMINFO, "re");
	char line[128], name[32];
	long kb, ownerless = -1;

	if (!file)
		return -1;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%31[^:]: %ld", name, &kb) != 2)
			continue;
		if (!strcmp(name, "MemTotal"))
			ownerless = kb;
		else if (has_an_owner(name))
			ownerless -= kb;
	}
	fclose(file);
	return ownerless;
}

/* kmemleak does not know of what comes straight from the page allocator. */
static void check_pages(uint64_t cycle)
{
	uint64_t cycles = cycle - before.first_cycle;
	long kb = read_ownerless() - before.ownerless_kb;

	if (cycles < PAGES_CYCLES || kb < (long)(cycles * KB_A_CYCLE))
		return;
	fprintf(stderr, "%ld kB of pages were lost in %llu cycles\n", kb,
		(unsigned long long)cycles);
	channel_failure(PHASE_AUDIT, cycle, "memory leak: pages that nobody has");
}

/**
 * audit_boot_cycle() - take down what there is after the first cycle
 * @cycle: the cycle
 */
void audit_boot_cycle(uint64_t cycle)
{
	if (before.known)
		return;
	before.known = true;
	before.first_cycle = cycle;
	visit_threads(keep_thread);
	before.keys = read_keys();
	before.ownerless_kb = read_ownerless();
}

/**
 * audit_boot_end() - compare with that after the last cycle
 * @cycle: the last cycle
 * @mode: the run's mode
 * @removal: how the module was removed
 *
 * kmemleak is asked where time is virtual, since its objects must be seconds old, and
 * pages are counted where nothing but the module's traffic has any use for them.
 */
void audit_boot_end(uint64_t cycle, enum run_mode mode, enum removal removal)
{
	check_lockdep(mode, removal);
	if (before.known && (!check_threads(cycle) || !check_keys(cycle)))
		return;
	if (mode == MODE_EXPLORE && check_kmemleak(cycle))
		check_pages(cycle);
}
