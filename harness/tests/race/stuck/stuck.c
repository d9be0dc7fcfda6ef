// SPDX-License-Identifier: GPL-2.0
/*
 * A file in /proc whose reader sleeps until something happens, which it never does. Exit
 * wakes it up, or forgets to, and then waits for ever for the reader to be through.
 */
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/wait.h>

static bool broken = true;
module_param(broken, bool, 0444);

static bool going;
static DECLARE_WAIT_QUEUE_HEAD(wait);

static ssize_t stuck_read(struct file *file, char __user *buf, size_t len, loff_t *pos)
{
	return wait_event_interruptible(wait, READ_ONCE(going)) ?: 0;
}

static const struct proc_ops stuck_ops = {
	.proc_read = stuck_read,
	.proc_lseek = default_llseek,
};

static struct proc_dir_entry *entry;

static int __init stuck_init(void)
{
	entry = proc_create("stuck", 0400, NULL, &stuck_ops);
	return entry ? 0 : -ENOMEM;
}

static void __exit stuck_exit(void)
{
	if (!broken) {
		WRITE_ONCE(going, true);
		wake_up_all(&wait);
	}
	proc_remove(entry);
}

module_init(stuck_init);
module_exit(stuck_exit);
MODULE_DESCRIPTION("Reader that exit may forget to wake up");
MODULE_LICENSE("GPL");
