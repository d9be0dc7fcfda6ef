// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel thread that says it is done before it is.
 *
 * Exit sets a flag and waits for a completion, which the thread signals as the last
 * thing that it does; but it still has to return, through module text:
 *
 *	thread        |complete()|                       |return
 *	broken exit              |wait_for_completion()|       ^ in freed text
 *	rmmod                                          |free module|
 *
 *	thread        |return, do_exit()|
 *	fixed exit    |kthread_stop-----|
 *
 * kthread_complete_and_exit() would do as well: it does not return.
 *
 * Lockout:	exit, the thread until it has left module text: by kthread_stop()
 * Breaks:	reference: the thread's way back is one to module text, and it says too early that
 *		it has none
 * Origin:	device mapper, 2014: complete() in text that is unloaded (drivers/md/dm-builtin.c)
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>

#include "hits.h"
#include "parts.h"

static bool broken;
module_param(broken, bool, 0444);
MODULE_PARM_DESC(broken, "wait for the thread's completion instead of its end");

static struct task_struct *thread;
static DECLARE_COMPLETION(done);
static bool stopping;

static int count(void *unused)
{
	while (!READ_ONCE(stopping) && !kthread_should_stop()) {
		hit();
		usleep_range(500, 1000);
	}
	complete(&done);
	return 0;
}

static int thread_start(void)
{
	thread = kthread_run(count, NULL, "count");
	return PTR_ERR_OR_ZERO(thread);
}

static void thread_stop(void)
{
	if (!broken) {
		kthread_stop(thread);
		return;
	}
	WRITE_ONCE(stopping, true);
	wait_for_completion(&done);
}

static const struct part parts[] = {
	{ "thread", .start = thread_start, .stop = thread_stop },
	{}
};

module_parts(parts);

MODULE_DESCRIPTION("Stress module: a thread that completes before it ends");
MODULE_LICENSE("GPL");
