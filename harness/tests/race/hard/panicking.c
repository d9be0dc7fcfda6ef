// SPDX-License-Identifier: GPL-2.0
/* Its init ends the kernel. */
#include <linux/module.h>
#include <linux/panic.h>

static int __init panicking_init(void)
{
	panic("no such hardware revision");
}

static void __exit panicking_exit(void)
{
}

module_init(panicking_init);
module_exit(panicking_exit);
MODULE_DESCRIPTION("init that panics");
MODULE_LICENSE("GPL");
