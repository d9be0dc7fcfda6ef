// SPDX-License-Identifier: GPL-2.0
/*
 * A netfilter hook that keeps something for every connection, and has one
 * reference to itself for each, none for a packet.
 *
 * A packet is in the hook under RCU, which keeps the hook where it is. The first
 * packet of a connection arms a timer that will look at the connection later, so
 * the hook is needed for longer: it acquires a reference, by nf_hook_get(), and the
 * timer that ends the connection drops it.
 *
 *	packets    |first||second||third|
 *	connection |get .................. timer, put|
 *	unreg                       |detach|
 *	work item                                     |exit|
 *
 * The broken module acquires no references: the owner of its text is not told that
 * timers lead there.
 *
 * Lockout:	unreg, timers of connections: by a reference for each connection
 * Breaks:	reference: a timer is one to its function, and the owner is not told of it
 * Origin:	Roman Zippel's mail of February 2003: a reference once per connection
 */
#define LIFECYCLE

#include <linux/hashtable.h>
#include <linux/ip.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/net_namespace.h>

#include "hits.h"
#include "parts.h"

static bool broken;
module_param(broken, bool, 0444);
MODULE_PARM_DESC(broken, "keep connections without a reference to the module");

#define LIFETIME msecs_to_jiffies(30)

/**
 * struct conn - a connection
 * @node: in @conns
 * @ports: source and destination port, what tells it from others
 * @packets: seen so far
 * @timer: ends it
 * @rcu: to free it
 */
struct conn {
	struct hlist_node node;
	u32 ports;
	atomic_t packets;
	struct timer_list timer;
	struct rcu_head rcu;
};

static DEFINE_HASHTABLE(conns, 6);
static DEFINE_SPINLOCK(conns_lock); /* protects changes of @conns */

static unsigned int hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);

static struct nf_hook_ops hook_ops = {
	.hook = hook,
	.pf = NFPROTO_IPV4,
	.hooknum = NF_INET_LOCAL_IN,
	.priority = NF_IP_PRI_FILTER,
	.owner = THIS_MODULE,
};

static bool conn_get(void)
{
	return broken || nf_hook_get(&hook_ops);
}

static void conn_put(void)
{
	if (!broken)
		nf_hook_put(&hook_ops);
}

/* kfree_rcu() leaves no callback in module text. */
static void conn_end(struct timer_list *timer)
{
	struct conn *conn = container_of(timer, struct conn, timer);

	spin_lock(&conns_lock);
	hash_del_rcu(&conn->node);
	spin_unlock(&conns_lock);
	kfree_rcu(conn, rcu);
	conn_put();
}

static struct conn *conn_find(u32 ports)
{
	struct conn *conn;

	hash_for_each_possible_rcu(conns, conn, node, ports) {
		if (conn->ports == ports)
			return conn;
	}
	return NULL;
}

static void conn_new(u32 ports)
{
	struct conn *conn;

	if (!conn_get())
		return;
	conn = kzalloc_obj(*conn, GFP_ATOMIC);
	if (!conn) {
		conn_put();
		return;
	}

	conn->ports = ports;
	atomic_set(&conn->packets, 1);
	timer_setup(&conn->timer, conn_end, 0);
	spin_lock_bh(&conns_lock);
	hash_add_rcu(conns, &conn->node, ports);
	spin_unlock_bh(&conns_lock);
	mod_timer(&conn->timer, jiffies + LIFETIME);
}

static unsigned int hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct conn *conn;
	u32 ports;

	if (ip_hdr(skb)->protocol != IPPROTO_UDP || skb_headlen(skb) < ip_hdrlen(skb) + 4)
		return NF_ACCEPT;

	hit();
	memcpy(&ports, skb->data + ip_hdrlen(skb), sizeof(ports));
	conn = conn_find(ports);
	if (conn)
		atomic_inc(&conn->packets);
	else
		conn_new(ports);
	return NF_ACCEPT;
}

static int hook_start(void)
{
	return nf_register_net_hook(&init_net, &hook_ops);
}

static void hook_close(void)
{
	nf_detach_net_hook(&init_net, &hook_ops);
}

static const struct part parts[] = {
	{ "hook", .start = hook_start, .close = hook_close },
	{}
};

module_parts(parts);

MODULE_DESCRIPTION("Stress module: netfilter hook with a reference for each connection");
MODULE_LICENSE("GPL");
