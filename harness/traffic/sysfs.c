// SPDX-License-Identifier: GPL-2.0
/*
 * An attribute in sysfs: open, a few reads and writes, close. One that cannot be
 * read is only written. If it is held, it is used once more before it is closed
 * (file.h). sysfs says -ENODEV then, whatever the module does: an open attribute holds
 * nothing of the module's except during the call itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "file.h"

#define BUFFER_SIZE 4096
#define MAX_REPEAT  1000000

/* What a section says, see the keys. */
struct sysfs_keys {
	char path[TRAFFIC_STRING_LEN];
	char write[TRAFFIC_STRING_LEN];
	char undo[TRAFFIC_STRING_LEN];
	char undo_path[TRAFFIC_STRING_LEN];
	unsigned long repeat;
	enum traffic_hold hold;
};

static const struct traffic_key keys[] = {
	{ "path", TRAFFIC_FILE(struct sysfs_keys, path), .help = "the attribute" },
	{ "write", TRAFFIC_STRING(struct sysfs_keys, write), .def = "", .help = FILE_WRITE_HELP },
	{ "undo", TRAFFIC_STRING(struct sysfs_keys, undo), .def = "", .help = FILE_UNDO_HELP },
	{ "undo_path", TRAFFIC_STRING(struct sysfs_keys, undo_path), .def = "",
	  .help = FILE_UNDO_PATH_HELP },
	{ "repeat", TRAFFIC_NUMBER(struct sysfs_keys, repeat, 1, MAX_REPEAT), .def = "4",
	  .help = "accesses in one operation" },
	{ "hold", TRAFFIC_HOLD(struct sysfs_keys, hold), .def = "no",
	  .help = "keep the file open across an unload, then use and close it" },
	{}
};

static int use_attribute(struct traffic *t)
{
	const struct sysfs_keys *says = t->params;
	char buf[BUFFER_SIZE];
	int ret;

	if (t->flags != O_WRONLY && pread(t->fd, buf, sizeof(buf), 0) < 0)
		return traffic_fail(t, "read", -errno);
	ret = *says->write ? file_write(t, says->write) : 0;
	return ret ? traffic_fail(t, "write", ret) : 0;
}

static void take_back(struct traffic *t)
{
	const struct sysfs_keys *says = t->params;

	file_undo(t, *says->undo_path ? says->undo_path : says->path, says->undo);
}

static int sysfs_op(struct traffic *t)
{
	static const struct file_use attribute = { .use = use_attribute };
	const struct sysfs_keys *says = t->params;
	int ret;

	take_back(t);
	ret = file_open(t, says->path, *says->write ? O_RDWR : O_RDONLY);
	if (ret == -EACCES && *says->write)
		ret = file_open(t, says->path, O_WRONLY);
	if (ret)
		return traffic_fail(t, "open", ret);
	return file_op(t, &attribute, traffic_batch(t, says->repeat), says->hold);
}

const struct traffic_kind sysfs_traffic = {
	.name = "sysfs",
	.help = "read and write of an attribute",
	.keys = keys,
	.op = sysfs_op,
	.park = take_back,
};
