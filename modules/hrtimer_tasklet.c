// SPDX-License-Identifier: GPL-2.0
/*
 * A tasklet that a timer schedules. Exit waits for the timer, and forgets what the
 * timer may have left to do.
 *
 * A write to /sys/kernel/hrtimer_tasklet/moderate is an interrupt that is not dealt
 * with yet: a timer collects what comes within a few microseconds, and its handler
 * schedules the tasklet. As a rule the tasklet runs as soon as the handler has
 * returned, so nobody misses tasklet_kill(); when softirqs are many, it is left to
 * ksoftirqd:
 *
 *	timer        |tasklet_schedule()|
 *	broken exit                       |hrtimer_cancel()|kfree|
 *	ksoftirqd                                                  |drain()|
 *							  uses the ring ^
 *
 *	fixed exit                        |hrtimer_cancel()|tasklet_kill()|kfree|
 *
 * Lockout:	exit, the tasklet that a timer has left: by tasklet_kill() after hrtimer_cancel()
 * Breaks:	reference: a scheduled tasklet is one to its function, of which no owner knows
 * Origin:	as CVE-2022-3565, a timer's handler, with a tasklet
 * Survives:	ring unstopped in stress: kmemleak is asked in explore mode only
 */
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "hits.h"
#include "parts.h"

static bool broken;
module_param(broken, bool, 0444);
MODULE_PARM_DESC(broken, "return from exit with the tasklet scheduled");

/* How long interrupts are collected for. */
#define MODERATION ns_to_ktime(20 * NSEC_PER_USEC)

/**
 * struct ring - what interrupts fill
 * @drained: how often it has been emptied
 */
struct ring {
	unsigned long drained;
};

static struct kobject *dir;
static struct hrtimer timer;
static struct ring *ring;

static void drain(struct tasklet_struct *tasklet)
{
	ring->drained++;
}

static DECLARE_TASKLET(tasklet, drain);

static enum hrtimer_restart collected(struct hrtimer *t)
{
	tasklet_schedule(&tasklet);
	return HRTIMER_NORESTART;
}

static ssize_t moderate_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			      size_t len)
{
	hit();
	hrtimer_start(&timer, MODERATION, HRTIMER_MODE_REL);
	return len;
}

static struct kobj_attribute moderate_attr = __ATTR_WO(moderate);

static int dir_start(void)
{
	int ret;

	dir = kobject_create_and_add("hrtimer_tasklet", kernel_kobj);
	if (!dir)
		return -ENOMEM;

	ret = sysfs_create_file(dir, &moderate_attr.attr);
	if (ret)
		kobject_put(dir);
	return ret;
}

static void dir_close(void)
{
	kobject_del(dir);
	kobject_put(dir);
}

static int ring_start(void)
{
	ring = kzalloc_obj(*ring);
	return ring ? 0 : -ENOMEM;
}

static void ring_stop(void)
{
	kfree(ring);
}

static int timer_start(void)
{
	hrtimer_setup(&timer, collected, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	return 0;
}

static void timer_stop(void)
{
	hrtimer_cancel(&timer);
	if (!broken)
		tasklet_kill(&tasklet);
}

static const struct part parts[] = {
	{ "ring", .start = ring_start, .stop = ring_stop },
	{ "timer", .start = timer_start, .stop = timer_stop },
	{ "dir", .start = dir_start, .close = dir_close },
	{}
};

module_parts(parts);

MODULE_DESCRIPTION("Stress module: a tasklet scheduled at exit");
MODULE_LICENSE("GPL");
