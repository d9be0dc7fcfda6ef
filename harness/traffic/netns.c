// SPDX-License-Identifier: GPL-2.0
/*
 * Network namespaces: one is made, its loopback taken up, sockets made and files in
 * /proc/net read in it, and left again. The kernel takes it apart some time later, by a
 * work item of its own, and calls what modules have registered for that:
 *
 *	worker     |unshare|lo up, sockets, /proc/net|...held...|setns: back|
 *	kworker                                                    |cleanup_net: exit functions|
 *	remover                                                |delete_module()|
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kit.h"

#define MAX_FILES 64

/* What a section says, see the keys. */
struct netns_keys {
	unsigned long family;
	unsigned long type;
	enum traffic_hold hold;
};

static const struct traffic_key keys[] = {
	{ "family", TRAFFIC_NUMBER(struct netns_keys, family, 1, UINT8_MAX), .def = "2",
	  .help = "family of a socket in it, AF_*" },
	{ "socket", TRAFFIC_NUMBER(struct netns_keys, type, 1, SOCK_PACKET), .def = "2",
	  .help = "its type, SOCK_*" },
	{ "hold", TRAFFIC_HOLD(struct netns_keys, hold), .def = "no",
	  .help = "stay in it across an unload" },
	{}
};

/* The namespace of the others is kept, to come back to. */
static int netns_setup(struct traffic *t)
{
	int ret = traffic_wakes();

	t->fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (t->fd < 0)
		return traffic_fail(t, "open of /proc/self/ns/net", -errno);
	return ret ? traffic_fail(t, "sigaction", ret) : 0;
}

static void loopback_up(int fd)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };

	ioctl(fd, SIOCSIFFLAGS, &ifr);
}

static void live_there(struct traffic *t)
{
	const struct netns_keys *says = t->params;
	int inet = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int other = socket(says->family, says->type | SOCK_CLOEXEC, 0);

	if (inet >= 0)
		loopback_up(inet);
	traffic_be_patient(true);
	traffic_read_files("/proc/self/net", MAX_FILES);
	traffic_be_patient(false);
	if (says->hold)
		traffic_hold(t, says->hold);
	if (other >= 0)
		close(other);
	if (inet >= 0)
		close(inet);
}

static int netns_op(struct traffic *t)
{
	if (unshare(CLONE_NEWNET))
		return traffic_fail(t, "unshare", -errno);
	live_there(t);
	return setns(t->fd, CLONE_NEWNET) ? traffic_fail(t, "setns", -errno) : 0;
}

const struct traffic_kind netns_traffic = {
	.name = "netns",
	.help = "network namespaces, made, used and left",
	.keys = keys,
	.setup = netns_setup,
	.op = netns_op,
};
