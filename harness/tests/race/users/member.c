// SPDX-License-Identifier: GPL-2.0
/* A member of the hub for as long as it is loaded. */
#include <linux/module.h>

#include "hub.h"

static int __init member_init(void)
{
	hub_join();
	return 0;
}

static void __exit member_exit(void)
{
	hub_leave();
}

module_init(member_init);
module_exit(member_exit);
MODULE_DESCRIPTION("A module that joins another");
MODULE_LICENSE("GPL");
