// SPDX-License-Identifier: GPL-2.0
/*
 * A device whose removal is pending for as long as user space pleases, while
 * others come and go.
 *
 * The bus device of fake_bus is held by an open descriptor. unreg has a thread
 * unregister it and wait for its release, however long that takes; the thread has
 * a reference to the module, so nothing of it goes meanwhile.
 *
 *	user space   |open--------------------------------------close|
 *	thread            |device_unregister_wait()------------------|put|
 *	others         ||||||||||||||||||||||||||||||||||||||||||||||||||||||||
 *
 * The broken module waits with a lock held that all others need. It breaks the
 * second half of the rule: it tells nobody but locks everybody out, for as long as
 * somebody else likes.
 *
 * Lockout:	nobody: a thread waits for the device with a reference to the module
 * Breaks:	lockout: everybody else is locked out for as long as somebody pleases
 * Origin:	"scsi: core: Make sure that hosts outlive targets", reverted in 2022 for its waiting
 */
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "device_churn.h"
#include "fake_bus.h"
#include "hits.h"

static bool broken;
module_param(broken, bool, 0444);
MODULE_PARM_DESC(broken, "wait with the lock held that other removals need");

static struct fake_bus *bus;

static u32 bus_frame_number(struct fake_bus *this)
{
	hit();
	return 0;
}

static int bus_submit(struct fake_bus *this, const void *data, size_t len)
{
	hit();
	return 0;
}

static void bus_release(struct fake_bus *this)
{
	kfree(this);
}

static const struct fake_hcd_ops bus_ops = {
	.frame_number = bus_frame_number,
	.submit = bus_submit,
};

static int __init pending_removal_init(void)
{
	bus = kzalloc_obj(*bus);
	if (!bus)
		return -ENOMEM;

	bus->ops = &bus_ops;
	bus->release = bus_release;
	return fake_bus_register(bus);
}

static int remover(void *unused)
{
	if (broken)
		device_churn_lock();
	fake_bus_disconnect(bus);
	device_unregister_wait(&bus->dev, MAX_SCHEDULE_TIMEOUT);
	if (broken)
		device_churn_unlock();
	module_put_and_kthread_exit(0);
}

static int pending_removal_unreg(void)
{
	struct task_struct *task;

	__module_get(THIS_MODULE);
	task = kthread_run(remover, NULL, "pending_removal");
	if (IS_ERR(task))
		module_put(THIS_MODULE);
	return PTR_ERR_OR_ZERO(task);
}

static void __exit pending_removal_exit(void)
{
}

module_unreg(pending_removal_unreg);
module_init(pending_removal_init);
module_exit(pending_removal_exit);

MODULE_DESCRIPTION("Stress module: a removal that is pending while others go on");
MODULE_LICENSE("GPL");
