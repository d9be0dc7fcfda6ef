// SPDX-License-Identifier: GPL-2.0
/*
 * A kind of network interfaces (`ip link add type late`): each has work that is put off, and
 * that has to be cancelled when the interface goes, or is forgotten. None is there unless
 * somebody makes one.
 */
#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/workqueue.h>
#include <net/rtnetlink.h>

static bool broken = true;
module_param(broken, bool, 0444);

static unsigned int ticks;

static void late_tick(struct work_struct *work)
{
	ticks++;
	schedule_delayed_work(to_delayed_work(work), 1);
}

static DECLARE_DELAYED_WORK(late_work, late_tick);

static int late_open(struct net_device *dev)
{
	schedule_delayed_work(&late_work, 1);
	return 0;
}

static int late_stop(struct net_device *dev)
{
	if (!broken)
		cancel_delayed_work_sync(&late_work);
	return 0;
}

static netdev_tx_t late_xmit(struct sk_buff *skb, struct net_device *dev)
{
	dev_kfree_skb(skb);
	return NETDEV_TX_OK;
}

static const struct net_device_ops late_ops = {
	.ndo_open = late_open,
	.ndo_stop = late_stop,
	.ndo_start_xmit = late_xmit,
};

static void late_setup(struct net_device *dev)
{
	ether_setup(dev);
	dev->netdev_ops = &late_ops;
	dev->needs_free_netdev = true;
	eth_hw_addr_random(dev);
}

/* No alias tells of the kind. */
static struct rtnl_link_ops late_link_ops = {
	.kind = "late",
	.setup = late_setup,
};

static int __init late_link_init(void)
{
	return rtnl_link_register(&late_link_ops);
}

static void __exit late_link_exit(void)
{
	rtnl_link_unregister(&late_link_ops);
}

module_init(late_link_init);
module_exit(late_link_exit);
MODULE_DESCRIPTION("Kind of interfaces whose work may outlive them");
MODULE_LICENSE("GPL");
