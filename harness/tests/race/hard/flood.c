// SPDX-License-Identifier: GPL-2.0
/* It writes to the console in init and never gets through. */
#include <linux/module.h>

static bool stop;

static int __init flood_init(void)
{
	while (!READ_ONCE(stop))
		pr_err("flood: register dump follows, all of it, once more and in full\n");
	return 0;
}

static void __exit flood_exit(void)
{
}

module_init(flood_init);
module_exit(flood_exit);
MODULE_DESCRIPTION("init that writes for ever");
MODULE_LICENSE("GPL");
