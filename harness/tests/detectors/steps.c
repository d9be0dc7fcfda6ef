// SPDX-License-Identifier: GPL-2.0
/*
 * A character device that is removed in two steps, and does at one of the steps what
 * the remover is there to notice: the parameter says which. Open descriptors hold the
 * module by themselves, and nobody else does.
 */
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/string.h>

static char *trip = "none";
module_param(trip, charp, 0444);

static bool trips(const char *name)
{
	return !strcmp(trip, name);
}

/* So many get in without a reference although the module is disabled, if it lets them. */
static int late_users = 8;
static bool ajar;

static int steps_open(struct inode *inode, struct file *file)
{
	if (!ajar) {
		__module_get(THIS_MODULE);
		return 0;
	}
	file->private_data = &late_users;
	return late_users-- > 0 ? 0 : -ENODEV;
}

static int steps_release(struct inode *inode, struct file *file)
{
	if (file->private_data != &late_users)
		module_put(THIS_MODULE);
	return 0;
}

static ssize_t steps_read(struct file *file, char __user *buf, size_t len, loff_t *pos)
{
	return 0;
}

static const struct file_operations steps_fops = {
	.open = steps_open,
	.release = steps_release,
	.read = steps_read,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "detectors_steps",
	.fops = &steps_fops,
};

static int __init steps_init(void)
{
	return misc_register(&device);
}

#ifdef module_unreg
static int steps_unreg(void)
{
	if (trips("unreg"))
		return -EIO;
	if (trips("kept"))
		__module_get(THIS_MODULE);
	ajar = trips("open");
	if (!ajar)
		misc_deregister(&device);
	return 0;
}

static int steps_reenable(void)
{
	if (trips("reenable"))
		return -EIO;
	return trips("shut") || trips("open") ? 0 : misc_register(&device);
}

module_unreg(steps_unreg);
module_reenable(steps_reenable);
#endif

static void __exit steps_exit(void)
{
	if (trips("open"))
		misc_deregister(&device);
}

module_init(steps_init);
module_exit(steps_exit);
MODULE_DESCRIPTION("Trips one of the remover's own checks");
MODULE_LICENSE("GPL");
