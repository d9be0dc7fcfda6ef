#include <linux/init.h>
#include <linux/module.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/slab.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <net/net_namespace.h>
MODULE_LICENSE("GPL");
/* lookup drops the lock before it takes its reference */
struct item { struct kref ref; struct list_head list; int hits; };
static LIST_HEAD(items);
static DEFINE_SPINLOCK(lock);
static void item_free(struct kref *k) { kfree(container_of(k, struct item, ref)); }
static struct item *lookup(void)
{
	struct item *i;
	spin_lock_bh(&lock);
	i = list_first_entry_or_null(&items, struct item, list);
#ifdef FIXED
	if (i)
		kref_get(&i->ref);
	spin_unlock_bh(&lock);
#else
	spin_unlock_bh(&lock);
	if (i)
		kref_get(&i->ref);
#endif
	return i;
}
static unsigned int hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct item *i = lookup();
	if (i) {
		i->hits++;
		kref_put(&i->ref, item_free);
	}
	return NF_ACCEPT;
}
static struct nf_hook_ops ops = { .hook = hook, .pf = NFPROTO_IPV4, .hooknum = NF_INET_LOCAL_OUT };
static int __init m_init(void)
{
	struct item *i = kzalloc(sizeof(*i), GFP_KERNEL);
	kref_init(&i->ref);
	list_add(&i->list, &items);
	return nf_register_net_hook(&init_net, &ops);
}
static void __exit m_exit(void)
{
	struct item *i;
	spin_lock_bh(&lock);
	i = list_first_entry(&items, struct item, list);
	list_del(&i->list);
	spin_unlock_bh(&lock);
	kref_put(&i->ref, item_free);
	nf_unregister_net_hook(&init_net, &ops);
	synchronize_net();
}
module_init(m_init); module_exit(m_exit);
