// SPDX-License-Identifier: GPL-2.0
/* Its exit takes a second, as that of a device that drains a queue. */
#include <linux/delay.h>
#include <linux/module.h>

static int __init lazy_init(void)
{
	return 0;
}

static void __exit lazy_exit(void)
{
	msleep(1000);
}

module_init(lazy_init);
module_exit(lazy_exit);
MODULE_DESCRIPTION("exit that takes a second");
MODULE_LICENSE("GPL");
