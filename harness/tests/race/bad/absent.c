// SPDX-License-Identifier: GPL-2.0
/* Finds no hardware. */
#include <linux/module.h>

static int __init absent_init(void)
{
	return -ENODEV;
}

static void __exit absent_exit(void)
{
}

module_init(absent_init);
module_exit(absent_exit);
MODULE_DESCRIPTION("A module without its hardware");
MODULE_LICENSE("GPL");
