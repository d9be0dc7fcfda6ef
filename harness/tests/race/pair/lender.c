// SPDX-License-Identifier: GPL-2.0
/* Lends a number to others. */
#include <linux/module.h>

#include "lender.h"

int lender_number(void)
{
	return 42;
}
EXPORT_SYMBOL_GPL(lender_number);

MODULE_DESCRIPTION("A module that others depend on");
MODULE_LICENSE("GPL");
