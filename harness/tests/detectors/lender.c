// SPDX-License-Identifier: GPL-2.0
/*
 * A helper that stays loaded: others take references to it, and give them back or not.
 */
#include <linux/module.h>

#include "lender.h"

int lent;
EXPORT_SYMBOL_GPL(lent);

MODULE_DESCRIPTION("Lends a symbol");
MODULE_LICENSE("GPL");
