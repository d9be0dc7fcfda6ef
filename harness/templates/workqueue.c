// SPDX-License-Identifier: GPL-2.0
/*
 * skeleton: work that is put off: each write to /sys/kernel/skeleton/work queues an item
 * that is carried out a little later.
 *
 *	writer    |queue|        |item runs|
 *	broken             |free module|  ^ in freed text
 *	fixed              |remove attribute|cancel and wait|free module|
 *
 * What queues the item has to be gone before the item is cancelled, else it is queued
 * again behind that. The module's own parameters would not do as the attribute: they can
 * be written until exit has returned.
 *
 * Lockout:	exit, the work item: by cancel_delayed_work_sync(), with nobody left to queue it
 * Breaks:	reference: a queued item is one to its function, of which no owner knows
 * Origin:	a skeleton
 */
#include <linux/delay.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/sysfs.h>
#include <linux/workqueue.h>

static bool broken;
module_param(broken, bool, 0444);
MODULE_PARM_DESC(broken, "leave the work item queued");

static unsigned int done;

static void carry_out(struct work_struct *work)
{
	fsleep(100);
	done++;
}

static DECLARE_DELAYED_WORK(item, carry_out);

static ssize_t work_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			  size_t len)
{
	schedule_delayed_work(&item, 1);
	return len;
}

static ssize_t work_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(done));
}

static struct kobj_attribute work_attribute = __ATTR_RW(work);
static struct kobject *directory;

static int __init skeleton_init(void)
{
	int ret;

	directory = kobject_create_and_add("skeleton", kernel_kobj);
	if (!directory)
		return -ENOMEM;
	ret = sysfs_create_file(directory, &work_attribute.attr);
	if (ret)
		kobject_put(directory);
	return ret;
}
module_init(skeleton_init);

static void __exit skeleton_exit(void)
{
	sysfs_remove_file(directory, &work_attribute.attr);
	kobject_put(directory);
	if (!broken)
		cancel_delayed_work_sync(&item);
}
module_exit(skeleton_exit);

MODULE_DESCRIPTION("A work item");
MODULE_LICENSE("GPL");
