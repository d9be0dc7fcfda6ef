// SPDX-License-Identifier: GPL-2.0
/*
 * A netfilter hook with state of its own, taken down while packets are in it.
 *
 * Two hooks, one for UDP that arrives and one for UDP that leaves, each keep
 * statistics in an object the core hands them with every packet (ops->priv). A
 * packet is in the hook under rcu_read_lock() and nothing else, so the object
 * may go only after the hook is gone and a grace period has passed.
 *
 *	broken exit   |kfree()|            |unregister|
 *	packet                   |--hook--|               reads what was freed
 *
 *	fixed exit    |unregister|--grace period--|kfree()|
 *	packet           |--hook--|
 *
 * In two steps the grace period is the module core's: unreg unregisters the hooks
 * and exit frees, or, broken, unreg does both.
 *
 * The window of the broken exit lies between two calls of exit itself, which
 * nothing interrupts on one processor in virtual time.
 *
 * Lockout:	exit, packets in the hooks: by unregistering and a grace period of RCU
 * Breaks:	lockout: the hooks' state is freed while packets may still be in the hooks
 * Origin:	iptable_mangle's pernet exit, until .pre_exit in 2020
 * Survives:	hooks unstopped in stress: kmemleak is asked in explore mode only
 */
#include <linux/ip.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

#include "hits.h"
#include "parts.h"

static bool broken;
module_param(broken, bool, 0444);
MODULE_PARM_DESC(broken, "free the hooks' state before the hooks are unregistered");

#define NR_SIZES 12

/**
 * struct hook_stats - what one hook knows of the packets it saw
 * @packets: their number
 * @bytes: their length, IP header included
 * @sizes: their number by the binary logarithm of their length; the last entry
 *	counts all longer ones
 */
struct hook_stats {
	atomic_long_t packets;
	atomic_long_t bytes;
	atomic_long_t sizes[NR_SIZES];
};

static unsigned int hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct hook_stats *stats = priv;

	if (ip_hdr(skb)->protocol != IPPROTO_UDP)
		return NF_ACCEPT;

	hit();
	atomic_long_inc(&stats->packets);
	atomic_long_add(skb->len, &stats->bytes);
	atomic_long_inc(&stats->sizes[min(ilog2(skb->len), NR_SIZES - 1)]);
	return NF_ACCEPT;
}

static struct nf_hook_ops hooks[] = {
	{
		.hook = hook,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP_PRI_FILTER,
	},
	{
		.hook = hook,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = NF_IP_PRI_FILTER,
	},
};

static void free_stats(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(hooks); i++)
		kfree(hooks[i].priv);
}

static int alloc_stats(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(hooks); i++) {
		hooks[i].priv = kzalloc_obj(struct hook_stats);
		if (!hooks[i].priv) {
			free_stats();
			return -ENOMEM;
		}
	}
	return 0;
}

static int hooks_start(void)
{
	int ret;

	ret = alloc_stats();
	if (ret)
		return ret;

	ret = nf_register_net_hooks(&init_net, hooks, ARRAY_SIZE(hooks));
	if (ret)
		free_stats();
	return ret;
}

/*
 * The state belongs to whoever may call the hook. The broken module frees it
 * with that owner not locked out; the fixed one locks it out first.
 */
static void hooks_close(void)
{
	if (broken)
		free_stats();
	nf_unregister_net_hooks(&init_net, hooks, ARRAY_SIZE(hooks));
}

static void hooks_stop(void)
{
	if (!TWO_STEPS)
		synchronize_net();
	if (!broken)
		free_stats();
}

static const struct part parts[] = {
	{ "hooks", .start = hooks_start, .close = hooks_close, .stop = hooks_stop },
	{}
};

module_parts(parts);

MODULE_DESCRIPTION("Stress module: netfilter hook whose state is freed at exit");
MODULE_LICENSE("GPL");
