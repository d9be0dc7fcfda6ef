// SPDX-License-Identifier: GPL-2.0
/*
 * A character device: open, the calls the section asks for, close. With
 * `hold = yes` the descriptor is kept open while the module is being unloaded,
 * and used once more before it is closed; with `forever = yes` until the traffic
 * is parked, whatever the remover wants:
 *
 *	worker     |open|read, ...|.......... held ..........|read, ...|close|
 *	remover                        |delete_module()|
 *
 * The first operation of each cycle holds nothing, so that the remover learns
 * quickly that the device has been reached.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../traffic.h"

#define BUFFER_SIZE 256
#define MAP_SIZE    4096

enum {
	KEY_PATH,
	KEY_WRITE,
	KEY_IOCTL,
	KEY_MMAP,
	KEY_HOLD,
	KEY_FOREVER,
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
	char buf[BUFFER_SIZE] = "modrace";
	long request = traffic_num(t, KEY_IOCTL);
	int ret;

	if (read(t->fd, buf, sizeof(buf)) < 0)
		return traffic_fail(t, "read", last_error());
	if (traffic_bool(t, KEY_WRITE) && write(t->fd, buf, sizeof(buf)) < 0)
		return traffic_fail(t, "write", last_error());
	if (request && ioctl(t->fd, request, buf) < 0)
		return traffic_fail(t, "ioctl", last_error());
	ret = traffic_bool(t, KEY_MMAP) ? map_device(t->fd) : 0;
	return ret ? traffic_fail(t, "mmap", ret) : 0;
}

static int hold_device(struct traffic *t)
{
	int ret;

	if (traffic_bool(t, KEY_FOREVER))
		traffic_hold_on(t);
	else
		traffic_hold(t);
	ret = use_device(t);
	return ret == -ENODEV || ret == -ENXIO ? 0 : ret;
}

static int chardev_op(struct traffic *t)
{
	int ret;

	/* devtmpfs makes a node first and sets its mode then. */
	t->fd = open(traffic_str(t, KEY_PATH), O_RDWR | O_CLOEXEC);
	if (t->fd < 0)
		return traffic_fail(t, "open", errno == EACCES ? -ENOENT : -errno);

	ret = use_device(t);
	if (!ret && traffic_bool(t, KEY_HOLD))
		ret = hold_device(t);
	close(t->fd);
	return ret;
}

const struct traffic_ops chardev_traffic = {
	.name = "chardev",
	.keys = {
		[KEY_PATH] = "path",
		[KEY_WRITE] = "write",
		[KEY_IOCTL] = "ioctl",
		[KEY_MMAP] = "mmap",
		[KEY_HOLD] = "hold",
		[KEY_FOREVER] = "forever",
	},
	.op = chardev_op,
};
