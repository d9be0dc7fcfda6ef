// SPDX-License-Identifier: GPL-2.0
/*
 * For whoever wants to be sure: everything that the host knows of the instance, as text,
 * at the checkpoint and after each way back. It is looked for at large, so that a kind of
 * state that nobody thought of shows as well.
 *
 *	/proc/self/maps, and those of the stubs		mappings
 *	/proc/self/fd/N, fdinfo				descriptors
 *	/proc/self/status				threads, signals
 *	/proc/self/timers				timers of the process
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/syscall.h>
#include <os.h>
#include "checkpoint_internal.h"

/* Where the text goes; there is but one way back at a time. */
static char *out;
static int used;

static void add(const char *text, int size)
{
	if (used + size >= CKPT_TEXT)
		ckpt_fail("too much to compare", 0);
	memcpy(out + used, text, size);
	used += size;
	out[used] = 0;
}

static void add_file(const char *path)
{
	int n = ckpt_read(path, out + used, CKPT_TEXT - used);

	if (n < 0)
		ckpt_fail(path, -n);
	used += n;
}

/* Where a file stands means nothing to us: we give the offset with each access. */
static void add_fdinfo(int fd)
{
	int from = used, end;
	char path[64];
	char *line;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	add_file(path);
	line = strchr(out + from, '\n');
	if (!line || strncmp(out + from, "pos:", 4))
		return;
	end = line + 1 - out;
	memmove(out + from, out + end, used - end + 1);
	used -= end - from;
}

/* A stub that was made anew has another socket, with the same number. */
static void add_fd(int fd)
{
	char path[64], target[256];
	int n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = syscall(__NR_readlinkat, AT_FDCWD, path, target, sizeof(target));
	if (n < 0)
		return;
	add(path, strlen(path));
	add(" ", 1);
	add(target, strncmp(target, "socket:", 7) ? n : 7);
	add("\n", 1);
	add_fdinfo(fd);
}

static void add_lines(const char *path, const char *const *heads, int nr)
{
	char *p = ckpt->status;
	char *end;
	int i;

	if (ckpt_read(path, p, sizeof(ckpt->status)) < 0)
		ckpt_fail(path, 0);
	for (; (end = strchr(p, '\n')); p = end + 1)
		for (i = 0; i < nr; i++)
			if (!strncmp(p, heads[i], strlen(heads[i])))
				add(p, end + 1 - p);
}

static void look(char *text)
{
	static const char *const heads[] = { "Threads:", "SigPnd:", "ShdPnd:",
					     "SigIgn:", "SigCgt:" };
	char path[64];
	int i;

	out = text;
	used = 0;
	add_file("/proc/self/maps");
	for (i = 0; i < ckpt->nr_stubs; i++) {
		snprintf(path, sizeof(path), "/proc/%d/maps", ckpt->stubs[i].pid);
		add_file(path);
	}
	for (i = 0; i < CKPT_FDS; i++)
		add_fd(i);
	add_lines("/proc/self/status", heads, ARRAY_SIZE(heads));
	add_file("/proc/self/timers");
}

/**
 * ckpt_look() - keep what the host knows at the checkpoint
 */
void ckpt_look(void)
{
	look(ckpt->was);
}

static int line_length(const char *line)
{
	const char *end = strchr(line, '\n');

	return end ? end - line : strlen(line);
}

/**
 * ckpt_compare() - does the host know the same now?
 *
 * Ends the instance with the first line that differs if it does not.
 */
void ckpt_compare(void)
{
	const char *was = ckpt->was, *now = ckpt->text;
	int size;

	look(ckpt->text);
	for (;; was += size + 1, now += size + 1) {
		size = line_length(was);
		if (line_length(now) != size || strncmp(was, now, size))
			break;
		if (!was[size])
			return;
	}
	syscall(__NR_write, 2, "checkpoint: was ", 16);
	syscall(__NR_write, 2, was, line_length(was));
	syscall(__NR_write, 2, "\ncheckpoint: is  ", 17);
	syscall(__NR_write, 2, now, line_length(now));
	syscall(__NR_write, 2, "\n", 1);
	ckpt_fail("the host has something else", 0);
}
