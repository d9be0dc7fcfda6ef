// SPDX-License-Identifier: GPL-2.0
/* Can be loaded, and has no way out. */
#include <linux/module.h>

static int __init forever_init(void)
{
	return 0;
}

module_init(forever_init);
MODULE_DESCRIPTION("A module without an exit function");
MODULE_LICENSE("GPL");
