// SPDX-License-Identifier: GPL-2.0
/*
 * Has work that goes on while there are members, modules that need this one. When the last
 * one leaves it is cancelled, or forgotten. By itself the module does nothing.
 */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>

#include "hub.h"

static bool broken = true;
module_param(broken, bool, 0444);

static unsigned int members;
static DEFINE_MUTEX(lock); /* protects @members */

static void hub_work(struct work_struct *work)
{
	schedule_delayed_work(to_delayed_work(work), 1);
}

static DECLARE_DELAYED_WORK(work, hub_work);

void hub_join(void)
{
	mutex_lock(&lock);
	if (!members++)
		schedule_delayed_work(&work, 1);
	mutex_unlock(&lock);
}
EXPORT_SYMBOL_GPL(hub_join);

void hub_leave(void)
{
	mutex_lock(&lock);
	if (!--members && !broken)
		cancel_delayed_work_sync(&work);
	mutex_unlock(&lock);
}
EXPORT_SYMBOL_GPL(hub_leave);

static int __init hub_init(void)
{
	return 0;
}

static void __exit hub_exit(void)
{
}

module_init(hub_init);
module_exit(hub_exit);
MODULE_DESCRIPTION("Work that may outlive those it is done for");
MODULE_LICENSE("GPL");
