// SPDX-License-Identifier: GPL-2.0
/* Fine: what is wrong with the others is not its affair. */
#include <linux/module.h>

static int __init fine_init(void)
{
	return 0;
}

static void __exit fine_exit(void)
{
}

module_init(fine_init);
module_exit(fine_exit);
MODULE_DESCRIPTION("A module that does nothing");
MODULE_LICENSE("GPL");
