// SPDX-License-Identifier: GPL-2.0
/*
 * Asks the family "nlctrl" for all families, and takes its answers apart:
 *
 *	message: nlmsghdr genlmsghdr attributes
 *		CTRL_ATTR_FAMILY_NAME	"foo"
 *		CTRL_ATTR_OPS		1: { CTRL_ATTR_OP_ID, CTRL_ATTR_OP_FLAGS } 2: { ... }
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "genl.h"

#define ANSWER_SIZE 16384
#define OPS_LEN     160

/* What is behind the headers of one attribute, or of a message. */
struct span {
	const char *at;
	const char *end;
};

/* Takes the next attribute off @rest; its type, or -1 behind the last. */
static int next_attribute(struct span *rest, struct span *value)
{
	const struct nlattr *attr = (const struct nlattr *)rest->at;

	if (rest->at + NLA_HDRLEN > rest->end || attr->nla_len < NLA_HDRLEN ||
	    rest->at + attr->nla_len > rest->end)
		return -1;
	value->at = rest->at + NLA_HDRLEN;
	value->end = rest->at + attr->nla_len;
	rest->at += NLA_ALIGN(attr->nla_len);
	return attr->nla_type & NLA_TYPE_MASK;
}

static void add_op(char *ops, struct span op)
{
	uint32_t id = 0, flags = 0;
	struct span value;
	size_t len = strlen(ops);
	int type;

	while ((type = next_attribute(&op, &value)) >= 0) {
		if (type == CTRL_ATTR_OP_ID)
			memcpy(&id, value.at, sizeof(id));
		if (type == CTRL_ATTR_OP_FLAGS)
			memcpy(&flags, value.at, sizeof(flags));
	}
	snprintf(ops + len, OPS_LEN - len, "%s%u%s%s", len ? "," : "", id,
		 flags & GENL_CMD_CAP_DO ? "" : "-", flags & GENL_CMD_CAP_DUMP ? "d" : "");
}

static void add_family(struct names *names, struct span message)
{
	char name[GENL_NAMSIZ] = "", ops[OPS_LEN] = "";
	struct span value, op;
	int type;

	message.at += NLMSG_HDRLEN + GENL_HDRLEN;
	while ((type = next_attribute(&message, &value)) >= 0) {
		if (type == CTRL_ATTR_FAMILY_NAME)
			snprintf(name, sizeof(name), "%.*s", (int)(value.end - value.at), value.at);
		while (type == CTRL_ATTR_OPS && next_attribute(&value, &op) >= 0)
			add_op(ops, op);
	}
	names_add(names, "genl %s %s", name, ops);
}

/* One datagram holds several messages; false if the last of all is among them. */
static bool read_answer(struct names *names, const char *answer, ssize_t size)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)answer;
	struct span message;

	for (; NLMSG_OK(nlh, size); nlh = NLMSG_NEXT(nlh, size)) {
		if (nlh->nlmsg_type == NLMSG_DONE || nlh->nlmsg_type == NLMSG_ERROR)
			return false;
		message.at = (const char *)nlh;
		message.end = message.at + nlh->nlmsg_len;
		add_family(names, message);
	}
	return true;
}

/**
 * genl_list() - add "genl NAME COMMANDS" for each family
 * @names: where to
 *
 * A command that dumps has a "d" behind its number, one that does nothing but dump "-d".
 */
void genl_list(struct names *names)
{
	struct {
		struct nlmsghdr nlh;
		struct genlmsghdr genl;
	} request = {
		.nlh.nlmsg_len = sizeof(request),
		.nlh.nlmsg_type = GENL_ID_CTRL,
		.nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		.genl.cmd = CTRL_CMD_GETFAMILY,
		.genl.version = 2,
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	static char answer[ANSWER_SIZE];
	ssize_t size;

	if (fd < 0)
		return;
	if (send(fd, &request, sizeof(request), 0) == sizeof(request)) {
		do
			size = recv(fd, answer, sizeof(answer), 0);
		while (size > 0 && read_answer(names, answer, size));
	}
	close(fd);
}
