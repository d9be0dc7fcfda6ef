// SPDX-License-Identifier: GPL-2.0
/*
 * A file in /proc: open, read it a few times, `size` bytes and at most 64 times, write
 * to it each time if told what, close. If it is held (file.h), a part of it has been
 * read, and it is read on before it is closed:
 *
 *	worker     |open|read ... read|read|....... held .......|read ...|close|
 *	remover                               |delete_module()|
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "file.h"

#define BUFFER_SIZE 4096
#define MAX_REPEAT  1000000
#define MAX_PARTS   64

/* What a section says, see the keys. */
struct procfs_keys {
	char path[TRAFFIC_STRING_LEN];
	char write[TRAFFIC_STRING_LEN];
	char undo[TRAFFIC_STRING_LEN];
	char undo_path[TRAFFIC_STRING_LEN];
	unsigned long repeat;
	unsigned long size;
	enum traffic_hold hold;
};

static const struct traffic_key keys[] = {
	{ "path", TRAFFIC_FILE(struct procfs_keys, path), .help = "the file" },
	{ "write", TRAFFIC_STRING(struct procfs_keys, write), .def = "", .help = FILE_WRITE_HELP },
	{ "undo", TRAFFIC_STRING(struct procfs_keys, undo), .def = "", .help = FILE_UNDO_HELP },
	{ "undo_path", TRAFFIC_STRING(struct procfs_keys, undo_path), .def = "",
	  .help = FILE_UNDO_PATH_HELP },
	{ "repeat", TRAFFIC_NUMBER(struct procfs_keys, repeat, 1, MAX_REPEAT), .def = "4",
	  .help = "accesses in one operation" },
	{ "size", TRAFFIC_NUMBER(struct procfs_keys, size, 1, BUFFER_SIZE), .def = "4096",
	  .help = "bytes a read" },
	{ "hold", TRAFFIC_HOLD(struct procfs_keys, hold), .def = "no",
	  .help = "keep the file open across an unload, a part of it read, then read on" },
	{}
};

/* procfs answers -EIO once the entry is being removed. */
static int fail(struct traffic *t, const char *call)
{
	return errno == EIO ? -ENODEV : traffic_fail(t, call, -errno);
}

/* One part; the bytes read, or a negative errno. */
static int read_part(struct traffic *t, off_t pos)
{
	const struct procfs_keys *says = t->params;
	char buf[BUFFER_SIZE];
	ssize_t n = pread(t->fd, buf, says->size, pos);

	return n < 0 ? fail(t, "read") : n;
}

/* To the end, or as far as is enough of a file that has none. */
static int read_from(struct traffic *t, int pos)
{
	int n, parts = 0;

	do {
		n = read_part(t, pos);
		pos += n;
	} while (n > 0 && ++parts < MAX_PARTS);
	return n < 0 ? n : 0;
}

static int use_file(struct traffic *t)
{
	const struct procfs_keys *says = t->params;
	int ret = read_from(t, 0);

	if (ret || !*says->write)
		return ret;
	ret = file_write(t, says->write);
	if (ret == -EIO)
		return -ENODEV;
	return ret ? traffic_fail(t, "write", ret) : 0;
}

static int read_first(struct traffic *t)
{
	return read_part(t, 0);
}

static void take_back(struct traffic *t)
{
	const struct procfs_keys *says = t->params;

	file_undo(t, *says->undo_path ? says->undo_path : says->path, says->undo);
}

static int procfs_op(struct traffic *t)
{
	static const struct file_use file = {
		.use = use_file,
		.begin = read_first,
		.end = read_from,
	};
	const struct procfs_keys *says = t->params;
	int ret;

	take_back(t);
	ret = file_open(t, says->path, *says->write ? O_RDWR : O_RDONLY);
	if (ret)
		return traffic_fail(t, "open", ret);
	return file_op(t, &file, traffic_batch(t, says->repeat), says->hold);
}

const struct traffic_kind procfs_traffic = {
	.name = "procfs",
	.help = "read and write of a file in /proc",
	.keys = keys,
	.op = procfs_op,
	.park = take_back,
};
