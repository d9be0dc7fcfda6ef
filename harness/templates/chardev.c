// SPDX-License-Identifier: GPL-2.0
/*
 * skeleton: a character device, /dev/skeleton.
 *
 * An open file calls the functions below. The file holds the module only if .owner
 * names it; without, rmmod succeeds while the device is open:
 *
 *	user      |open|            |read|
 *	rmmod            |free module|  ^ in freed text
 *
 * Lockout:	exit, who has the device open: by the count of the module that .owner names
 * Breaks:	reference: an open file is one to the operations, and no owner is named
 * Origin:	a skeleton
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>

static bool broken;
module_param(broken, bool, 0444);
MODULE_PARM_DESC(broken, "leave .owner out of the file operations");

static ssize_t skeleton_read(struct file *file, char __user *buf, size_t len, loff_t *pos)
{
	static const char text[] = "hello\n";

	return simple_read_from_buffer(buf, len, pos, text, sizeof(text) - 1);
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

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "skeleton",
	.mode = 0666,
};

static int __init skeleton_init(void)
{
	device.fops = broken ? &ownerless_fops : &owned_fops;
	return misc_register(&device);
}
module_init(skeleton_init);

static void __exit skeleton_exit(void)
{
	misc_deregister(&device);
}
module_exit(skeleton_exit);

MODULE_DESCRIPTION("A character device");
MODULE_LICENSE("GPL");
