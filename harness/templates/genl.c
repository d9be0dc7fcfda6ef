// SPDX-License-Identifier: GPL-2.0
/*
 * skeleton: a generic netlink family with one dump.
 *
 * A dump goes on for as long as its reader likes. The kernel holds the family's module
 * meanwhile, if .module names it:
 *
 *	reader    |first part|               |next part|
 *	rmmod                 |free module|   ^ in freed text
 *
 * Lockout:	exit, who reads a dump: by the count of the module that .module names
 * Breaks:	reference: a dump is one to the family's functions, and no owner is named
 * Origin:	a skeleton
 */
#include <linux/module.h>
#include <net/genetlink.h>

static bool broken;
module_param(broken, bool, 0444);
MODULE_PARM_DESC(broken, "leave .module out of the family");

#define ENTRIES 400 /* more than fit into one part */

enum {
	CMD_UNSPEC,
	CMD_LIST,
};

enum {
	ATTR_UNSPEC,
	ATTR_NUMBER,
};

static struct genl_family family;

/* One message for each entry, as many as fit; called again for the rest. */
static int skeleton_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	void *message;

	for (; cb->args[0] < ENTRIES; cb->args[0]++) {
		message = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &family,
				      NLM_F_MULTI, CMD_LIST);
		if (!message)
			break;
		if (nla_put_u32(skb, ATTR_NUMBER, cb->args[0])) {
			genlmsg_cancel(skb, message);
			break;
		}
		genlmsg_end(skb, message);
	}
	return skb->len;
}

static int skeleton_done(struct netlink_callback *cb)
{
	return 0;
}

static const struct genl_ops ops[] = {
	{ .cmd = CMD_LIST, .dumpit = skeleton_dump, .done = skeleton_done },
};

static struct genl_family family = {
	.name = "skeleton",
	.version = 1,
	.maxattr = ATTR_NUMBER,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
};

static int __init skeleton_init(void)
{
	family.module = broken ? NULL : THIS_MODULE;
	return genl_register_family(&family);
}
module_init(skeleton_init);

static void __exit skeleton_exit(void)
{
	genl_unregister_family(&family);
}
module_exit(skeleton_exit);

MODULE_DESCRIPTION("A generic netlink family");
MODULE_LICENSE("GPL");
