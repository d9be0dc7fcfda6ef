// SPDX-License-Identifier: GPL-2.0
/*
 * A device with data that its driver frees, and an attribute of nobody's device that shows
 * it, under a lock, or without. Nothing of this is wrong as long as the module is only
 * unloaded, for exit takes the attribute away first; but it is when the driver lets go of
 * the device before, by itself (unbind) or since the device is deleted, and when the
 * attribute is there before the data is, which is so early in a load (reload).
 */
#include <linux/delay.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

static bool broken;
module_param(broken, bool, 0444);

struct data {
	unsigned int value;
};

static struct data *data;
static struct kobject *dir;
static struct platform_device *device;
static DEFINE_MUTEX(data_lock); /* protects @data */
static DEFINE_MUTEX(user_lock); /* protects @device */

static ssize_t value_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	unsigned int value;

	if (WARN_ON(broken && !data))
		return -ENODEV;
	if (!broken)
		mutex_lock(&data_lock);
	value = !broken && !data ? 0 : READ_ONCE(data->value);
	if (!broken)
		mutex_unlock(&data_lock);
	return sysfs_emit(buf, "%u\n", value);
}

static struct kobj_attribute value_attr = __ATTR_RO(value);

static void drop_device(void)
{
	mutex_lock(&user_lock);
	platform_device_unregister(device);
	device = NULL;
	mutex_unlock(&user_lock);
}

static ssize_t delete_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			    size_t len)
{
	drop_device();
	return len;
}

static struct kobj_attribute delete_attr = __ATTR_WO(delete);

static struct attribute *attrs[] = {
	&value_attr.attr,
	&delete_attr.attr,
	NULL,
};

static const struct attribute_group group = { .attrs = attrs };

static int events_probe(struct platform_device *pdev)
{
	struct data *new = kzalloc_obj(*new);

	if (!new)
		return -ENOMEM;
	mutex_lock(&data_lock);
	data = new;
	mutex_unlock(&data_lock);
	return 0;
}

static void events_remove(struct platform_device *pdev)
{
	struct data *old = data;

	mutex_lock(&data_lock);
	if (!broken)
		data = NULL;
	kfree(old);
	mutex_unlock(&data_lock);
}

static struct platform_driver driver = {
	.probe = events_probe,
	.remove = events_remove,
	.driver.name = "events",
};

static int add_device(void)
{
	device = platform_device_register_simple("events", 0, NULL, 0);
	return PTR_ERR_OR_ZERO(device);
}

static int __init events_init(void)
{
	int ret;

	dir = kobject_create_and_add("events", kernel_kobj);
	if (!dir)
		return -ENOMEM;
	ret = sysfs_create_group(dir, &group);
	if (ret)
		goto put;
	usleep_range(500, 1000);
	ret = platform_driver_register(&driver);
	if (ret)
		goto put;
	ret = add_device();
	if (!ret)
		return 0;
	platform_driver_unregister(&driver);
put:
	kobject_del(dir);
	kobject_put(dir);
	return ret;
}

static void __exit events_exit(void)
{
	sysfs_remove_group(dir, &group);
	kobject_del(dir);
	kobject_put(dir);
	drop_device();
	platform_driver_unregister(&driver);
}

module_init(events_init);
module_exit(events_exit);
MODULE_DESCRIPTION("Data that goes with its driver, and before the module");
MODULE_LICENSE("GPL");
