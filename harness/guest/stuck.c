// SPDX-License-Identifier: GPL-2.0
/*
 * Who is stuck, and where: the stacks of those who are in a module, in the kernel's log,
 * where the host reads them before the guest's own word.
 *
 *	modrace: hang of remover/34
 *	Call Trace:
 *	 remove_proc_entry+0x12/0x80
 *	 foo_exit+0x10/0x12 [foo]
 *	 __se_sys_delete_module+0x1f2/0x2b0
 *	modrace: waits, too: reader/35: wait_event, foo_read [foo], proc_reg_read, vfs_read
 *
 * Frames in a module that is gone are not in a stack. PID 1 looks where it finds that
 * others do not come back. Where PID 1 is the remover itself somebody else has to watch it:
 *
 *	PID 1     |beat: load|beat: settle|beat: unload| ... in exit for ever
 *	watcher        1 s        1 s         1 s  1 s ... 20 s: looks, and ends the guest
 *
 * Both live by the guest's clock, which stands still while the host keeps the guest from
 * running.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "channel.h"
#include "stuck.h"
#include "util.h"

/* A load may take ten seconds, and nobody need worry. */
#define WATCH_BEATS   20
#define WATCH_BEAT_US 1000000

#define STACK_LEN  4096
#define CHAIN_MAX  6
#define OTHERS_MAX 6

/* How a line of /proc/PID/stack begins */
#define FRAME     "[<0>] "
#define FRAME_LEN (sizeof(FRAME) - 1)

/**
 * enum rank - how much a task's stack tells
 * @RANK_NOTHING: not in a module
 * @RANK_INSIDE: in a module
 * @RANK_REMOVER: it removes a module, and is in it
 */
enum rank {
	RANK_NOTHING,
	RANK_INSIDE,
	RANK_REMOVER,
};

/**
 * struct task - a task of the guest
 * @pid: its number
 * @name: its name
 * @stack: where it is, as /proc/PID/stack says
 */
struct task {
	int pid;
	char name[32];
	char stack[STACK_LEN];
};

static size_t read_file(int pid, const char *file, char *buf, size_t size)
{
	char path[48];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, buf, size - 1);
	if (fd >= 0)
		close(fd);
	buf[n > 0 ? n : 0] = '\0';
	return n > 0 ? n : 0;
}

static bool read_task(int pid, struct task *task)
{
	task->pid = pid;
	read_file(pid, "comm", task->name, sizeof(task->name));
	task->name[strcspn(task->name, "\n")] = '\0';
	return pid != getpid() && read_file(pid, "stack", task->stack, sizeof(task->stack));
}

/* "[<0>] foo_read+0x1c/0x40 [foo]" */
static bool in_module(const char *line, size_t len)
{
	return len > FRAME_LEN && line[len - 1] == ']';
}

static const char *next_line(const char *line)
{
	line += strcspn(line, "\n");
	return line + (*line == '\n');
}

static enum rank rank_of(const struct task *task)
{
	const char *line = task->stack;
	bool inside = false;

	for (; *line; line = next_line(line))
		inside |= in_module(line, strcspn(line, "\n"));
	if (!inside)
		return RANK_NOTHING;
	return strstr(task->stack, "delete_module") ? RANK_REMOVER : RANK_INSIDE;
}

/* As the kernel prints stacks */
static void log_frame(const char *frame, int len)
{
	char text[160];

	snprintf(text, sizeof(text), " %.*s", len, frame);
	channel_log(text);
}

static void log_stack(const struct task *task)
{
	const char *line = task->stack;
	char head[80];

	snprintf(head, sizeof(head), "modrace: hang of %s/%d", task->name, task->pid);
	channel_log(head);
	channel_log("Call Trace:");
	for (; *line; line = next_line(line)) {
		if (strcspn(line, "\n") > FRAME_LEN)
			log_frame(line + FRAME_LEN, (int)(strcspn(line, "\n") - FRAME_LEN));
	}
}

/* "foo_read [foo]" of "[<0>] foo_read+0x1c/0x40 [foo]" */
static size_t add_function(char *text, size_t at, size_t size, const char *line)
{
	size_t len = strcspn(line, "\n"), name, module;

	if (len <= FRAME_LEN)
		return at;
	line += FRAME_LEN;
	len -= FRAME_LEN;
	name = strcspn(line, "\n +");
	module = strcspn(line, "[\n");
	at += snprintf(text + at, size - at, "%.*s%s%.*s", (int)name, line, module < len ? " " : "",
		       module < len ? (int)(len - module) : 0, line + module);
	return at < size ? at : size - 1;
}

static void log_chain(const struct task *task)
{
	const char *line = task->stack;
	unsigned int nr;
	char text[400];
	size_t at;

	at = snprintf(text, sizeof(text), "modrace: waits, too: %s/%d:", task->name, task->pid);
	for (nr = 0; *line && nr < CHAIN_MAX; nr++) {
		at += snprintf(text + at, sizeof(text) - at, nr ? ", " : " ");
		at = add_function(text, at, sizeof(text) - 3, line);
		line = next_line(line);
	}
	channel_log(text);
}

/* The next task, 0 if there is none. */
static int next_task(DIR *proc)
{
	struct dirent *entry;

	while ((entry = readdir(proc))) {
		if (isdigit((unsigned char)entry->d_name[0]))
			return atoi(entry->d_name);
	}
	return 0;
}

/* Who tells most; 0 if nobody is in a module. */
static int find_accused(DIR *proc, struct task *task)
{
	enum rank best = RANK_NOTHING;
	int pid, accused = 0;

	while ((pid = next_task(proc))) {
		if (read_task(pid, task) && rank_of(task) > best) {
			best = rank_of(task);
			accused = pid;
		}
	}
	rewinddir(proc);
	return accused;
}

/**
 * stuck_report() - have the console say who is stuck in a module, and who else is in one
 *
 * Says nothing if nobody is. A failure of the guest's own is to follow.
 */
void stuck_report(void)
{
	static struct task task;
	DIR *proc = opendir("/proc");
	unsigned int others = 0;
	int pid, accused;

	if (!proc)
		return;
	accused = find_accused(proc, &task);
	if (accused && read_task(accused, &task))
		log_stack(&task);
	while (accused && others < OTHERS_MAX && (pid = next_task(proc))) {
		if (pid == accused || !read_task(pid, &task) || rank_of(&task) == RANK_NOTHING)
			continue;
		log_chain(&task);
		others++;
	}
	closedir(proc);
}

static void __attribute__((noreturn)) watch(const struct channel_pulse *pulse)
{
	uint64_t seen = 0;
	unsigned int beats = 0;

	prctl(PR_SET_NAME, "watcher");
	while (beats < WATCH_BEATS) {
		nap_us(WATCH_BEAT_US);
		beats = pulse->beats == seen ? beats + 1 : 0;
		seen = pulse->beats;
	}
	stuck_report();
	channel_failure(pulse->phase, pulse->cycle, "hang: no end of phase %s",
			phase_names[pulse->phase]);
	guest_power_off();
}

/**
 * stuck_watch() - fork somebody who ends the guest if PID 1 does not come on
 *
 * For modes where PID 1 removes the module itself.
 */
void stuck_watch(void)
{
	const struct channel_pulse *pulse = channel_share_pulse();
	pid_t pid = fork();

	guest_check(pid, "fork of the watcher");
	if (!pid)
		watch(pulse);
}
