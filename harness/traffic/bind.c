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

#include "kit.h"

/* What a section says, see the keys. */
struct bind_keys {
	char driver[TRAFFIC_STRING_LEN];
	char device[TRAFFIC_STRING_LEN];
};

static const struct traffic_key keys[] = { { "driver", TRAFFIC_STRING(struct bind_keys, driver),
					     .help = "the driver's directory" },
					   { "device", TRAFFIC_STRING(struct bind_keys, device),
					     .help = "the device's name on its bus" },
					   {} };

static int write_driver_file(struct traffic *t, const char *name)
{
	const struct bind_keys *says = t->params;
	char path[TRAFFIC_STRING_LEN + 16];
	int ret = 0;

	snprintf(path, sizeof(path), "%s/%s", says->driver, name);
	t->fd = open(path, O_WRONLY | O_CLOEXEC);
	if (t->fd < 0)
		return -errno;
	if (write(t->fd, says->device, strlen(says->device)) < 0)
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

const struct traffic_kind bind_traffic = {
	.name = "bind",
	.help = "unbind and bind of a device through its driver's files in sysfs",
	.keys = keys,
	.op = bind_op,
};
