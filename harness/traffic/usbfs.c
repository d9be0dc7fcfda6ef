// SPDX-License-Identifier: GPL-2.0
/*
 * A USB device through usbfs: open, requests to its endpoint 0 or, with
 * `bulk = yes`, transfers to and from its first interface, close. If it is held
 * (file.h), transfers are in flight meanwhile:
 *
 *	worker     |open|bulk out|submit in x 4|... held ...|reap ...|close|
 *	remover                                  |delete_module()|
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/usbdevice_fs.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "file.h"

#define TIMEOUT_MS   1000
#define IN_FLIGHT    4
#define SIZE         512
#define ENDPOINT_IN  0x81
#define ENDPOINT_OUT 0x01

/* What a section says, see the keys. */
struct usbfs_keys {
	char path[TRAFFIC_STRING_LEN];
	bool bulk;
	enum traffic_hold hold;
};

static const struct traffic_key keys[] = {
	{ "path", TRAFFIC_FILE(struct usbfs_keys, path), .help = "the device node" },
	{ "bulk", TRAFFIC_BOOL(struct usbfs_keys, bulk), .def = "no",
	  .help = "transfers through the first interface, not requests" },
	{ "hold", TRAFFIC_HOLD(struct usbfs_keys, hold), .def = "no",
	  .help = "with bulk: keep it, transfers in flight, across an unload" },
	{}
};

/**
 * struct flight - transfers in flight
 * @urbs: the transfers
 * @data: where each of them leaves its data
 */
struct flight {
	struct usbdevfs_urb urbs[IN_FLIGHT];
	char data[IN_FLIGHT][SIZE];
};

static int usbfs_setup(struct traffic *t)
{
	t->priv = calloc(1, sizeof(struct flight));
	return t->priv ? 0 : traffic_fail(t, "calloc", -ENOMEM);
}

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

static int submit(struct traffic *t)
{
	struct flight *flight = t->priv;
	unsigned int i;

	for (i = 0; i < IN_FLIGHT; i++) {
		flight->urbs[i] = (struct usbdevfs_urb){
			.type = USBDEVFS_URB_TYPE_BULK,
			.endpoint = ENDPOINT_IN,
			.buffer = flight->data[i],
			.buffer_length = SIZE,
		};
		if (ioctl(t->fd, USBDEVFS_SUBMITURB, &flight->urbs[i]) < 0)
			return traffic_fail(t, "USBDEVFS_SUBMITURB", gone(errno));
	}
	return 0;
}

/* What is still in flight when the descriptor is closed the kernel takes back. */
static int reap(struct traffic *t, int begun)
{
	struct usbdevfs_urb *urb;

	(void)begun;
	if (ioctl(t->fd, USBDEVFS_REAPURBNDELAY, &urb) < 0 && errno != EAGAIN)
		return traffic_fail(t, "USBDEVFS_REAPURBNDELAY", gone(errno));
	return 0;
}

/* What is to be held is submitted then. */
static int use_device(struct traffic *t)
{
	const struct usbfs_keys *says = t->params;
	int ret;

	if (!says->bulk)
		return ask_for_status(t);
	ret = send_bulk(t);
	if (!ret && !says->hold)
		ret = submit(t);
	if (!ret && !says->hold)
		ret = reap(t, 0);
	return ret;
}

static int usbfs_op(struct traffic *t)
{
	static const struct file_use device = {
		.use = use_device,
		.begin = submit,
		.end = reap,
	};
	const struct usbfs_keys *says = t->params;
	int ret = file_open(t, says->path, O_RDWR);

	if (ret)
		return traffic_fail(t, "open", ret);
	return file_op(t, &device, 1, says->bulk ? says->hold : TRAFFIC_HOLD_NO);
}

const struct traffic_kind usbfs_traffic = {
	.name = "usbfs",
	.help = "requests and transfers to a USB device through usbfs",
	.keys = keys,
	.setup = usbfs_setup,
	.op = usbfs_op,
};
