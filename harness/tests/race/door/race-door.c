// SPDX-License-Identifier: GPL-2.0
/*
 * A character device whose operations name their module, or forget to: then nothing
 * keeps the module while the device is open.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>

static bool owned;
module_param(owned, bool, 0444);

static ssize_t door_read(struct file *file, char __user *buf, size_t len, loff_t *pos)
{
	return 0;
}

static struct file_operations door_fops = {
	.read = door_read,
};

static struct miscdevice door = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "race-door",
	.fops = &door_fops,
};

/* Nobody calls it, which a warning says. */
static int door_knock(void)
{
	return 0;
}

static int __init door_init(void)
{
	if (owned)
		door_fops.owner = THIS_MODULE;
	return misc_register(&door);
}

static void __exit door_exit(void)
{
	misc_deregister(&door);
}

module_init(door_init);
module_exit(door_exit);
MODULE_LICENSE("GPL");
