// SPDX-License-Identifier: GPL-2.0
/*
 * UDP over loopback: a socket connected to itself sends a burst with one system
 * call and takes it back with another.
 *
 *	worker     |read counter| sendmmsg x burst | recvmmsg |read counter|
 *	softirq                   ^ ^ ^ ^ received within the call
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "counter.h"

#define MAX_BURST   64
#define MAX_PAYLOAD 1400

/* What a section says, see the keys. */
struct udp_keys {
	unsigned long burst;
	unsigned long size;
	char counter[TRAFFIC_STRING_LEN];
};

static const struct traffic_key keys[] = {
	{ "burst", TRAFFIC_NUMBER(struct udp_keys, burst, 1, MAX_BURST), .def = "32",
	  .help = "datagrams an operation" },
	{ "size", TRAFFIC_NUMBER(struct udp_keys, size, 1, MAX_PAYLOAD), .def = "64",
	  .help = "payload of a datagram" },
	{ "counter", TRAFFIC_STRING(struct udp_keys, counter), .def = "",
	  .help = "file whose number must move for an operation to count" },
	{}
};

/**
 * struct udp - what one worker keeps
 * @counter_fd: the counter that must move
 * @burst: datagrams in one operation
 * @vec: one payload for all datagrams
 * @msg: one header for each of them
 * @payload: what is sent, and where it is received
 */
struct udp {
	int counter_fd;
	unsigned int burst;
	struct iovec vec;
	struct mmsghdr msg[MAX_BURST];
	char payload[MAX_PAYLOAD];
};

static int connect_to_itself(int fd)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(addr);

	if (bind(fd, (struct sockaddr *)&addr, len) ||
	    getsockname(fd, (struct sockaddr *)&addr, &len) ||
	    connect(fd, (struct sockaddr *)&addr, len))
		return -errno;
	return 0;
}

static struct udp *udp_new(const struct traffic *t)
{
	const struct udp_keys *says = t->params;
	struct udp *udp = calloc(1, sizeof(*udp));
	unsigned int i;

	if (!udp)
		return NULL;

	udp->counter_fd = -1;
	udp->burst = traffic_batch(t, says->burst);
	udp->vec.iov_base = udp->payload;
	udp->vec.iov_len = says->size;
	for (i = 0; i < udp->burst; i++) {
		udp->msg[i].msg_hdr.msg_iov = &udp->vec;
		udp->msg[i].msg_hdr.msg_iovlen = 1;
	}
	return udp;
}

static int udp_setup(struct traffic *t)
{
	int ret;

	t->priv = udp_new(t);
	if (!t->priv)
		return traffic_fail(t, "calloc", -ENOMEM);

	t->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (t->fd < 0)
		return traffic_fail(t, "socket", -errno);

	ret = connect_to_itself(t->fd);
	return ret ? traffic_fail(t, "connect", ret) : 0;
}

static int send_burst(struct traffic *t)
{
	struct udp *udp = t->priv;

	if (sendmmsg(t->fd, udp->msg, udp->burst, 0) < 0)
		return traffic_fail(t, "sendmmsg", -errno);
	if (recvmmsg(t->fd, udp->msg, udp->burst, MSG_DONTWAIT, NULL) < 0)
		return traffic_fail(t, "recvmmsg", -errno);
	return 0;
}

static int udp_op(struct traffic *t)
{
	const struct udp_keys *says = t->params;
	struct udp *udp = t->priv;

	if (!*says->counter)
		return send_burst(t);
	return counter_watch(t, &udp->counter_fd, says->counter, send_burst);
}

static void udp_park(struct traffic *t)
{
	struct udp *udp = t->priv;

	counter_close(&udp->counter_fd);
}

const struct traffic_kind udp_traffic = {
	.name = "udp",
	.help = "bursts of UDP datagrams over loopback",
	.keys = keys,
	.setup = udp_setup,
	.op = udp_op,
	.park = udp_park,
};
