// SPDX-License-Identifier: GPL-2.0
/*
 * skeleton: a kernel thread.
 *
 *	thread    |work| |work| |work|
 *	broken          |stop = true|free module| ^ in freed text
 *	fixed           |kthread_stop()         |free module|
 *
 * Lockout:	exit, the thread: by kthread_stop(), which waits for its last instruction
 * Breaks:	reference: the thread runs in module text, and no owner knows of it
 * Origin:	a skeleton
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>

static bool broken;
module_param(broken, bool, 0444);
MODULE_PARM_DESC(broken, "tell the thread to end and do not wait");

static unsigned int rounds;
module_param(rounds, uint, 0444);
MODULE_PARM_DESC(rounds, "how often the thread has worked");

static struct task_struct *thread;
static bool stop;

static int skeleton_thread(void *unused)
{
	while (!READ_ONCE(stop) && !kthread_should_stop()) {
		rounds++;
		fsleep(500);
	}
	return 0;
}

static int __init skeleton_init(void)
{
	thread = kthread_run(skeleton_thread, NULL, "skeleton");
	return PTR_ERR_OR_ZERO(thread);
}
module_init(skeleton_init);

static void __exit skeleton_exit(void)
{
	if (broken)
		WRITE_ONCE(stop, true);
	else
		kthread_stop(thread);
}
module_exit(skeleton_exit);

MODULE_DESCRIPTION("A kernel thread");
MODULE_LICENSE("GPL");
