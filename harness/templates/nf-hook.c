// SPDX-License-Identifier: GPL-2.0
/*
 * skeleton: a netfilter hook that counts packets.
 *
 * The hook is called by whoever sends or receives, without a lock. Unregistering takes
 * it away and waits for packets that are in it:
 *
 *	packet       |hook: uses the count|
 *	broken    |free the count|unregister|
 *	fixed     |unregister    . waits . . |free the count|
 *
 * Lockout:	exit, packets in the hook: by unregistering, which waits for them
 * Breaks:	lockout: the count is freed while packets may still be in the hook
 * Origin:	a skeleton
 */
#include <linux/ip.h>
#include <linux/module.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

static bool broken;
module_param(broken, bool, 0444);
MODULE_PARM_DESC(broken, "free the count before the hook is unregistered");

static unsigned int seen;
module_param(seen, uint, 0444);
MODULE_PARM_DESC(seen, "packets that the hook has seen");

static unsigned int count_packet(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	atomic_t *count = priv;

	if (ip_hdr(skb)->protocol == IPPROTO_UDP)
		WRITE_ONCE(seen, atomic_inc_return(count));
	return NF_ACCEPT;
}

static struct nf_hook_ops hook = {
	.hook = count_packet,
	.pf = NFPROTO_IPV4,
	.hooknum = NF_INET_LOCAL_OUT,
	.priority = NF_IP_PRI_FILTER,
};

static int __init skeleton_init(void)
{
	int ret;

	hook.priv = kzalloc_obj(atomic_t);
	if (!hook.priv)
		return -ENOMEM;
	ret = nf_register_net_hook(&init_net, &hook);
	if (ret)
		kfree(hook.priv);
	return ret;
}
module_init(skeleton_init);

static void __exit skeleton_exit(void)
{
	if (broken)
		kfree(hook.priv);
	nf_unregister_net_hook(&init_net, &hook);
	synchronize_net();
	if (!broken)
		kfree(hook.priv);
}
module_exit(skeleton_exit);

MODULE_DESCRIPTION("A netfilter hook");
MODULE_LICENSE("GPL");
