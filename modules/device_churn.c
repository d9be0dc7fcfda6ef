// SPDX-License-Identifier: GPL-2.0
/*
 * Helper: creates and removes devices at full speed, in the place of everything
 * else that is plugged in and out while one removal is pending.
 *
 * A number written to /sys/module/device_churn/parameters/churn is how many
 * devices come and go before the write returns, platform devices and class devices
 * by turns. Each time the lock is held that subsystems have for adding and
 * removing, as rtnl_lock() is for network devices: whoever waits for a device to
 * be released must not do so with that lock held.
 *
 *	removal       |unregister|.......... pending ..........|released|
 *	churn      |add|del|add|del|add|del|add|del|add|del|add|del|
 */
#include <linux/device.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>

#include "device_churn.h"

#define MAX_CHURN 100000

static DEFINE_MUTEX(add_remove_lock);

static const struct class churn_class = {
	.name = "device_churn",
};

/**
 * device_churn_lock() - lock out everybody who adds or removes a device here
 */
void device_churn_lock(void)
{
	mutex_lock(&add_remove_lock);
}
EXPORT_SYMBOL_GPL(device_churn_lock);

/**
 * device_churn_unlock() - undo device_churn_lock()
 */
void device_churn_unlock(void)
{
	mutex_unlock(&add_remove_lock);
}
EXPORT_SYMBOL_GPL(device_churn_unlock);

static int churn_platform_device(void)
{
	struct platform_device *pdev;

	pdev = platform_device_register_simple("device_churn", PLATFORM_DEVID_AUTO, NULL, 0);
	if (IS_ERR(pdev))
		return PTR_ERR(pdev);

	platform_device_unregister(pdev);
	return 0;
}

static int churn_class_device(void)
{
	struct device *dev;

	dev = device_create(&churn_class, NULL, 0, NULL, "device_churn");
	if (IS_ERR(dev))
		return PTR_ERR(dev);

	device_unregister(dev);
	return 0;
}

static int churn_one(unsigned int nr)
{
	int ret;

	device_churn_lock();
	ret = nr % 2 ? churn_platform_device() : churn_class_device();
	device_churn_unlock();
	return ret;
}

static int churn_set(const char *val, const struct kernel_param *kp)
{
	unsigned int nr;
	int ret;

	ret = kstrtouint(val, 0, &nr);
	if (!ret && nr > MAX_CHURN)
		ret = -EINVAL;
	while (!ret && nr)
		ret = churn_one(nr--);
	return ret;
}

static int churn_get(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "0\n");
}

static const struct kernel_param_ops churn_param_ops = {
	.set = churn_set,
	.get = churn_get,
};

module_param_cb(churn, &churn_param_ops, NULL, 0644);
MODULE_PARM_DESC(churn, "devices to create and remove");

static int __init device_churn_init(void)
{
	return class_register(&churn_class);
}

static void __exit device_churn_exit(void)
{
	class_unregister(&churn_class);
}

module_init(device_churn_init);
module_exit(device_churn_exit);

MODULE_DESCRIPTION("Stress helper: devices that come and go at full speed");
MODULE_LICENSE("GPL");
