// SPDX-License-Identifier: GPL-2.0
/*
 * Requests to a generic netlink family: a burst of them goes out with one system
 * call, the kernel answers within it, and the answers are picked up.
 *
 *	worker     |send x burst: the family's doit()| |recv ...|
 *
 * With `dump = yes` it asks for one dump instead, which the kernel makes a part at
 * a time, when it is asked for the next. If it is held, too, the rest of it is not
 * asked for until the module is being unloaded:
 *
 *	worker     |send|recv|........ held ........|recv: dumpit()| ... |recv: done|
 *	remover                 |delete_module()|
 *
 * A family has another number each time its module is loaded, which the family
 * "nlctrl" tells for the name.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kit.h"

#define MAX_BURST   32
#define MAX_ANSWERS (2 * MAX_BURST) /* each request: an answer and an ack */
#define ANSWER_SIZE 1024
#define PART_SIZE   4096 /* of a dump; the kernel makes no larger ones then */

/* What a section says, see the keys. */
struct netlink_keys {
	char family[GENL_NAMSIZ];
	struct traffic_numbers command;
	unsigned long burst;
	bool dump;
	enum traffic_hold hold;
};

static const struct traffic_key keys[] = {
	{ "family", TRAFFIC_STRING(struct netlink_keys, family), .help = "the family's name" },
	{ "command", TRAFFIC_NUMBERS(struct netlink_keys, command, 0, UINT8_MAX), .def = "1",
	  .help = "the commands to send, one after the other" },
	{ "burst", TRAFFIC_NUMBER(struct netlink_keys, burst, 1, MAX_BURST), .def = "8",
	  .help = "requests an operation" },
	{ "dump", TRAFFIC_BOOL(struct netlink_keys, dump), .def = "no",
	  .help = "one request for a dump instead, read part by part" },
	{ "hold", TRAFFIC_HOLD(struct netlink_keys, hold), .def = "no",
	  .help = "with dump: read the first part before an unload, the rest across it" },
	{}
};

/**
 * struct request - a request without attributes
 * @nlh: netlink header
 * @genl: generic netlink header
 */
struct request {
	struct nlmsghdr nlh;
	struct genlmsghdr genl;
};

/**
 * struct family_request - what "nlctrl" is asked
 * @head: the headers
 * @attr: header of the one attribute
 * @name: its value, the name of a family
 */
struct family_request {
	struct request head;
	struct nlattr attr;
	char name[GENL_NAMSIZ];
};

/**
 * struct netlink - what one worker keeps
 * @family: number of the family, 0 if it has to be asked for
 * @burst: requests in one operation
 * @out: the requests
 * @in: where each answer is received
 * @vec: describes each of @in
 * @msg: one header for each of @in
 */
struct netlink {
	uint16_t family;
	unsigned int burst;
	struct request out[MAX_BURST];
	char in[MAX_ANSWERS][ANSWER_SIZE];
	struct iovec vec[MAX_ANSWERS];
	struct mmsghdr msg[MAX_ANSWERS];
};

static struct netlink *netlink_new(const struct traffic *t)
{
	const struct netlink_keys *says = t->params;
	struct netlink *nl = calloc(1, sizeof(*nl));
	unsigned int i;

	if (!nl)
		return NULL;

	nl->burst = traffic_batch(t, says->burst);
	for (i = 0; i < nl->burst; i++) {
		nl->out[i].nlh.nlmsg_len = sizeof(struct request);
		nl->out[i].nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	}
	for (i = 0; i < MAX_ANSWERS; i++) {
		nl->vec[i].iov_base = nl->in[i];
		nl->vec[i].iov_len = ANSWER_SIZE;
		nl->msg[i].msg_hdr.msg_iov = &nl->vec[i];
		nl->msg[i].msg_hdr.msg_iovlen = 1;
	}
	return nl;
}

static int netlink_setup(struct traffic *t)
{
	t->priv = netlink_new(t);
	if (!t->priv)
		return traffic_fail(t, "calloc", -ENOMEM);

	t->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	return t->fd < 0 ? traffic_fail(t, "socket", -errno) : 0;
}

/* The error an answer reports; 0 for an ack and for whatever is no error. */
static int answer_error(const char *answer)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)answer;

	if (nlh->nlmsg_type != NLMSG_ERROR)
		return 0;
	return ((const struct nlmsgerr *)NLMSG_DATA(nlh))->error;
}

/* The value of attribute CTRL_ATTR_FAMILY_ID, or 0. */
static uint16_t family_number(const char *answer)
{
	const char *end = answer + ((const struct nlmsghdr *)answer)->nlmsg_len;
	const char *pos = answer + sizeof(struct request);

	while (pos + NLA_HDRLEN < end) {
		const struct nlattr *attr = (const struct nlattr *)pos;

		if (attr->nla_type == CTRL_ATTR_FAMILY_ID)
			return *(const uint16_t *)(pos + NLA_HDRLEN);
		pos += NLA_ALIGN(attr->nla_len);
	}
	return 0;
}

static int ask_for_family(struct traffic *t)
{
	struct family_request request = {
		.head.nlh.nlmsg_type = GENL_ID_CTRL,
		.head.nlh.nlmsg_flags = NLM_F_REQUEST,
		.head.genl.cmd = CTRL_CMD_GETFAMILY,
		.attr.nla_type = CTRL_ATTR_FAMILY_NAME,
	};
	const struct netlink_keys *says = t->params;
	struct netlink *nl = t->priv;
	int ret;

	strcpy(request.name, says->family);
	request.attr.nla_len = NLA_HDRLEN + strlen(request.name) + 1;
	request.head.nlh.nlmsg_len = sizeof(request.head) + NLA_ALIGN(request.attr.nla_len);

	if (send(t->fd, &request, request.head.nlh.nlmsg_len, 0) < 0)
		return traffic_fail(t, "send to nlctrl", -errno);
	if (recv(t->fd, nl->in[0], ANSWER_SIZE, 0) < 0)
		return traffic_fail(t, "recv from nlctrl", -errno);

	ret = answer_error(nl->in[0]);
	if (ret)
		return traffic_fail(t, "CTRL_CMD_GETFAMILY", ret);
	nl->family = family_number(nl->in[0]);
	return 0;
}

static int send_burst(struct traffic *t)
{
	struct netlink *nl = t->priv;
	const struct netlink_keys *says = t->params;
	unsigned long first = traffic_turn(t) * nl->burst;
	unsigned int i;

	for (i = 0; i < nl->burst; i++) {
		nl->out[i].nlh.nlmsg_type = nl->family;
		nl->out[i].genl.cmd = says->command.value[(first + i) % says->command.nr];
	}
	if (send(t->fd, nl->out, nl->burst * sizeof(struct request), 0) < 0)
		return traffic_fail(t, "send", -errno);
	return 0;
}

/* Of several commands some want what is not given here; who says so has been asked. */
static int judge_answer(const struct netlink_keys *says, int err)
{
	return says->command.nr > 1 && err != -ENOENT ? 0 : err;
}

static int receive_answers(struct traffic *t)
{
	const struct netlink_keys *says = t->params;
	struct netlink *nl = t->priv;
	int i, n, ret = 0;

	n = recvmmsg(t->fd, nl->msg, MAX_ANSWERS, MSG_DONTWAIT, NULL);
	if (n < 0)
		return traffic_fail(t, "recvmmsg", -errno);
	for (i = 0; i < n && !ret; i++)
		ret = judge_answer(says, answer_error(nl->in[i]));
	return ret;
}

/* A dump takes a reference to its module, and this is the error if it gets none. */
static int dump_error(const char *answer)
{
	int ret = answer_error(answer);

	return ret == -EPROTONOSUPPORT ? -ENODEV : ret;
}

/* One part of a dump: 1 if there are more, 0 if it was the last, or a negative errno. */
static int receive_part(struct traffic *t, int fd)
{
	char part[PART_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)part;
	ssize_t left = recv(fd, part, sizeof(part), 0);

	if (left < 0)
		return traffic_fail(t, "recv of a dump", -errno);
	for (; NLMSG_OK(nlh, left); nlh = NLMSG_NEXT(nlh, left)) {
		if (nlh->nlmsg_type == NLMSG_DONE)
			return 0;
		if (nlh->nlmsg_type == NLMSG_ERROR)
			return dump_error((const char *)nlh);
	}
	return 1;
}

static int dump(struct traffic *t, int fd)
{
	const struct netlink_keys *says = t->params;
	struct netlink *nl = t->priv;
	struct request request = nl->out[0];
	int ret;

	request.genl.cmd = says->command.value[traffic_turn(t) % says->command.nr];
	request.nlh.nlmsg_type = nl->family;
	request.nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	if (send(fd, &request, sizeof(request), 0) < 0)
		return traffic_fail(t, "send", -errno);
	ret = receive_part(t, fd);
	if (ret > 0 && says->hold)
		traffic_hold(t, says->hold);
	while (ret > 0)
		ret = receive_part(t, fd);
	return ret;
}

/* A dump that ends early leaves its socket in the middle of it, so each has its own. */
static int dump_once(struct traffic *t)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	int ret;

	if (fd < 0)
		return traffic_fail(t, "socket", -errno);
	ret = dump(t, fd);
	close(fd);
	return ret;
}

static int burst_once(struct traffic *t)
{
	int ret = send_burst(t);

	return ret ? ret : receive_answers(t);
}

static int netlink_op(struct traffic *t)
{
	const struct netlink_keys *says = t->params;
	struct netlink *nl = t->priv;
	int ret = 0;

	if (!nl->family)
		ret = ask_for_family(t);
	if (!ret)
		ret = says->dump ? dump_once(t) : burst_once(t);
	if (ret)
		nl->family = 0;
	return ret ? traffic_fail(t, "request", ret) : 0;
}

const struct traffic_kind netlink_traffic = {
	.name = "netlink",
	.help = "requests to a generic netlink family",
	.keys = keys,
	.setup = netlink_setup,
	.op = netlink_op,
};
