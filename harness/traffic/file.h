/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Operations on one file: open, use, hold, close, for all kinds that have them.
 *
 *	worker     |open|use x repeat|begin|......... held .........|end|close|
 *	remover                               |delete_module()|
 *
 * What is written may have the number of the operation in it, and may be undone by
 * something else that is written before the next operation, or when the worker parks:
 *
 *	worker     |write "add 7"| ... |write "del 7"|write "add 8"| ... |write "del 8"| parked
 *
 * A file that is not held is closed after its use. The first operation of each cycle
 * holds nothing, so that the remover learns quickly that the file has been reached.
 */
#ifndef MODRACE_TRAFFIC_FILE_H
#define MODRACE_TRAFFIC_FILE_H

#include "kit.h"

/* Keys of kinds that write to a file, see file_write(). */
#define FILE_WRITE_HELP     "what to write, nothing if empty; {n} is the operation's number"
#define FILE_UNDO_HELP      "what undoes it, written when the worker parks and before it writes again"
#define FILE_UNDO_PATH_HELP "the file that this is written to, if it is another"

/**
 * struct file_use - what is done with a file, which is open as t->fd
 * @use: what it is opened for; returns 0 or a negative errno
 * @begin: begins what is to be under way while the file is held; returns what @end is
 *	told, or a negative errno; may be NULL
 * @end: after the hold, with what @begin returned; @use if it is NULL. An error that says
 *	that the module has gone meanwhile is none
 */
struct file_use {
	int (*use)(struct traffic *t);
	int (*begin)(struct traffic *t);
	int (*end)(struct traffic *t, int begun);
};

int file_open(struct traffic *t, const char *path, int flags);
int file_write(struct traffic *t, const char *says);
void file_undo(struct traffic *t, const char *path, const char *says);
int file_op(struct traffic *t, const struct file_use *file, unsigned long repeat,
	    enum traffic_hold hold);

#endif /* MODRACE_TRAFFIC_FILE_H */
