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

#include "../traffic.h"

#define PAYLOAD   64
#define ANSWER_MS 2

enum {
	KEY_PROTOCOL,
	KEY_PORT,
	KEY_HOLD,
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
	bool udp = !strcmp(traffic_str(t, KEY_PROTOCOL), "udp");
	struct sockaddr_in server = {
		.sin_family = AF_INET,
		.sin_port = htons(traffic_num(t, KEY_PORT)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int ret = 0;

	t->fd = socket(AF_INET, (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
	if (t->fd < 0)
		return traffic_fail(t, "socket", -errno);
	if (connect(t->fd, (struct sockaddr *)&server, sizeof(server)))
		ret = errno == ETIMEDOUT ? -EAGAIN : traffic_fail(t, "connect", -errno);
	if (!ret)
		talk(t);
	if (!ret && traffic_bool(t, KEY_HOLD)) {
		traffic_hold(t);
		talk(t);
	}
	close(t->fd);
	return ret;
}

const struct traffic_ops inet_traffic = {
	.name = "inet",
	.keys = {
		[KEY_PROTOCOL] = "protocol",
		[KEY_PORT] = "port",
		[KEY_HOLD] = "hold",
	},
	.op = inet_op,
};
