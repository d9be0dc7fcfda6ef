// SPDX-License-Identifier: GPL-2.0
/*
 * Network interfaces of a kind that a module provides (`ip link add type KIND`): one is
 * made, taken up, asked for, and deleted. With `hold` it is there while the module is being
 * unloaded, which deletes it:
 *
 *	worker     |newlink|up|getlink|......... held .........|dellink|
 *	remover                          |delete_module()|
 */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kit.h"
#include "rtnl.h"

#define MESSAGE_SIZE 512
#define ANSWER_SIZE  8192
#define KIND_LEN     32

/* What a section says, see the keys. */
struct rtnl_keys {
	char kind[KIND_LEN];
	char lower[IFNAMSIZ];
	enum traffic_hold hold;
};

static const struct traffic_key keys[] = {
	{ "kind", TRAFFIC_STRING(struct rtnl_keys, kind), .help = "of the interface" },
	{ "lower", TRAFFIC_STRING(struct rtnl_keys, lower), .def = "lo",
	  .help = "the interface that it is above, if it has to be above one" },
	{ "hold", TRAFFIC_HOLD(struct rtnl_keys, hold), .def = "no",
	  .help = "keep the interface across an unload" },
	{}
};

/**
 * struct message - a request under construction
 * @nlh: netlink header
 * @info: what all requests about interfaces have
 * @attributes: these follow
 */
struct message {
	struct nlmsghdr nlh;
	struct ifinfomsg info;
	char attributes[MESSAGE_SIZE];
};

static struct rtattr *add(struct message *m, int type, const void *value, size_t size)
{
	struct rtattr *attr = (struct rtattr *)((char *)m + NLMSG_ALIGN(m->nlh.nlmsg_len));

	attr->rta_type = type;
	attr->rta_len = RTA_LENGTH(size);
	if (size)
		memcpy(RTA_DATA(attr), value, size);
	m->nlh.nlmsg_len = NLMSG_ALIGN(m->nlh.nlmsg_len) + RTA_ALIGN(attr->rta_len);
	return attr;
}

static void begin(struct message *m, int type, int flags)
{
	char name[IFNAMSIZ];

	*m = (struct message){
		.nlh.nlmsg_len = NLMSG_LENGTH(sizeof(m->info)),
		.nlh.nlmsg_type = type,
		.nlh.nlmsg_flags = NLM_F_REQUEST | flags,
	};
	snprintf(name, sizeof(name), "mr%d", getpid());
	add(m, IFLA_IFNAME, name, strlen(name) + 1);
}

/* Sends a request; the error that the kernel answers with, 0 for an answer. */
static int carry_out(int fd, const struct message *m)
{
	char answer[ANSWER_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)answer;

	if (send(fd, m, m->nlh.nlmsg_len, 0) < 0 ||
	    recv(fd, answer, sizeof(answer), 0) < (ssize_t)sizeof(*nlh))
		return -errno;
	if (nlh->nlmsg_type != NLMSG_ERROR)
		return 0;
	return ((const struct nlmsgerr *)NLMSG_DATA(nlh))->error;
}

static int new_link(int fd, const char *kind, unsigned int lower)
{
	struct rtattr *info;
	struct message m;

	begin(&m, RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
	m.info.ifi_flags = m.info.ifi_change = lower ? 0 : IFF_UP;
	if (lower)
		add(&m, IFLA_LINK, &lower, sizeof(lower));
	info = add(&m, IFLA_LINKINFO, NULL, 0);
	add(&m, IFLA_INFO_KIND, kind, strlen(kind));
	info->rta_len = (char *)&m + m.nlh.nlmsg_len - (char *)info;
	return carry_out(fd, &m);
}

static int request(int fd, int type, int flags)
{
	struct message m;

	begin(&m, type, flags);
	return carry_out(fd, &m);
}

/* Without another interface, or above one if it is refused that way. */
static int make_link(int fd, const char *kind, const char *lower)
{
	int ret = new_link(fd, kind, 0);

	if (ret && ret != -EOPNOTSUPP && ret != -EEXIST)
		ret = new_link(fd, kind, if_nametoindex(lower));
	return ret;
}

static int open_rtnl(void)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}

/**
 * rtnl_knows() - is there such a kind of interfaces?
 * @kind: its name
 *
 * One is made and deleted.
 */
bool rtnl_knows(const char *kind)
{
	int fd = open_rtnl();
	int ret;

	if (fd < 0)
		return false;
	ret = new_link(fd, kind, 0);
	if (!ret)
		request(fd, RTM_DELLINK, NLM_F_ACK);
	close(fd);
	return ret != -EOPNOTSUPP;
}

static int rtnl_op(struct traffic *t)
{
	const struct rtnl_keys *says = t->params;
	int ret;

	t->fd = open_rtnl();
	if (t->fd < 0)
		return traffic_fail(t, "socket", -errno);
	ret = make_link(t->fd, says->kind, says->lower);
	if (!ret) {
		request(t->fd, RTM_GETLINK, 0);
		if (says->hold)
			traffic_hold(t, says->hold);
	}
	request(t->fd, RTM_DELLINK, NLM_F_ACK);
	close(t->fd);
	if (ret == -EOPNOTSUPP)
		return -ENODEV;
	return ret ? traffic_fail(t, "newlink", ret) : 0;
}

const struct traffic_kind rtnl_traffic = {
	.name = "rtnl",
	.help = "network interfaces of a kind, made and deleted",
	.keys = keys,
	.op = rtnl_op,
};
