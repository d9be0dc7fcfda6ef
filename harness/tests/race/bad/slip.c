// SPDX-License-Identifier: GPL-2.0
/* Does not compile. */
#include <linux/module.h>

int slip(void)
{
	return no_such_variable;
}

MODULE_DESCRIPTION("A module that does not compile");
MODULE_LICENSE("GPL");
