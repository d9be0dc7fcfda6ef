// SPDX-License-Identifier: GPL-2.0
/*
 * A USB device through usbfs: open, requests to its endpoint 0 or, with
 * `bulk = yes`, transfers to and from its first interface, close. With
 * `hold = yes` the descriptor is kept open, with transfers in flight, while the
 * module is being unloaded:
 *
 *	worker     |open|bulk out|submit in x 4|... held ...|reap ...|close|
 *	remover                                  |delete_module()|
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/usbdevice_fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../traffic.h"

#define TIMEOUT_MS   1000
#define IN_FLIGHT    4
#define SIZE         512
#define ENDPOINT_IN  0x81
#define ENDPOINT_OUT 0x01

enum {
	KEY_PATH,
	KEY_BULK,
	KEY_HOLD,
};

/* The ways in which usbfs and the controller say that the device is gone. */
static int gone(int err)
{
	return err == ESHUTDOWN || err == EPROTO || err == EHOSTUNREACH ? -ENODEV : -err;
}

static int ask_for_status(struct traffic *t)
{
	char status[2];
	struct usbdevfs_ctrltransfer get_status = {
		.bRequestType = 0x80,
		.wLength = sizeof(status),
		.timeout = TIMEOUT_MS,
		.data = status,
	};

	if (ioctl(t->fd, USBDEVFS_CONTROL, &get_status) < 0)
		return traffic_fail(t, "USBDEVFS_CONTROL", gone(errno));
	return 0;
}

static int send_bulk(struct traffic *t)
{
	char data[SIZE] = "modrace";
	struct usbdevfs_bulktransfer bulk = {
		.ep = ENDPOINT_OUT,
		.len = sizeof(data),
		.timeout = TIMEOUT_MS,
		.data = data,
	};
	unsigned int interface = 0;

	if (ioctl(t->fd, USBDEVFS_CLAIMINTERFACE, &interface) < 0)
		return traffic_fail(t, "USBDEVFS_CLAIMINTERFACE", gone(errno));
	if (ioctl(t->fd, USBDEVFS_BULK, &bulk) < 0)
		return traffic_fail(t, "USBDEVFS_BULK", gone(errno));
	return 0;
}

static int submit(struct traffic *t, struct usbdevfs_urb *urbs, char (*data)[SIZE])
{
	unsigned int i;

	for (i = 0; i < IN_FLIGHT; i++) {
		urbs[i] = (struct usbdevfs_urb){
			.type = USBDEVFS_URB_TYPE_BULK,
			.endpoint = ENDPOINT_IN,
			.buffer = data[i],
			.buffer_length = SIZE,
		};
		if (ioctl(t->fd, USBDEVFS_SUBMITURB, &urbs[i]) < 0)
			return traffic_fail(t, "USBDEVFS_SUBMITURB", gone(errno));
	}
	return 0;
}

/* What is still in flight when the descriptor is closed the kernel takes back. */
static int reap(struct traffic *t)
{
	struct usbdevfs_urb *urb;

	if (ioctl(t->fd, USBDEVFS_REAPURBNDELAY, &urb) < 0 && errno != EAGAIN)
		return traffic_fail(t, "USBDEVFS_REAPURBNDELAY", gone(errno));
	return 0;
}

static int transfer(struct traffic *t)
{
	struct usbdevfs_urb urbs[IN_FLIGHT];
	char data[IN_FLIGHT][SIZE];
	int ret;

	ret = send_bulk(t);
	if (!ret)
		ret = submit(t, urbs, data);
	if (!ret && traffic_bool(t, KEY_HOLD))
		traffic_hold(t);
	if (!ret)
		ret = reap(t);
	close(t->fd);
	return ret == -ENODEV && traffic_bool(t, KEY_HOLD) ? 0 : ret;
}

static int usbfs_op(struct traffic *t)
{
	int ret;

	t->fd = open(traffic_str(t, KEY_PATH), O_RDWR | O_CLOEXEC);
	if (t->fd < 0)
		return traffic_fail(t, "open", -errno);
	if (traffic_bool(t, KEY_BULK))
		return transfer(t);

	ret = ask_for_status(t);
	close(t->fd);
	return ret;
}

const struct traffic_ops usbfs_traffic = {
	.name = "usbfs",
	.keys = {
		[KEY_PATH] = "path",
		[KEY_BULK] = "bulk",
		[KEY_HOLD] = "hold",
	},
	.op = usbfs_op,
};
