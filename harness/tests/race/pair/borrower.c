// SPDX-License-Identifier: GPL-2.0
/* Shows the number in /proc, and needs lender for it. Sorts before what it needs. */
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

#include "lender.h"

static int borrower_show(struct seq_file *seq, void *unused)
{
	seq_printf(seq, "%d\n", lender_number());
	return 0;
}

static int __init borrower_init(void)
{
	return proc_create_single("borrower", 0444, NULL, borrower_show) ? 0 : -ENOMEM;
}

static void __exit borrower_exit(void)
{
	remove_proc_entry("borrower", NULL);
}

module_init(borrower_init);
module_exit(borrower_exit);
MODULE_DESCRIPTION("A module that depends on another");
MODULE_LICENSE("GPL");
