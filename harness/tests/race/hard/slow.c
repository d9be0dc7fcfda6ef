// SPDX-License-Identifier: GPL-2.0
/* Its init takes ten seconds, as that of a device that is being reset. */
#include <linux/delay.h>
#include <linux/module.h>

static int __init slow_init(void)
{
	msleep(10000);
	return 0;
}

static void __exit slow_exit(void)
{
}

module_init(slow_init);
module_exit(slow_exit);
MODULE_DESCRIPTION("init that takes ten seconds");
MODULE_LICENSE("GPL");
