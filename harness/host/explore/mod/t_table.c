#include <linux/init.h>
#include <linux/module.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
MODULE_LICENSE("GPL");
/* the table is freed before its hook is unregistered; the reader is softirq (LOCAL_IN) */
static u32 *table;
static unsigned int hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	u32 *t = priv;
	t[skb->len & 15]++;
	return NF_ACCEPT;
}
static struct nf_hook_ops ops = { .hook = hook, .pf = NFPROTO_IPV4, .hooknum = NF_INET_LOCAL_IN };
static int __init m_init(void)
{
	table = kzalloc(64, GFP_KERNEL);
	ops.priv = table;
	return nf_register_net_hook(&init_net, &ops);
}
static void __exit m_exit(void)
{
#ifdef FIXED
	nf_unregister_net_hook(&init_net, &ops);
	synchronize_net();
	kfree(table);
#else
	kfree(table);
	nf_unregister_net_hook(&init_net, &ops);
#endif
}
module_init(m_init); module_exit(m_exit);
