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
 *
 * Lockout:	exit, the thread: by kthread_stop()
 * Breaks:	reference: the thread runs in module text, and no owner knows of it
 * Origin:	as CVE-2021-47163, commit 04c26faa51d1, a work item, with a thread
 */
#include <linux/delay.h>
#include <linux/kobject.h>
#include <linux/kstrtox.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>

#include "hits.h"
#include "parts.h"

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

static int add_dir(void)
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

static int thread_start(void)
{
	two_steps_get();
	worker_task = kthread_run(worker, NULL, "stray_kthread");
	if (IS_ERR(worker_task))
		two_steps_put();
	return PTR_ERR_OR_ZERO(worker_task);
}

/*
 * The thread runs in text it does not own. The broken exit leaves it there
 * without a reference that the text's owner, the module loader, knows of; the
 * fixed one waits until it has left.
 */
static void thread_stop(void)
{
	if (!broken)
		kthread_stop(worker_task);
	else
		WRITE_ONCE(stopping, true);
}

static void thread_tell(void)
{
	WRITE_ONCE(stopping, true);
}

/* The thread is last: in two steps it keeps the module, so nothing may fail once it runs. */
static const struct part parts[] = {
	{ "dir", .start = add_dir, .close = remove_dir },
	{ "thread", .start = thread_start, .close = TWO_STEPS ? thread_tell : thread_stop },
	{}
};

module_parts(parts);

MODULE_DESCRIPTION("Stress module: kernel thread that outlives the module");
MODULE_LICENSE("GPL");
