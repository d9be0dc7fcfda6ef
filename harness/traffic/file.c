// SPDX-License-Identifier: GPL-2.0
/*
 * The operation described in file.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "file.h"

/**
 * file_open() - open the file of an operation
 * @t: the worker; its fd and flags are set
 * @path: the file
 * @flags: of open(2)
 *
 * Return: 0 or a negative errno.
 */
int file_open(struct traffic *t, const char *path, int flags)
{
	t->flags = flags;
	t->fd = open(path, flags | O_CLOEXEC);
	return t->fd < 0 ? -errno : 0;
}

/* Puts the number of an operation in the place of "{n}". */
static int write_text(int fd, const char *says, unsigned long number)
{
	char text[TRAFFIC_STRING_LEN + 24];
	const char *mark = strstr(says, "{n}");

	if (mark)
		snprintf(text, sizeof(text), "%.*s%lu%s", (int)(mark - says), says, number,
			 mark + strlen("{n}"));
	return pwrite(fd, mark ? text : says, strlen(mark ? text : says), 0) < 0 ? -errno : 0;
}

/**
 * file_write() - write what a section says to the open file
 * @t: the worker
 * @says: the text; "{n}" is the number of the operation, from 1, which no other worker of
 *	the section uses
 *
 * Return: 0 or a negative errno.
 */
int file_write(struct traffic *t, const char *says)
{
	unsigned long number = traffic_turn(t) * t->workers + t->index + 1;
	int ret = write_text(t->fd, says, number);

	if (!ret)
		t->written = number;
	return ret;
}

/**
 * file_undo() - take back what was written last, if anything is left to take back
 * @t: the worker
 * @path: the file to write to
 * @says: the text, with the same number for "{n}"; empty if nothing is to be undone
 *
 * What was written has gone with its module, or is taken back: no error counts.
 */
void file_undo(struct traffic *t, const char *path, const char *says)
{
	int fd = *says && t->written ? open(path, O_WRONLY | O_CLOEXEC) : -1;

	if (fd >= 0) {
		write_text(fd, says, t->written);
		close(fd);
	}
	t->written = 0;
}

static int hold_file(struct traffic *t, const struct file_use *file, enum traffic_hold hold)
{
	int ret = file->begin ? file->begin(t) : 0;

	if (ret < 0)
		return ret;
	traffic_hold(t, hold);
	ret = file->end ? file->end(t, ret) : file->use(t);
	return ret == -ENODEV || ret == -ENXIO ? 0 : ret;
}

/**
 * file_op() - use the file that has been opened, hold it, and close it
 * @t: the worker
 * @file: what is done with it
 * @repeat: how often it is used before it is held, at least once
 * @hold: for how long it is held
 *
 * Return: 0 or a negative errno.
 */
int file_op(struct traffic *t, const struct file_use *file, unsigned long repeat,
	    enum traffic_hold hold)
{
	int ret;

	do {
		ret = file->use(t);
	} while (!ret && --repeat);
	if (!ret && hold)
		ret = hold_file(t, file, hold);
	close(t->fd);
	return ret;
}
