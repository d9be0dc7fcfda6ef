// SPDX-License-Identifier: GPL-2.0
/* Prints without an end as it is loaded. */
#include <linux/module.h>

static int __init chatty_init(void)
{
	for (;;)
		pr_warn("%0900d\n", 0);
	return 0;
}

static void __exit chatty_exit(void)
{
}

module_init(chatty_init);
module_exit(chatty_exit);
MODULE_DESCRIPTION("A module that floods the console");
MODULE_LICENSE("GPL");
