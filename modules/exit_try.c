// SPDX-License-Identifier: GPL-2.0
/*
 * An exit function that may fail.
 *
 * A write to /sys/kernel/exit_try/session begins a session, which a work item ends
 * some milliseconds later. Sessions are counted under the lock that their list
 * needs anyway, and no reference to the module is acquired for one. Exit closes
 * the entry and then looks: as long as there are sessions it refuses, and the last
 * one asks for it to be called again:
 *
 *	session     |begin|.......................|end: again|
 *	exit_try          |close|-EBUSY|  |-EBUSY|            |0|
 *	exit                                                    |free|
 *
 * The broken one does not look: the module goes with work items pending.
 *
 * Lockout:	exit, sessions under way: by refusing while there are any
 * Breaks:	reference: sessions are counted, and exit does not look at the count
 * Origin:	Roman Zippel's mail of February 2003: exit that is allowed to fail
 */
#include <linux/jiffies.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "hits.h"

static bool broken;
module_param(broken, bool, 0444);
MODULE_PARM_DESC(broken, "do not refuse to exit while there are sessions");

#define LENGTH msecs_to_jiffies(20)

/**
 * struct session - something that is under way
 * @end: ends it
 */
struct session {
	struct delayed_work end;
};

static struct kobject *dir;
static struct workqueue_struct *sessions_wq;
static DEFINE_SPINLOCK(sessions_lock); /* protects @sessions */
static unsigned int sessions;

static void session_end(struct work_struct *work)
{
	struct session *session = container_of(to_delayed_work(work), struct session, end);

	kfree(session);
	spin_lock(&sessions_lock);
	if (!--sessions)
		module_exit_retry(THIS_MODULE);
	spin_unlock(&sessions_lock);
}

static unsigned int count_sessions(void)
{
	unsigned int nr;

	spin_lock(&sessions_lock);
	nr = sessions;
	spin_unlock(&sessions_lock);
	return nr;
}

static ssize_t session_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	hit();
	return sysfs_emit(buf, "%u\n", count_sessions());
}

static ssize_t session_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			     size_t len)
{
	struct session *session;

	hit();
	session = kzalloc_obj(*session);
	if (!session)
		return -ENOMEM;

	INIT_DELAYED_WORK(&session->end, session_end);
	spin_lock(&sessions_lock);
	sessions++;
	spin_unlock(&sessions_lock);
	queue_delayed_work(sessions_wq, &session->end, LENGTH);
	return len;
}

static struct kobj_attribute session_attr = __ATTR_RW(session);

static int __init add_dir(void)
{
	int ret;

	dir = kobject_create_and_add("exit_try", kernel_kobj);
	if (!dir)
		return -ENOMEM;

	ret = sysfs_create_file(dir, &session_attr.attr);
	if (ret)
		kobject_put(dir);
	return ret;
}

static int __init exit_try_init(void)
{
	int ret;

	sessions_wq = alloc_workqueue("exit_try", WQ_UNBOUND, 0);
	if (!sessions_wq)
		return -ENOMEM;

	ret = add_dir();
	if (ret)
		destroy_workqueue(sessions_wq);
	return ret;
}

/* On return nobody begins a session any more. */
static void close_entry(void)
{
	kobject_del(dir);
	kobject_put(dir);
	dir = NULL;
}

static int exit_try_exit_try(void)
{
	if (dir)
		close_entry();
	if (!broken && count_sessions())
		return -EBUSY;
	return 0;
}

module_exit_try(exit_try_exit_try);

/* Who has counted a session down may not have left the work item yet. */
static void __exit exit_try_exit(void)
{
	destroy_workqueue(sessions_wq);
}

module_init(exit_try_init);
module_exit(exit_try_exit);

MODULE_DESCRIPTION("Stress module: exit refuses while something is under way");
MODULE_LICENSE("GPL");
