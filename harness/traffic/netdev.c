// SPDX-License-Identifier: GPL-2.0
/*
 * UDP broadcasts sent out through one network device. The device comes and goes
 * with its module, so a socket is bound to it for each operation:
 *
 *	worker     |read counter|socket|bind to device|sendmmsg x burst|close|read counter|
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "counter.h"

#define MAX_BURST 64
#define PAYLOAD   64
#define PORT      9 /* discard */

/* What a section says, see the keys. */
struct netdev_keys {
	char device[TRAFFIC_STRING_LEN];
	unsigned long burst;
	char counter[TRAFFIC_STRING_LEN];
};

static const struct traffic_key keys[] = {
	{ "device", TRAFFIC_STRING(struct netdev_keys, device), .help = "the network device" },
	{ "burst", TRAFFIC_NUMBER(struct netdev_keys, burst, 1, MAX_BURST), .def = "16",
	  .help = "datagrams an operation" },
	{ "counter", TRAFFIC_STRING(struct netdev_keys, counter),
	  .help = "file whose number must move for an operation to count" },
	{}
};

/**
 * struct netdev - what one worker keeps
 * @counter_fd: the counter that must move
 * @burst: datagrams in one operation
 * @vec: one payload for all datagrams
 * @msg: one header for each of them
 * @payload: what is sent
 */
struct netdev {
	int counter_fd;
	unsigned int burst;
	struct iovec vec;
	struct mmsghdr msg[MAX_BURST];
	char payload[PAYLOAD];
};

static int netdev_setup(struct traffic *t)
{
	const struct netdev_keys *says = t->params;
	struct netdev *n = calloc(1, sizeof(*n));
	unsigned int i;

	if (!n)
		return traffic_fail(t, "calloc", -ENOMEM);
	n->counter_fd = -1;
	n->burst = traffic_batch(t, says->burst);
	n->vec = (struct iovec){ n->payload, sizeof(n->payload) };
	for (i = 0; i < n->burst; i++) {
		n->msg[i].msg_hdr.msg_iov = &n->vec;
		n->msg[i].msg_hdr.msg_iovlen = 1;
	}
	t->priv = n;
	return 0;
}

/* The device may be gone, or not be up yet, or have no address any more. */
static int miss(int err)
{
	return err == ENETUNREACH || err == ENETDOWN || err == ENODEV ? -ENODEV : -err;
}

static int connect_through(struct traffic *t)
{
	const struct netdev_keys *says = t->params;
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(PORT),
		.sin_addr.s_addr = htonl(INADDR_BROADCAST),
	};
	int one = 1;

	if (setsockopt(t->fd, SOL_SOCKET, SO_BINDTODEVICE, says->device, strlen(says->device) + 1))
		return traffic_fail(t, "SO_BINDTODEVICE", miss(errno));
	if (setsockopt(t->fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one)))
		return traffic_fail(t, "SO_BROADCAST", -errno);
	if (connect(t->fd, (struct sockaddr *)&addr, sizeof(addr)))
		return traffic_fail(t, "connect", miss(errno));
	return 0;
}

static int send_burst(struct traffic *t)
{
	struct netdev *n = t->priv;
	int ret;

	t->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (t->fd < 0)
		return traffic_fail(t, "socket", -errno);
	ret = connect_through(t);
	if (!ret && sendmmsg(t->fd, n->msg, n->burst, 0) < 0)
		ret = traffic_fail(t, "sendmmsg", miss(errno));
	close(t->fd);
	return ret;
}

static int netdev_op(struct traffic *t)
{
	const struct netdev_keys *says = t->params;
	struct netdev *n = t->priv;

	return counter_watch(t, &n->counter_fd, says->counter, send_burst);
}

static void netdev_park(struct traffic *t)
{
	struct netdev *n = t->priv;

	counter_close(&n->counter_fd);
}

const struct traffic_kind netdev_traffic = {
	.name = "netdev",
	.help = "UDP broadcasts through one network device",
	.keys = keys,
	.setup = netdev_setup,
	.op = netdev_op,
	.park = netdev_park,
};
