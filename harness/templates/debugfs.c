// SPDX-License-Identifier: GPL-2.0
/*
 * skeleton: a file in debugfs, /sys/kernel/debug/skeleton.
 *
 * debugfs_remove() waits for who is in one of the functions below, and lets nobody in
 * afterwards. But the close of an open file still looks at the operations, so that an
 * open file has to hold the module, which it does if .owner names it:
 *
 *	user      |open|             |close|
 *	rmmod            |free module|  ^ looks at freed data
 *
 * Lockout:	exit, who has the file open: by the count of the module that .owner names
 * Breaks:	reference: an open file is one to the operations, and no owner is named
 * Origin:	a skeleton
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/module.h>

static bool broken;
module_param(broken, bool, 0444);
MODULE_PARM_DESC(broken, "leave .owner out of the file operations");

static atomic_t reads = ATOMIC_INIT(0);
static struct dentry *file;

static ssize_t skeleton_read(struct file *unused, char __user *buf, size_t len, loff_t *pos)
{
	char text[16];
	size_t size = scnprintf(text, sizeof(text), "%d\n", atomic_inc_return(&reads));

	return simple_read_from_buffer(buf, len, pos, text, size);
}

static const struct file_operations owned_fops = {
	.owner = THIS_MODULE,
	.read = skeleton_read,
	.llseek = default_llseek,
};

static const struct file_operations ownerless_fops = {
	.read = skeleton_read,
	.llseek = default_llseek,
};

static int __init skeleton_init(void)
{
	/* A file that cannot be made is no reason to fail. */
	file = debugfs_create_file("skeleton", 0444, NULL, NULL,
				   broken ? &ownerless_fops : &owned_fops);
	return 0;
}
module_init(skeleton_init);

static void __exit skeleton_exit(void)
{
	debugfs_remove(file);
}
module_exit(skeleton_exit);

MODULE_DESCRIPTION("A file in debugfs");
MODULE_LICENSE("GPL");
