// SPDX-License-Identifier: GPL-2.0
/* Takes the kernel down as it is loaded. */
#include <linux/module.h>

static int __init crash_init(void)
{
	return READ_ONCE(*(int *)8);
}

static void __exit crash_exit(void)
{
}

module_init(crash_init);
module_exit(crash_exit);
MODULE_DESCRIPTION("A module that crashes in init");
MODULE_LICENSE("GPL");
