// SPDX-License-Identifier: GPL-2.0
/* Says nothing of its license. */
#include <linux/module.h>

static int __init unlicensed_init(void)
{
	return 0;
}

module_init(unlicensed_init);
