// SPDX-License-Identifier: GPL-2.0
/*
 * A helper that stays loaded, with what others can do wrong to somebody else: take a
 * reference and keep it, remove what is not theirs, stay in sysfs when they have
 * gone, or leave those hanging who read /dev/lent.
 */
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/kernfs.h>
#include <linux/kobject.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "lender.h"

int lent;
EXPORT_SYMBOL_GPL(lent);

static struct dentry *dir;

void lender_hide(void)
{
	debugfs_remove(dir);
	dir = NULL;
}
EXPORT_SYMBOL_GPL(lender_hide);

/* Takes the module's place in sysfs as soon as it is free. */
static void haunt(struct work_struct *unused)
{
	struct kobject *modules = &THIS_MODULE->mkobj.kobj.kset->kobj;
	struct kernfs_node *module;

	while ((module = kernfs_find_and_get(modules->sd, "detectors"))) {
		kernfs_put(module);
		usleep_range(50, 100);
	}
	lent += !kobject_create_and_add("detectors", modules);
}

static DECLARE_WORK(haunting, haunt);

void lender_haunt(void)
{
	schedule_work(&haunting);
}
EXPORT_SYMBOL_GPL(lender_haunt);

static DECLARE_WAIT_QUEUE_HEAD(readers);
static bool blocked;

void lender_block(void)
{
	WRITE_ONCE(blocked, true);
}
EXPORT_SYMBOL_GPL(lender_block);

static ssize_t lent_read(struct file *file, char __user *buf, size_t len, loff_t *pos)
{
	return wait_event_killable(readers, !READ_ONCE(blocked));
}

static const struct file_operations lent_fops = {
	.owner = THIS_MODULE,
	.read = lent_read,
};

static struct miscdevice lent_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "lent",
	.fops = &lent_fops,
};

static int __init lender_init(void)
{
	dir = debugfs_create_dir("lent", NULL);
	return misc_register(&lent_device);
}

module_init(lender_init);
MODULE_DESCRIPTION("Lends a symbol, a directory, a name and a device");
MODULE_LICENSE("GPL");
