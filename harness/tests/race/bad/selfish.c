// SPDX-License-Identifier: GPL-2.0
/* Holds itself. */
#include <linux/module.h>

static int __init selfish_init(void)
{
	__module_get(THIS_MODULE);
	return 0;
}

static void __exit selfish_exit(void)
{
}

module_init(selfish_init);
module_exit(selfish_exit);
MODULE_DESCRIPTION("A module that holds itself");
MODULE_LICENSE("GPL");
