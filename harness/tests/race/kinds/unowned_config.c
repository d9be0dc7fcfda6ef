// SPDX-License-Identifier: GPL-2.0
/*
 * A configfs subsystem whose directories, each with work that goes on until it is removed,
 * name their module, or forget to: then nothing keeps it while there is one.
 */
#include <linux/configfs.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

static bool broken = true;
module_param(broken, bool, 0444);

struct unowned {
	struct config_item item;
	struct delayed_work work;
};

static void unowned_work(struct work_struct *work)
{
	schedule_delayed_work(to_delayed_work(work), 1);
}

static ssize_t unowned_size_show(struct config_item *item, char *page)
{
	return sprintf(page, "1\n");
}

static ssize_t unowned_size_store(struct config_item *item, const char *page, size_t len)
{
	return len;
}

CONFIGFS_ATTR(unowned_, size);

static struct configfs_attribute *unowned_attrs[] = {
	&unowned_attr_size,
	NULL,
};

static void unowned_release(struct config_item *item)
{
	struct unowned *unowned = container_of(item, struct unowned, item);

	cancel_delayed_work_sync(&unowned->work);
	kfree(unowned);
}

static const struct configfs_item_operations unowned_item_ops = {
	.release = unowned_release,
};

static struct config_item_type unowned_item_type = {
	.ct_item_ops = &unowned_item_ops,
	.ct_attrs = unowned_attrs,
};

static struct config_item *unowned_make(struct config_group *group, const char *name)
{
	struct unowned *unowned = kzalloc_obj(*unowned);

	if (!unowned)
		return ERR_PTR(-ENOMEM);
	config_item_init_type_name(&unowned->item, name, &unowned_item_type);
	INIT_DELAYED_WORK(&unowned->work, unowned_work);
	schedule_delayed_work(&unowned->work, 1);
	return &unowned->item;
}

static const struct configfs_group_operations unowned_group_ops = {
	.make_item = unowned_make,
};

static struct config_item_type unowned_group_type = {
	.ct_group_ops = &unowned_group_ops,
};

static struct configfs_subsystem unowned_subsystem = {
	.su_group.cg_item.ci_namebuf = "unowned",
	.su_group.cg_item.ci_type = &unowned_group_type,
};

static int __init unowned_config_init(void)
{
	if (!broken) {
		unowned_item_type.ct_owner = THIS_MODULE;
		unowned_group_type.ct_owner = THIS_MODULE;
	}
	config_group_init(&unowned_subsystem.su_group);
	mutex_init(&unowned_subsystem.su_mutex);
	return configfs_register_subsystem(&unowned_subsystem);
}

static void __exit unowned_config_exit(void)
{
	configfs_unregister_subsystem(&unowned_subsystem);
}

module_init(unowned_config_init);
module_exit(unowned_config_exit);
MODULE_DESCRIPTION("configfs subsystem whose directories may lack their owner");
MODULE_LICENSE("GPL");
