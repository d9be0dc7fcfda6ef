// SPDX-License-Identifier: GPL-2.0
/*
 * Sockets of a family that nothing more is known of: one is made, bound, connected,
 * listened on, asked, written to and read from, with an address of zeroes. What the module
 * answers is its own affair: an operation is good that got a socket.
 *
 *	worker     |socket|bind ... recv|..... held, asleep in recv() .....|send|close|
 *	remover                               |delete_module()|
 */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kit.h"

#define PAYLOAD  64
#define ARG_SIZE 256

/* What a section says, see the keys. */
struct socket_keys {
	unsigned long family;
	unsigned long type;
	unsigned long protocol;
	enum traffic_hold hold;
};

static const struct traffic_key keys[] = {
	{ "family", TRAFFIC_NUMBER(struct socket_keys, family, 1, UINT8_MAX),
	  .help = "number of the family, AF_*" },
	{ "socket", TRAFFIC_NUMBER(struct socket_keys, type, 1, SOCK_PACKET), .def = "2",
	  .help = "number of the type, SOCK_*" },
	{ "protocol", TRAFFIC_NUMBER(struct socket_keys, protocol, 0, UINT16_MAX), .def = "0",
	  .help = "number of the protocol" },
	{ "hold", TRAFFIC_HOLD(struct socket_keys, hold), .def = "no",
	  .help = "keep the socket across an unload, asleep in recv(), then use and close it" },
	{}
};

static int socket_setup(struct traffic *t)
{
	int ret = traffic_wakes();

	return ret ? traffic_fail(t, "sigaction", ret) : 0;
}

static void find_peer(int fd, const struct socket_keys *says)
{
	struct sockaddr_storage address = { .ss_family = says->family };
	socklen_t len = sizeof(address);

	if (bind(fd, (struct sockaddr *)&address, sizeof(address)))
		bind(fd, (struct sockaddr *)&address, sizeof(struct sockaddr));
	getsockname(fd, (struct sockaddr *)&address, &len);
	if (says->type == SOCK_STREAM || says->type == SOCK_SEQPACKET)
		listen(fd, 1);
	connect(fd, (struct sockaddr *)&address, len);
}

static void ask(int fd)
{
	int value = 0;
	socklen_t len = sizeof(value);
	char arg[ARG_SIZE] = { 0 };

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &value, &len);
	/* Of the families' own levels, 255 and above, many take a first option. */
	getsockopt(fd, SOL_RAW, 1, &value, &len);
	setsockopt(fd, SOL_RAW, 1, &value, sizeof(value));
	ioctl(fd, FIONREAD, arg);
}

static void exchange(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN | POLLOUT };
	char data[PAYLOAD] = "modrace";

	send(fd, data, sizeof(data), MSG_DONTWAIT | MSG_NOSIGNAL);
	poll(&poll_fd, 1, 0);
	(void)!recv(fd, data, sizeof(data), MSG_DONTWAIT);
}

static void wait_in_recv(struct traffic *t)
{
	char data[PAYLOAD];

	(void)!recv(t->fd, data, sizeof(data), 0);
}

static int socket_op(struct traffic *t)
{
	const struct socket_keys *says = t->params;

	t->fd = socket(says->family, says->type | SOCK_CLOEXEC, says->protocol);
	if (t->fd < 0)
		return errno == EAFNOSUPPORT || errno == EPROTONOSUPPORT ||
				       errno == ESOCKTNOSUPPORT ?
			       -ENODEV :
			       traffic_fail(t, "socket", -errno);
	traffic_be_patient(true);
	find_peer(t->fd, says);
	ask(t->fd);
	exchange(t->fd);
	traffic_be_patient(false);
	if (says->hold) {
		traffic_hold_in(t, says->hold, wait_in_recv);
		exchange(t->fd);
	}
	close(t->fd);
	return 0;
}

const struct traffic_kind socket_traffic = {
	.name = "socket",
	.help = "sockets of any family; no error counts once there is one",
	.keys = keys,
	.setup = socket_setup,
	.op = socket_op,
};
