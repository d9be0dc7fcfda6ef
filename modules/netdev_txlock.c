// SPDX-License-Identifier: GPL-2.0
/*
 * A network driver that counts the packets its hardware has under the lock that
 * it takes for every packet anyway.
 *
 * A packet sent through the device is put into a ring and completed by a timer
 * some time later, in the place of an interrupt. The driver has to lock the ring
 * for that, and under the same lock it counts what is outstanding: no reference is
 * acquired for a packet. The registration counts as one more, and for all of them
 * together there is one reference to the module, dropped with the last:
 *
 *	xmit        |lock, count++|          |lock, count++|
 *	hardware                  |lock, count--|           |lock, count-- = 0, put|
 *	unreg                                      |unregister, count--|
 *	work item                                                           |exit|
 *
 * unreg does not wait for the hardware. The broken driver does not count: the
 * module goes with packets outstanding and the timer armed.
 *
 * Lockout:	unreg, packets that the hardware has: by a count under the queue's own lock
 * Breaks:	reference: packets are not counted, so the owner does not know of the timer
 * Origin:	Alan Stern's mail of January 2004: packets counted under a lock that is taken anyway
 */
#define LIFECYCLE

#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <net/dst.h>

#include "hits.h"
#include "parts.h"

static bool broken;
module_param(broken, bool, 0444);
MODULE_PARM_DESC(broken, "do not count the packets the hardware has");

#define RING_SIZE   256
#define COMPLETE_IN msecs_to_jiffies(60)

/**
 * struct ring - the hardware's queue
 * @lock: protects everything here
 * @skbs: the packets
 * @head: where the next one goes
 * @tail: the oldest one
 * @outstanding: packets in the ring, and 1 while the device is registered
 * @timer: completes what is in the ring
 */
struct ring {
	spinlock_t lock; /* protects the whole ring */
	struct sk_buff *skbs[RING_SIZE];
	unsigned int head;
	unsigned int tail;
	unsigned int outstanding;
	struct timer_list timer;
};

static struct ring ring;
static struct net_device *netdev;

/* Returns true to who has to drop the module's reference: all is done. */
static bool uncount(unsigned int nr)
{
	lockdep_assert_held(&ring.lock);
	ring.outstanding -= nr;
	return !ring.outstanding;
}

static void complete_packets(struct timer_list *timer)
{
	unsigned int nr = 0;
	bool last;

	spin_lock(&ring.lock);
	for (; ring.tail != ring.head; ring.tail++, nr++)
		dev_consume_skb_any(ring.skbs[ring.tail % RING_SIZE]);
	last = !broken && uncount(nr);
	spin_unlock(&ring.lock);
	if (last)
		two_steps_put();
}

static bool enqueue(struct sk_buff *skb)
{
	bool room;

	spin_lock_bh(&ring.lock);
	room = ring.head - ring.tail < RING_SIZE;
	if (room) {
		ring.skbs[ring.head++ % RING_SIZE] = skb;
		if (!broken)
			ring.outstanding++;
		if (!timer_pending(&ring.timer))
			mod_timer(&ring.timer, jiffies + COMPLETE_IN);
	}
	spin_unlock_bh(&ring.lock);
	return room;
}

static netdev_tx_t ring_xmit(struct sk_buff *skb, struct net_device *dev)
{
	hit();
	skb_orphan(skb);
	skb_dst_drop(skb);
	if (!enqueue(skb))
		dev_kfree_skb_any(skb);
	return NETDEV_TX_OK;
}

static const struct net_device_ops ring_ops = {
	.ndo_start_xmit = ring_xmit,
};

/* The core frees the device when it is unregistered; the ring is ours. */
static void ring_setup(struct net_device *dev)
{
	dev->netdev_ops = &ring_ops;
	dev->needs_free_netdev = true;
	dev->type = ARPHRD_NONE;
	dev->mtu = ETH_DATA_LEN;
	dev->flags = IFF_NOARP | IFF_BROADCAST;
	dev->lltx = true;
}

static int add_netdev(void)
{
	int ret;

	netdev = alloc_netdev(0, "stress%d", NET_NAME_ENUM, ring_setup);
	if (!netdev)
		return -ENOMEM;

	rtnl_lock();
	ret = register_netdevice(netdev);
	if (!ret)
		ret = dev_open(netdev, NULL);
	if (ret && netdev->reg_state == NETREG_REGISTERED)
		unregister_netdevice(netdev);
	else if (ret)
		free_netdev(netdev);
	rtnl_unlock();
	return ret;
}

static int netdev_start(void)
{
	int ret;

	spin_lock_init(&ring.lock);
	timer_setup(&ring.timer, complete_packets, 0);
	ring.outstanding = 1;
	two_steps_get();
	ret = add_netdev();
	if (ret)
		two_steps_put();
	return ret;
}

/* When the device is unregistered nobody is in ring_xmit() and nobody will be. */
static void netdev_close(void)
{
	bool last;

	unregister_netdev(netdev);
	spin_lock_bh(&ring.lock);
	last = uncount(1);
	spin_unlock_bh(&ring.lock);
	if (last)
		two_steps_put();
}

static const struct part parts[] = {
	{ "netdev", .start = netdev_start, .close = netdev_close },
	{}
};

module_parts(parts);

MODULE_DESCRIPTION("Stress module: network driver that counts packets under its own lock");
MODULE_LICENSE("GPL");
