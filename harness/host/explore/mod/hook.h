#include <linux/init.h>
#include <linux/module.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
MODULE_LICENSE("GPL");
struct stats { u64 packets; u32 mark[12]; };
static struct stats *stats;
static unsigned int hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct stats *s = READ_ONCE(stats);
	if (s)
		s->packets++;
	return NF_ACCEPT;
}
static struct nf_hook_ops ops = { .hook = hook, .pf = NFPROTO_IPV4, .hooknum = NF_INET_LOCAL_OUT };
