// SPDX-License-Identifier: GPL-2.0
/*
 * A client of a server in the kernel, over loopback: connect, send, receive what comes,
 * close. With `hold = yes` the connection is kept while the module is being unloaded,
 * and used once more before it is closed:
 *
 *	worker     |connect|send, recv|........ held ........|send, recv|close|
 *	remover                           |delete_module()|
 *
 * What the server answers is its own affair: an operation is good that was connected.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kit.h"

#define PAYLOAD   64
#define ANSWER_MS 2

enum protocol {
	PROTOCOL_TCP,
	PROTOCOL_UDP,
};

static const char *const protocols[] = { "tcp", "udp", NULL };

/* What a section says, see the keys. */
struct inet_keys {
	enum protocol protocol;
	unsigned long port;
	enum traffic_hold hold;
};

static const struct traffic_key keys[] = {
	{ "protocol", TRAFFIC_CHOICE(struct inet_keys, protocol, protocols), .def = "tcp",
	  .help = "of the server" },
	{ "port", TRAFFIC_NUMBER(struct inet_keys, port, 1, UINT16_MAX),
	  .help = "the server's port" },
	{ "hold", TRAFFIC_HOLD(struct inet_keys, hold), .def = "no",
	  .help = "keep the connection across an unload, then use and close it" },
	{}
};

static void talk(struct traffic *t)
{
	struct pollfd answer = { .fd = t->fd, .events = POLLIN };
	char data[PAYLOAD] = "modrace";

	send(t->fd, data, sizeof(data), MSG_DONTWAIT | MSG_NOSIGNAL);
	if (poll(&answer, 1, ANSWER_MS) > 0)
		recv(t->fd, data, sizeof(data), MSG_DONTWAIT);
}

static int inet_op(struct traffic *t)
{
	const struct inet_keys *says = t->params;
	int type = says->protocol == PROTOCOL_UDP ? SOCK_DGRAM : SOCK_STREAM;
	struct sockaddr_in server = {
		.sin_family = AF_INET,
		.sin_port = htons(says->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int ret = 0;

	t->fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	if (t->fd < 0)
		return traffic_fail(t, "socket", -errno);
	if (connect(t->fd, (struct sockaddr *)&server, sizeof(server)))
		ret = errno == ETIMEDOUT ? -EAGAIN : traffic_fail(t, "connect", -errno);
	if (!ret)
		talk(t);
	if (!ret && says->hold) {
		traffic_hold(t, says->hold);
		talk(t);
	}
	close(t->fd);
	return ret;
}

const struct traffic_kind inet_traffic = {
	.name = "inet",
	.help = "a client of a server in the kernel, over loopback",
	.keys = keys,
	.op = inet_op,
};
