// SPDX-License-Identifier: GPL-2.0
/*
 * skeleton: a network interface, skel0, which takes packets and drops them. While it is
 * up a timer sees to what the hardware says.
 *
 *	timer     |watch|  |watch|   |watch|
 *	broken              |stop|unregister, free|  ^ in freed memory
 *	fixed               |stop: shut down|unregister, free|
 *
 * Lockout:	stop, the timer: by timer_shutdown_sync()
 * Breaks:	reference: an armed timer is one to the interface, of which nobody knows
 * Origin:	a skeleton
 */
#include <linux/etherdevice.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/timer.h>

static bool broken;
module_param(broken, bool, 0444);
MODULE_PARM_DESC(broken, "leave the timer armed when the interface is taken down");

/**
 * struct skeleton - what the driver has of one interface
 * @timer: armed while the interface is up
 * @watched: how often it ran
 */
struct skeleton {
	struct timer_list timer;
	unsigned int watched;
};

static struct net_device *device;

static void skeleton_watch(struct timer_list *timer)
{
	struct skeleton *this = timer_container_of(this, timer, timer);

	this->watched++;
	mod_timer(timer, jiffies + 1);
}

static int skeleton_open(struct net_device *dev)
{
	struct skeleton *this = netdev_priv(dev);

	timer_setup(&this->timer, skeleton_watch, 0);
	mod_timer(&this->timer, jiffies + 1);
	netif_start_queue(dev);
	return 0;
}

static int skeleton_stop(struct net_device *dev)
{
	struct skeleton *this = netdev_priv(dev);

	netif_stop_queue(dev);
	if (!broken)
		timer_shutdown_sync(&this->timer);
	return 0;
}

static netdev_tx_t skeleton_xmit(struct sk_buff *skb, struct net_device *dev)
{
	dev_sw_netstats_tx_add(dev, 1, skb->len);
	dev_kfree_skb(skb);
	return NETDEV_TX_OK;
}

static const struct net_device_ops ops = {
	.ndo_open = skeleton_open,
	.ndo_stop = skeleton_stop,
	.ndo_start_xmit = skeleton_xmit,
};

static void skeleton_setup(struct net_device *dev)
{
	ether_setup(dev);
	dev->netdev_ops = &ops;
	dev->flags |= IFF_NOARP;
	dev->pcpu_stat_type = NETDEV_PCPU_STAT_TSTATS;
	eth_hw_addr_random(dev);
}

static int __init skeleton_init(void)
{
	int ret;

	device = alloc_netdev(sizeof(struct skeleton), "skel%d", NET_NAME_ENUM, skeleton_setup);
	if (!device)
		return -ENOMEM;
	ret = register_netdev(device);
	if (ret)
		free_netdev(device);
	return ret;
}
module_init(skeleton_init);

/* An interface that is up is taken down by this. */
static void __exit skeleton_exit(void)
{
	unregister_netdev(device);
	free_netdev(device);
}
module_exit(skeleton_exit);

MODULE_DESCRIPTION("A network interface");
MODULE_LICENSE("GPL");
