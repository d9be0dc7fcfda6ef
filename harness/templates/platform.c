// SPDX-License-Identifier: GPL-2.0
/*
 * skeleton: a platform device with its driver. A write to its attribute start,
 * /sys/devices/platform/skeleton/start, has the driver do something a little later.
 *
 *	writer    |start|          |finish: uses the driver's data|
 *	broken              |remove|free data|  ^ in freed memory
 *	fixed               |remove: cancel and wait             |free data|
 *
 * The data are devm_: they are freed behind the driver's remove.
 *
 * Lockout:	remove, what was started: by cancel_delayed_work_sync()
 * Breaks:	reference: a queued item is one to the driver's data, of which nobody knows
 * Origin:	a skeleton
 */
#include <linux/device.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/workqueue.h>

static bool broken;
module_param(broken, bool, 0444);
MODULE_PARM_DESC(broken, "leave in remove what was started alone");

/**
 * struct skeleton - the driver's data of one device
 * @finish: carried out a little later than it was started
 * @finished: how often it was
 */
struct skeleton {
	struct delayed_work finish;
	unsigned int finished;
};

static struct platform_device *device;

static void skeleton_finish(struct work_struct *work)
{
	struct skeleton *this = container_of(work, struct skeleton, finish.work);

	this->finished++;
}

static ssize_t start_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct skeleton *this = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%u\n", READ_ONCE(this->finished));
}

static ssize_t start_store(struct device *dev, struct device_attribute *attr, const char *buf,
			   size_t len)
{
	struct skeleton *this = dev_get_drvdata(dev);

	schedule_delayed_work(&this->finish, 1);
	return len;
}
static DEVICE_ATTR_RW(start);

static struct attribute *skeleton_attrs[] = {
	&dev_attr_start.attr,
	NULL,
};
ATTRIBUTE_GROUPS(skeleton);

static int skeleton_probe(struct platform_device *pdev)
{
	struct skeleton *this = devm_kzalloc(&pdev->dev, sizeof(*this), GFP_KERNEL);

	if (!this)
		return -ENOMEM;
	INIT_DELAYED_WORK(&this->finish, skeleton_finish);
	platform_set_drvdata(pdev, this);
	return 0;
}

/* The attributes are gone when this is called: nobody starts anything any more. */
static void skeleton_remove(struct platform_device *pdev)
{
	struct skeleton *this = platform_get_drvdata(pdev);

	if (!broken)
		cancel_delayed_work_sync(&this->finish);
}

static struct platform_driver driver = {
	.probe = skeleton_probe,
	.remove = skeleton_remove,
	.driver = {
		.name = "skeleton",
		.dev_groups = skeleton_groups,
	},
};

static int __init skeleton_init(void)
{
	int ret = platform_driver_register(&driver);

	if (ret)
		return ret;
	device = platform_device_register_simple("skeleton", PLATFORM_DEVID_NONE, NULL, 0);
	if (!IS_ERR(device))
		return 0;

	platform_driver_unregister(&driver);
	return PTR_ERR(device);
}
module_init(skeleton_init);

static void __exit skeleton_exit(void)
{
	platform_device_unregister(device);
	platform_driver_unregister(&driver);
}
module_exit(skeleton_exit);

MODULE_DESCRIPTION("A platform device and its driver");
MODULE_LICENSE("GPL");
