// SPDX-License-Identifier: GPL-2.0
/*
 * A platform device whose release callback is module text, with an attribute
 * that starts something in the background.
 *
 * A write to /sys/devices/platform/stress_sensor/load has the device's firmware
 * loaded. The loader is another module; it holds the device until it is done,
 * milliseconds later. sysfs locks out unregistration only for as long as the
 * write itself takes:
 *
 *	writer        |write|
 *	loader             get |---------- loading ----------| put, release()
 *	broken exit             |unregister|
 *	rmmod                               |free module|      ^ in freed text
 *
 *	fixed exit              |unregister------------------------------|
 *
 * The fixed exit has the loader tell when release() has returned, or, where the
 * driver core can, platform_device_unregister_wait().
 *
 * Lockout:	exit, who holds the device: by waiting for its release
 * Breaks:	reference: one to the device is one to its release function, of which no owner knows
 * Origin:	Alan Stern's mail of January 2004: device_unregister_wait()
 */
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#include "fake_loader.h"
#include "hits.h"
#include "parts.h"

static bool broken;
module_param(broken, bool, 0444);
MODULE_PARM_DESC(broken, "return from exit without waiting for the device to be released");

/**
 * struct sensor - the device
 * @pdev: as the driver core knows it
 * @loads: loads started so far
 */
struct sensor {
	struct platform_device pdev;
	atomic_t loads;
};

static struct sensor *sensor;

static unsigned int limit_ms;
module_param(limit_ms, uint, 0444);
MODULE_PARM_DESC(limit_ms, "wait with platform_device_unregister_wait(), at most so long");

static struct sensor *dev_to_sensor(struct device *dev)
{
	return container_of(dev, struct sensor, pdev.dev);
}

static ssize_t load_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	hit();
	return sysfs_emit(buf, "%d\n", atomic_read(&dev_to_sensor(dev)->loads));
}

static ssize_t load_store(struct device *dev, struct device_attribute *attr, const char *buf,
			  size_t len)
{
	int ret;

	hit();
	ret = fake_loader_request(dev);
	if (ret && ret != -EBUSY)
		return ret;

	if (!ret)
		atomic_inc(&dev_to_sensor(dev)->loads);
	return len;
}

static DEVICE_ATTR_RW(load);

static struct attribute *sensor_attrs[] = {
	&dev_attr_load.attr,
	NULL,
};

ATTRIBUTE_GROUPS(sensor);

static void sensor_release(struct device *dev)
{
	kfree(dev_to_sensor(dev));
}

static int device_start(void)
{
	int ret;

	sensor = kzalloc_obj(*sensor);
	if (!sensor)
		return -ENOMEM;

	sensor->pdev.name = "stress_sensor";
	sensor->pdev.id = PLATFORM_DEVID_NONE;
	sensor->pdev.dev.groups = sensor_groups;
	sensor->pdev.dev.release = sensor_release;

	ret = platform_device_register(&sensor->pdev);
	if (ret)
		platform_device_put(&sensor->pdev);
	return ret;
}

/* After a wait that fails the module core keeps the text until the release. */
static void unregister_limited(void)
{
#ifdef platform_device_unregister_wait
	platform_device_unregister_wait(&sensor->pdev, msecs_to_jiffies(limit_ms));
#endif
}

/*
 * The loader's reference to the device is one to sensor_release() as well, but
 * no owner of the module's text knows of it. The broken exit lets the text go
 * with that reference left; the fixed one waits until it has been put.
 */
static void device_close(void)
{
	if (broken)
		platform_device_unregister(&sensor->pdev);
	else if (limit_ms)
		unregister_limited();
	else
		fake_loader_unregister_wait(&sensor->pdev);
}

static const struct part parts[] = {
	{ "device", .start = device_start, .close = device_close },
	{}
};

module_parts(parts);

MODULE_DESCRIPTION("Stress module: platform device that is released late");
MODULE_LICENSE("GPL");
