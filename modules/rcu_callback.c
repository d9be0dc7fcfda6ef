// SPDX-License-Identifier: GPL-2.0
/*
 * RCU callbacks that are still to come when the module goes.
 *
 * A write to /sys/kernel/rcu_callback/limit replaces an object that readers use
 * under rcu_read_lock(), and has the old one freed by a callback in module text
 * after a grace period. A grace period is tens of milliseconds long, an unload
 * takes a few:
 *
 *	writer         |call_rcu|
 *	RCU                |---------- grace period ----------|free_limit()|
 *	broken exit             |kfree|
 *	rmmod                          |free module|            ^ in freed text
 *
 *	fixed exit              |kfree|rcu_barrier()-----------------------|
 *
 * synchronize_rcu() would not do: it waits for readers, not for callbacks.
 *
 * In two steps nobody waits: each callback has a reference to the module, and the
 * last one, in softirq context, lets it go:
 *
 *	rmmod                   |unreg|
 *	RCU                |---------- grace period ----------|free_limit(), put|
 *	work item                                                           |exit|
 *
 * Lockout:	exit, callbacks that are pending: by rcu_barrier()
 * Breaks:	reference: a pending callback is one to its function, of which no owner knows
 * Origin:	what Documentation/RCU/rcubarrier.rst was written for
 * Survives:	limit unstopped of rcu_callback_lifecycle in stress: kmemleak is
 *		asked in explore mode only
 */
#include <linux/kobject.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "hits.h"
#include "parts.h"

static bool broken;
module_param(broken, bool, 0444);
MODULE_PARM_DESC(broken, "return from exit with callbacks pending");

/**
 * struct limit - the object that is replaced
 * @value: what readers want
 * @rcu: to free it
 */
struct limit {
	unsigned int value;
	struct rcu_head rcu;
};

static struct kobject *dir;
static struct limit __rcu *limit;

static void free_limit(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct limit, rcu));
	two_steps_put();
}

static int replace_limit(unsigned int value)
{
	struct limit *new = kzalloc_obj(*new);
	struct limit *old;

	if (!new)
		return -ENOMEM;

	new->value = value;
	old = unrcu_pointer(xchg(&limit, RCU_INITIALIZER(new)));
	if (old) {
		two_steps_get();
		call_rcu(&old->rcu, free_limit);
	}
	return 0;
}

static ssize_t limit_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	unsigned int value;

	hit();
	rcu_read_lock();
	value = rcu_dereference(limit)->value;
	rcu_read_unlock();
	return sysfs_emit(buf, "%u\n", value);
}

static ssize_t limit_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			   size_t len)
{
	unsigned int value;
	int ret;

	hit();
	ret = kstrtouint(buf, 0, &value);
	if (!ret)
		ret = replace_limit(value);
	return ret ? ret : len;
}

static struct kobj_attribute limit_attr = __ATTR_RW(limit);

static int add_dir(void)
{
	int ret;

	dir = kobject_create_and_add("rcu_callback", kernel_kobj);
	if (!dir)
		return -ENOMEM;

	ret = sysfs_create_file(dir, &limit_attr.attr);
	if (ret)
		kobject_put(dir);
	return ret;
}

static void remove_dir(void)
{
	kobject_del(dir);
	kobject_put(dir);
}

static int limit_start(void)
{
	return replace_limit(0);
}

/*
 * A pending callback is a reference to free_limit(). No owner of the module's
 * text knows of it, so the text may go only once none is left: what the fixed
 * exit waits for.
 */
static void limit_stop(void)
{
	kfree(rcu_replace_pointer(limit, NULL, true));
	if (!TWO_STEPS && !broken)
		rcu_barrier();
}

static const struct part parts[] = {
	{ "limit", .start = limit_start, .stop = limit_stop },
	{ "dir", .start = add_dir, .close = remove_dir },
	{}
};

module_parts(parts);

MODULE_DESCRIPTION("Stress module: RCU callbacks pending at exit");
MODULE_LICENSE("GPL");
