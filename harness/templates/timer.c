// SPDX-License-Identifier: GPL-2.0
/*
 * skeleton: a timer that rearms itself.
 *
 * The timer has to be stopped for good before its function goes:
 *
 *	timer     |tick| |tick| |tick|
 *	broken               |free module| ^ in freed text
 *	fixed                |shutdown|free module|
 *
 * Lockout:	exit, the timer: by timer_shutdown_sync()
 * Breaks:	reference: an armed timer is one to its function, of which no owner knows
 * Origin:	a skeleton
 */
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/timer.h>

static bool broken;
module_param(broken, bool, 0444);
MODULE_PARM_DESC(broken, "leave the timer armed");

static unsigned int ticks;
module_param(ticks, uint, 0444);
MODULE_PARM_DESC(ticks, "how often the timer has run");

static void tick(struct timer_list *timer)
{
	ticks++;
	mod_timer(timer, jiffies + 1);
}

static DEFINE_TIMER(timer, tick);

static int __init skeleton_init(void)
{
	mod_timer(&timer, jiffies + 1);
	return 0;
}
module_init(skeleton_init);

static void __exit skeleton_exit(void)
{
	if (!broken)
		timer_shutdown_sync(&timer);
}
module_exit(skeleton_exit);

MODULE_DESCRIPTION("A timer");
MODULE_LICENSE("GPL");
