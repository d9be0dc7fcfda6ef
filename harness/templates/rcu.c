// SPDX-License-Identifier: GPL-2.0
/*
 * skeleton: an object that readers use under RCU. Each write to /sys/kernel/skeleton/limit
 * replaces it; the old one is freed by a callback when its readers are through.
 *
 *	writer    |call_rcu|           |callback|
 *	broken              |free module|  ^ in freed text
 *	fixed               |remove attribute|rcu_barrier()|free module|
 *
 * Lockout:	exit, callbacks that are pending: by rcu_barrier()
 * Breaks:	reference: a pending callback is one to its function, of which no owner knows
 * Origin:	a skeleton
 */
#include <linux/kobject.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

static bool broken;
module_param(broken, bool, 0444);
MODULE_PARM_DESC(broken, "do not wait for the callbacks");

/**
 * struct limit - what readers want to know
 * @value: the limit
 * @rcu: to free it
 */
struct limit {
	unsigned int value;
	struct rcu_head rcu;
};

static struct limit __rcu *limit;

static void free_limit(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct limit, rcu));
}

static DEFINE_MUTEX(limit_lock); /* one writer of @limit at a time */

static void replace_limit(struct limit *new)
{
	struct limit *old;

	mutex_lock(&limit_lock);
	old = rcu_replace_pointer(limit, new, lockdep_is_held(&limit_lock));
	mutex_unlock(&limit_lock);
	if (old)
		call_rcu(&old->rcu, free_limit);
}

static ssize_t limit_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			   size_t len)
{
	struct limit *new = kzalloc_obj(*new);

	if (!new)
		return -ENOMEM;
	if (kstrtouint(buf, 0, &new->value)) {
		kfree(new);
		return -EINVAL;
	}
	replace_limit(new);
	return len;
}

static ssize_t limit_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	const struct limit *now;
	unsigned int value;

	rcu_read_lock();
	now = rcu_dereference(limit);
	value = now ? now->value : 0;
	rcu_read_unlock();
	return sysfs_emit(buf, "%u\n", value);
}

static struct kobj_attribute limit_attribute = __ATTR_RW(limit);
static struct kobject *directory;

static int __init skeleton_init(void)
{
	int ret;

	directory = kobject_create_and_add("skeleton", kernel_kobj);
	if (!directory)
		return -ENOMEM;
	ret = sysfs_create_file(directory, &limit_attribute.attr);
	if (ret)
		kobject_put(directory);
	return ret;
}
module_init(skeleton_init);

static void __exit skeleton_exit(void)
{
	sysfs_remove_file(directory, &limit_attribute.attr);
	kobject_put(directory);
	replace_limit(NULL);
	if (!broken)
		rcu_barrier();
}
module_exit(skeleton_exit);

MODULE_DESCRIPTION("An object under RCU");
MODULE_LICENSE("GPL");
