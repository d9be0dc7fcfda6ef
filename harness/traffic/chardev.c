// SPDX-License-Identifier: GPL-2.0
/*
 * A character device: open, the calls the section asks for, close. If it is held, the
 * calls are made once more before it is closed (file.h):
 *
 *	worker     |open|read, ...|.......... held ..........|read, ...|close|
 *	remover                        |delete_module()|
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "file.h"

#define BUFFER_SIZE 256
#define MAP_SIZE    4096

/* What a section says, see the keys. */
struct chardev_keys {
	char path[TRAFFIC_STRING_LEN];
	bool write;
	struct traffic_numbers ioctl;
	bool mmap;
	enum traffic_hold hold;
};

static const struct traffic_key keys[] = {
	{ "path", TRAFFIC_FILE(struct chardev_keys, path), .help = "the device node" },
	{ "write", TRAFFIC_BOOL(struct chardev_keys, write), .def = "no", .help = "write to it" },
	{ "ioctl", TRAFFIC_NUMBERS(struct chardev_keys, ioctl, 1, UINT32_MAX), .def = "",
	  .help = "request numbers to try, one after the other" },
	{ "mmap", TRAFFIC_BOOL(struct chardev_keys, mmap), .def = "no",
	  .help = "map a page of it" },
	{ "hold", TRAFFIC_HOLD(struct chardev_keys, hold), .def = "no",
	  .help = "keep the descriptor across an unload, then use and close it" },
	{}
};

/* The device may go during any call; block devices say EIO then. */
static int last_error(void)
{
	return errno == EIO ? -ENODEV : -errno;
}

static int map_device(int fd)
{
	char *map;

	map = mmap(NULL, MAP_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	map[0]++;
	munmap(map, MAP_SIZE);
	return 0;
}

static int use_device(struct traffic *t)
{
	const struct chardev_keys *says = t->params;
	char buf[BUFFER_SIZE] = "modrace";
	unsigned int i;
	int ret;

	if (read(t->fd, buf, sizeof(buf)) < 0)
		return traffic_fail(t, "read", last_error());
	if (says->write && write(t->fd, buf, sizeof(buf)) < 0)
		return traffic_fail(t, "write", last_error());
	for (i = 0; i < says->ioctl.nr; i++) {
		if (ioctl(t->fd, says->ioctl.value[i], buf) < 0)
			return traffic_fail(t, "ioctl", last_error());
	}
	ret = says->mmap ? map_device(t->fd) : 0;
	return ret ? traffic_fail(t, "mmap", ret) : 0;
}

static int chardev_op(struct traffic *t)
{
	static const struct file_use device = { .use = use_device };
	const struct chardev_keys *says = t->params;
	int ret = file_open(t, says->path, O_RDWR);

	/* devtmpfs makes a node first and sets its mode then. */
	if (ret)
		return traffic_fail(t, "open", ret == -EACCES ? -ENOENT : ret);
	return file_op(t, &device, 1, says->hold);
}

const struct traffic_kind chardev_traffic = {
	.name = "chardev",
	.help = "open, read, write, ioctl and mmap of a character device",
	.keys = keys,
	.op = chardev_op,
};
