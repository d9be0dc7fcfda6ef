// SPDX-License-Identifier: GPL-2.0
/*
 * skeleton: an attribute, /sys/kernel/skeleton/count, with state behind it.
 *
 * Taking the attribute away waits for who is reading it. State that is freed before
 * that is freed under the reader:
 *
 *	reader    |show: uses state      |
 *	broken       |free state|remove file|
 *	fixed                            |remove file|free state|
 *
 * Lockout:	exit, who reads the attribute: by kobject_put(), which waits for them
 * Breaks:	lockout: the state is freed while the attribute is still there
 * Origin:	a skeleton
 */
#include <linux/delay.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

static bool broken;
module_param(broken, bool, 0444);
MODULE_PARM_DESC(broken, "free the state before the attribute is taken away");

static unsigned int *state;
static struct kobject *directory;

static ssize_t count_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	unsigned int *count = READ_ONCE(state);

	/* As long as it takes to ask a device. */
	fsleep(100);
	return sysfs_emit(buf, "%u\n", ++*count);
}

static struct kobj_attribute count_attribute = __ATTR_RO(count);

static int __init skeleton_init(void)
{
	int ret = -ENOMEM;

	state = kzalloc_obj(*state);
	if (!state)
		return -ENOMEM;
	directory = kobject_create_and_add("skeleton", kernel_kobj);
	if (directory)
		ret = sysfs_create_file(directory, &count_attribute.attr);
	if (!ret)
		return 0;

	kobject_put(directory);
	kfree(state);
	return ret;
}
module_init(skeleton_init);

static void __exit skeleton_exit(void)
{
	if (broken)
		kfree(state);
	sysfs_remove_file(directory, &count_attribute.attr);
	kobject_put(directory);
	if (!broken)
		kfree(state);
}
module_exit(skeleton_exit);

MODULE_DESCRIPTION("An attribute in sysfs");
MODULE_LICENSE("GPL");
