// SPDX-License-Identifier: GPL-2.0
/* A module that depends on seq_plain. */
#include "seq_event.h"

extern int seq_plain_symbol;

static int __init user_init(void)
{
	seq_event_self("init");
	return seq_plain_symbol;
}
module_init(user_init);

static void __exit user_exit(void)
{
	seq_event_self("exit");
}
module_exit(user_exit);

MODULE_DESCRIPTION("Depends on another module");
MODULE_LICENSE("GPL");
