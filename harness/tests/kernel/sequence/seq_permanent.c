// SPDX-License-Identifier: GPL-2.0
/* A module with init but no exit: it cannot be removed but by force. */
#include "seq_event.h"

static int __init permanent_init(void)
{
	seq_event_self("init");
	return 0;
}
module_init(permanent_init);

MODULE_DESCRIPTION("Init, no exit");
MODULE_LICENSE("GPL");
