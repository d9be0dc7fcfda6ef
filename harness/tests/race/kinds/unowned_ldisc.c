// SPDX-License-Identifier: GPL-2.0
/*
 * A line discipline that takes all and says nothing. Its operations name their module, or
 * forget to: then nothing keeps it while a terminal has it.
 */
#include <linux/module.h>
#include <linux/tty.h>
#include <linux/tty_ldisc.h>

static bool broken = true;
module_param(broken, bool, 0444);

static int unowned_open(struct tty_struct *tty)
{
	return 0;
}

static void unowned_close(struct tty_struct *tty)
{
}

static ssize_t unowned_write(struct tty_struct *tty, struct file *file, const u8 *buf, size_t nr)
{
	return nr;
}

static struct tty_ldisc_ops unowned_ops = {
	.num = N_DEVELOPMENT,
	.name = "unowned",
	.open = unowned_open,
	.close = unowned_close,
	.write = unowned_write,
};

static int __init unowned_ldisc_init(void)
{
	if (!broken)
		unowned_ops.owner = THIS_MODULE;
	return tty_register_ldisc(&unowned_ops);
}

static void __exit unowned_ldisc_exit(void)
{
	tty_unregister_ldisc(&unowned_ops);
}

module_init(unowned_ldisc_init);
module_exit(unowned_ldisc_exit);
MODULE_DESCRIPTION("Line discipline that may lack its owner");
MODULE_LICENSE("GPL");
