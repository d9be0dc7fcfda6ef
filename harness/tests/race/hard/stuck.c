// SPDX-License-Identifier: GPL-2.0
/* Its init waits for what never comes. */
#include <linux/completion.h>
#include <linux/module.h>

static DECLARE_COMPLETION(never);

static int __init stuck_init(void)
{
	wait_for_completion(&never);
	return 0;
}

static void __exit stuck_exit(void)
{
}

module_init(stuck_init);
module_exit(stuck_exit);
MODULE_DESCRIPTION("init that never ends");
MODULE_LICENSE("GPL");
