// SPDX-License-Identifier: GPL-2.0
/*
 * A module with init and exit and nothing else, on which seq_user depends. Its
 * init can be told to fail, also while somebody holds a reference.
 */
#include "seq_event.h"

static int init_ret;
module_param(init_ret, int, 0444);

int seq_plain_symbol;
EXPORT_SYMBOL_GPL(seq_plain_symbol);

static int __init plain_init(void)
{
	seq_event_self("init");
	return init_ret;
}
module_init(plain_init);

static void __exit plain_exit(void)
{
	seq_event_self("exit");
}
module_exit(plain_exit);

MODULE_DESCRIPTION("Init and exit");
MODULE_LICENSE("GPL");
