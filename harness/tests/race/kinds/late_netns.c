// SPDX-License-Identifier: GPL-2.0
/*
 * A file in the /proc/net of each network namespace, and a timer for each but the first,
 * which has to be stopped when the namespace goes, or is forgotten.
 */
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/seq_file_net.h>
#include <linux/timer.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

static bool broken = true;
module_param(broken, bool, 0444);

struct late {
	struct timer_list timer;
	bool stopped;
};

static unsigned int late_id;

static void late_fires(struct timer_list *timer)
{
	mod_timer(timer, jiffies + 2);
}

static int late_show(struct seq_file *m, void *v)
{
	seq_puts(m, "late\n");
	return 0;
}

static int __net_init late_net_init(struct net *net)
{
	struct late *late = net_generic(net, late_id);

	timer_setup(&late->timer, late_fires, 0);
	if (!net_eq(net, &init_net))
		mod_timer(&late->timer, jiffies + 2);
	if (proc_create_net_single("late", 0444, net->proc_net, late_show, NULL))
		return 0;
	timer_shutdown_sync(&late->timer);
	return -ENOMEM;
}

static void __net_exit late_net_exit(struct net *net)
{
	struct late *late = net_generic(net, late_id);

	remove_proc_entry("late", net->proc_net);
	if (!broken)
		timer_shutdown_sync(&late->timer);
}

static struct pernet_operations late_net_ops = {
	.init = late_net_init,
	.exit = late_net_exit,
	.id = &late_id,
	.size = sizeof(struct late),
};

static int __init late_netns_init(void)
{
	return register_pernet_subsys(&late_net_ops);
}

static void __exit late_netns_exit(void)
{
	unregister_pernet_subsys(&late_net_ops);
}

module_init(late_netns_init);
module_exit(late_netns_exit);
MODULE_DESCRIPTION("Timers of network namespaces that may outlive them");
MODULE_LICENSE("GPL");
