// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel thread that exit does not wait for.
 *
 * Numbers written to /sys/kernel/stray_kthread/number are summed up by a thread
 * that looks for them every few milliseconds. The broken exit sets a flag and
 * trusts that the thread will see it; but the thread sleeps in the middle of
 * module text, and comes back to where that text has been:
 *
 *	worker         sum |------ sleep ------| returns into freed text
 *	broken exit            |flag|
 *	rmmod                       |free module|
 *
 *	worker         sum |-- sleep --| sees kthread_should_stop(), ends
 *	fixed exit             |kthread_stop----------|
 *
 * In two steps the thread has a reference to the module, which it drops by the
 * built-in function that ends it; so unreg may set a flag and trust:
 *
 *	worker         sum |------ sleep ------| sees the flag, puts and ends
 *	unreg                  |flag|
 *	work item                                                   |exit|
 */
#include <linux/delay.h>
#include <linux/kobject.h>
#include <linux/kstrtox.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>

#include "hits.h"
#include "two_steps.h"

static bool broken;
module_param(broken, bool, 0444);
MODULE_PARM_DESC(broken, "tell the thread to end, but do not wait until it has");

#define PERIOD msecs_to_jiffies(20)

static struct task_struct *worker_task;
static struct kobject *dir;
static atomic_long_t pending;
static atomic_long_t sum;
static bool stopping;

static int worker(void *unused)
{
	while (!READ_ONCE(stopping) && !kthread_should_stop()) {
		atomic_long_add(atomic_long_xchg(&pending, 0), &sum);
		schedule_timeout_interruptible(PERIOD);
	}
	if (TWO_STEPS)
		module_put_and_kthread_exit(0);
	return 0;
}

static ssize_t number_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	hit();
	return sysfs_emit(buf, "%ld\n", atomic_long_read(&sum));
}

static ssize_t number_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			    size_t len)
{
	int number, ret;

	hit();
	ret = kstrtoint(buf, 0, &number);
	if (ret)
		return ret;

	atomic_long_add(number, &pending);
	return len;
}

static struct kobj_attribute number_attr = __ATTR_RW(number);

static int __init add_dir(void)
{
	int ret;

	dir = kobject_create_and_add("stray_kthread", kernel_kobj);
	if (!dir)
		return -ENOMEM;

	ret = sysfs_create_file(dir, &number_attr.attr);
	if (ret)
		kobject_put(dir);
	return ret;
}

static void remove_dir(void)
{
	kobject_del(dir);
	kobject_put(dir);
}

static int __init stray_kthread_init(void)
{
	int ret;

	ret = add_dir();
	if (ret)
		return ret;

	two_steps_get();
	worker_task = kthread_run(worker, NULL, "stray_kthread");
	if (IS_ERR(worker_task)) {
		two_steps_put();
		remove_dir();
		return PTR_ERR(worker_task);
	}
	return 0;
}

/*
 * The thread runs in text it does not own. The broken exit leaves it there
 * without a reference that the text's owner, the module loader, knows of; the
 * fixed one waits until it has left.
 */
#if TWO_STEPS
static int stray_kthread_unreg(void)
{
	remove_dir();
	WRITE_ONCE(stopping, true);
	return 0;
}

static void __exit stray_kthread_exit(void)
{
}

module_unreg(stray_kthread_unreg);
#else
static void __exit stray_kthread_exit(void)
{
	remove_dir();
	if (broken)
		WRITE_ONCE(stopping, true);
	else
		kthread_stop(worker_task);
}
#endif

module_init(stray_kthread_init);
module_exit(stray_kthread_exit);

MODULE_DESCRIPTION("Stress module: kernel thread that outlives the module");
MODULE_LICENSE("GPL");
