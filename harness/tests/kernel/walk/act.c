// SPDX-License-Identifier: GPL-2.0
/*
 * What the walk does to the kernel, and how it looks at it. System calls that may
 * never return are made by children. Results are 0, or negative errnos.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "act.h"

/* The exit status of a child stands for a result that is no known errno. */
#define STRANGE 255

static const char *module_directory;
static long limit;

/**
 * act_init() - before anything else
 * @directory: where the modules are
 * @limit_ms: how long a call may take
 */
void act_init(const char *directory, long limit_ms)
{
	module_directory = directory;
	limit = limit_ms;
}

/**
 * act_now() - milliseconds since some point in time
 */
long act_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/**
 * act_sleep() - sleep
 * @ms: for how many milliseconds
 */
void act_sleep(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

static int errno_of(long ret)
{
	return ret < 0 ? -errno : (int)ret;
}

/**
 * act_load() - load a module
 * @module: its name
 */
int act_load(const char *module)
{
	char path[256];
	int fd, ret;

	snprintf(path, sizeof(path), "%s/%s.ko", module_directory, module);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = errno_of(syscall(SYS_finit_module, fd, "", 0));
	close(fd);
	return ret;
}

/**
 * act_start_delete() - have a child call delete_module()
 * @module: its name
 * @flags: of the call
 *
 * Return: the child, for act_join().
 */
pid_t act_start_delete(const char *module, unsigned int flags)
{
	pid_t pid = fork();
	int ret;

	if (pid)
		return pid;
	/* It is not to hold what its parent does. */
	close_range(3, ~0U, 0);
	ret = errno_of(syscall(SYS_delete_module, module, flags));
	_exit(ret > 1 || ret < -EHWPOISON ? STRANGE : ret < 0 ? -ret + 1 : ret);
}

static void read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = -1;

	if (fd >= 0) {
		len = read(fd, text, size - 1);
		close(fd);
	}
	text[len < 0 ? 0 : len] = '\0';
}

/* D, S, R, Z ... */
static char state_of(pid_t pid)
{
	char path[32], stat[256], *at;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	read_file(path, stat, sizeof(stat));
	at = strrchr(stat, ')');
	return at ? at[2] : 'Z';
}

/**
 * act_sleeps() - wait until a child sleeps in its call, for a while already
 * @pid: from act_start_delete()
 * @limit_ms: how long to wait for that
 *
 * Return: false if it has ended instead, or does neither.
 */
bool act_sleeps(pid_t pid, long limit_ms)
{
	long end = act_now() + limit_ms;
	int asleep = 0;
	char state;

	while (asleep < 3 && act_now() < end) {
		state = state_of(pid);
		if (state == 'Z')
			return false;
		asleep = state == 'D' ? asleep + 1 : 0;
		act_sleep(2);
	}
	return asleep == 3;
}

/**
 * act_join() - the result of a child
 * @pid: from act_start_delete()
 * @limit_ms: how long to wait for it
 *
 * Return: the result of its call, or HANGS; it goes on running then.
 */
int act_join(pid_t pid, long limit_ms)
{
	long end = act_now() + limit_ms;
	int status = 0;
	pid_t done;

	for (;;) {
		done = waitpid(pid, &status, WNOHANG);
		if (done == pid)
			break;
		if (act_now() >= end)
			return HANGS;
		act_sleep(1);
	}
	if (!WIFEXITED(status))
		return -EINTR;
	if (WEXITSTATUS(status) == STRANGE)
		return -STRANGE;
	return WEXITSTATUS(status) > 1 ? 1 - WEXITSTATUS(status) : WEXITSTATUS(status);
}

/**
 * act_kill() - end a child
 * @pid: from act_start_delete()
 */
void act_kill(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/**
 * act_delete() - call delete_module()
 * @module: its name
 * @flags: of the call
 *
 * Return: its result, or HANGS.
 */
int act_delete(const char *module, unsigned int flags)
{
	pid_t pid = act_start_delete(module, flags);
	int ret = act_join(pid, limit);

	if (ret == HANGS)
		act_kill(pid);
	return ret;
}

/* At once: what is written to may answer with 0, which has stdio write again and again. */
static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), ret;

	if (fd < 0)
		return -errno;
	ret = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

/**
 * act_ctl() - tell the control module to do something
 * @command: see tml_ctl.c
 * @module: for which module
 */
int act_ctl(const char *command, const char *module)
{
	char line[96];

	snprintf(line, sizeof(line), "%s %s", command, module);
	return write_file("/dev/tml_ctl", line);
}

/**
 * act_open() - open the device of a module
 * @module: its name
 *
 * Return: a descriptor, or a negative errno.
 */
int act_open(const char *module)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/%s", module);
	return errno_of(open(path, O_RDONLY | O_CLOEXEC));
}

/**
 * act_param() - set a parameter of a module
 * @module: its name
 * @name: of the parameter
 * @value: what to set it to
 */
int act_param(const char *module, const char *name, int value)
{
	char path[128], text[16];

	snprintf(path, sizeof(path), "/sys/module/%s/parameters/%s", module, name);
	snprintf(text, sizeof(text), "%d", value);
	return write_file(path, text);
}

/**
 * act_events() - what a module and the notifiers have seen since "clear"
 * @module: its name
 * @events: in this order, with spaces between
 * @size: of @events
 */
void act_events(const char *module, char *events, size_t size)
{
	char log[8192], *line, *rest = log;
	const size_t len = strlen(module);
	size_t at = 0;

	read_file("/dev/tml_ctl", log, sizeof(log));
	events[0] = '\0';
	while ((line = strsep(&rest, "\n"))) {
		if (strncmp(line, module, len) || line[len] != ' ' || at >= size)
			continue;
		at += snprintf(events + at, size - at, "%s%s", at ? " " : "", line + len + 1);
	}
}

/**
 * act_attr() - an attribute of a module
 * @module: its name
 * @name: of the attribute
 * @value: its value, empty if there is none
 * @size: of @value
 */
void act_attr(const char *module, const char *name, char *value, size_t size)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/module/%s/%s", module, name);
	read_file(path, value, size);
	value[strcspn(value, "\n")] = '\0';
}
