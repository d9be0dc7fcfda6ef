// SPDX-License-Identifier: GPL-2.0
/*
 * A device is taken from its driver and given back, through the files `unbind`
 * and `bind` in the driver's directory:
 *
 *	worker     |unbind: remove()| |bind: probe()|
 *
 * A worker that is interrupted in between leaves the device unbound, and others
 * may be at it as well, so finding it unbound or bound already is no error.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../traffic.h"

enum {
	KEY_DRIVER,
	KEY_DEVICE,
};

static int write_driver_file(struct traffic *t, const char *name)
{
	const char *device = traffic_str(t, KEY_DEVICE);
	char path[SCENARIO_VALUE_LEN + 16];
	int ret = 0;

	snprintf(path, sizeof(path), "%s/%s", traffic_str(t, KEY_DRIVER), name);
	t->fd = open(path, O_WRONLY | O_CLOEXEC);
	if (t->fd < 0)
		return -errno;
	if (write(t->fd, device, strlen(device)) < 0)
		ret = -errno;
	close(t->fd);
	return ret;
}

static int bind_op(struct traffic *t)
{
	int ret;

	ret = write_driver_file(t, "unbind");
	if (ret && ret != -ENODEV)
		return traffic_fail(t, "unbind", ret);

	ret = write_driver_file(t, "bind");
	if (ret && ret != -EBUSY)
		return traffic_fail(t, "bind", ret);
	return 0;
}

const struct traffic_ops bind_traffic = {
	.name = "bind",
	.keys = {
		[KEY_DRIVER] = "driver",
		[KEY_DEVICE] = "device",
	},
	.op = bind_op,
};
