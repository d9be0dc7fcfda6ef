// SPDX-License-Identifier: GPL-2.0
/*
 * Helper: the core of a fake bus, in the place of usbcore. It stays loaded
 * while host controller drivers come and go.
 *
 * Each registered bus gets a device and, in /dev/fake_busN, a character device.
 * An open descriptor holds a reference to the bus *device* and to this core,
 * not to the driver, just as an open usbfs file did in 2004; so the driver's
 * release callback runs whenever user space pleases:
 *
 *	user space   |open------------------------------close|
 *	driver                |fake_bus_unregister()|         |release()|
 *
 * fake_bus_unregister_wait() returns after release() has. It is the core that
 * signals this, once the driver's text has been left: if release() itself
 * called complete(), the waiter could unload the driver before release() had
 * executed its last instruction.
 */
#include <linux/cdev.h>
#include <linux/fs.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/uaccess.h>
#include <linux/xarray.h>

#include "fake_bus.h"
#include "stress_ioctl.h"

#define MAX_BUSES 16
#define MAX_TRANSFER 256

static dev_t first_devt;
static struct cdev bus_cdev;
static DEFINE_XARRAY_ALLOC(buses); /* by minor number */

static const struct class fake_bus_class = {
	.name = "fake_bus",
};

static struct fake_bus *to_fake_bus(struct device *dev)
{
	return container_of(dev, struct fake_bus, dev);
}

static void fake_bus_dev_release(struct device *dev)
{
	struct fake_bus *bus = to_fake_bus(dev);
	struct completion *released = bus->released;

	bus->release(bus);
	if (released)
		complete(released);
}

static int fake_bus_open(struct inode *inode, struct file *file)
{
	struct fake_bus *bus;

	xa_lock(&buses);
	bus = xa_load(&buses, iminor(inode));
	if (bus)
		get_device(&bus->dev);
	xa_unlock(&buses);

	file->private_data = bus;
	return bus ? 0 : -ENODEV;
}

static int fake_bus_close(struct inode *inode, struct file *file)
{
	struct fake_bus *bus = file->private_data;

	put_device(&bus->dev);
	return 0;
}

static int frame_number(struct fake_bus *bus, u32 *frame)
{
	int ret = -ENODEV;

	down_read(&bus->gate);
	if (!bus->gone) {
		*frame = bus->ops->frame_number(bus);
		ret = 0;
	}
	up_read(&bus->gate);
	return ret;
}

static ssize_t fake_bus_read(struct file *file, char __user *buf, size_t len, loff_t *pos)
{
	u32 frame;
	int ret;

	ret = frame_number(file->private_data, &frame);
	if (ret)
		return ret;

	len = min(len, sizeof(frame));
	return copy_to_user(buf, &frame, len) ? -EFAULT : len;
}

static ssize_t fake_bus_write(struct file *file, const char __user *buf, size_t len, loff_t *pos)
{
	struct fake_bus *bus = file->private_data;
	char data[MAX_TRANSFER];
	int ret = -ENODEV;

	len = min(len, sizeof(data));
	if (copy_from_user(data, buf, len))
		return -EFAULT;

	down_read(&bus->gate);
	if (!bus->gone)
		ret = bus->ops->submit(bus, data, len);
	up_read(&bus->gate);
	return ret ? ret : len;
}

static long fake_bus_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	u32 frame;
	int ret;

	if (cmd != STRESS_IOC_COUNT)
		return -ENOTTY;

	ret = frame_number(file->private_data, &frame);
	if (ret)
		return ret;
	return put_user(frame, (u32 __user *)arg);
}

static const struct file_operations fake_bus_fops = {
	.owner = THIS_MODULE,
	.open = fake_bus_open,
	.release = fake_bus_close,
	.read = fake_bus_read,
	.write = fake_bus_write,
	.unlocked_ioctl = fake_bus_ioctl,
};

static int alloc_minor(struct fake_bus *bus)
{
	u32 minor;
	int ret;

	ret = xa_alloc(&buses, &minor, bus, XA_LIMIT(0, MAX_BUSES - 1), GFP_KERNEL);
	if (ret)
		return ret;

	bus->dev.devt = MKDEV(MAJOR(first_devt), minor);
	return dev_set_name(&bus->dev, "fake_bus%u", minor);
}

static void free_minor(struct fake_bus *bus)
{
	if (bus->dev.devt)
		xa_erase(&buses, MINOR(bus->dev.devt));
}

/**
 * fake_bus_register() - add a bus
 * @bus: zeroed but for @ops and @release
 *
 * Return: 0, or a negative errno, and the bus has been released.
 */
int fake_bus_register(struct fake_bus *bus)
{
	int ret;

	init_rwsem(&bus->gate);
	bus->dev.class = &fake_bus_class;
	bus->dev.release = fake_bus_dev_release;
	device_initialize(&bus->dev);

	ret = alloc_minor(bus);
	if (!ret)
		ret = device_add(&bus->dev);
	if (ret) {
		free_minor(bus);
		put_device(&bus->dev);
	}
	return ret;
}
EXPORT_SYMBOL_GPL(fake_bus_register);

/**
 * fake_bus_disconnect() - the first half of fake_bus_unregister()
 * @bus: a registered bus
 *
 * For drivers that unregister the bus device themselves. On return no operation
 * of the driver is in progress and none will be called.
 */
void fake_bus_disconnect(struct fake_bus *bus)
{
	free_minor(bus);

	down_write(&bus->gate);
	bus->gone = true;
	up_write(&bus->gate);
}
EXPORT_SYMBOL_GPL(fake_bus_disconnect);

/**
 * fake_bus_unregister() - remove a bus
 * @bus: a registered bus
 *
 * On return no operation of the driver is in progress and none will be called.
 * The bus itself lives on, and calls @bus->release() at last, for as long as
 * somebody holds a reference to its device.
 */
void fake_bus_unregister(struct fake_bus *bus)
{
	fake_bus_disconnect(bus);
	device_unregister(&bus->dev);
}
EXPORT_SYMBOL_GPL(fake_bus_unregister);

/**
 * fake_bus_unregister_wait() - remove a bus and wait until it is gone
 * @bus: a registered bus
 *
 * Returns after @bus->release() has. That can take for ever: whoever keeps the
 * character device open decides.
 */
void fake_bus_unregister_wait(struct fake_bus *bus)
{
	DECLARE_COMPLETION_ONSTACK(released);

	bus->released = &released;
	fake_bus_unregister(bus);
	wait_for_completion(&released);
}
EXPORT_SYMBOL_GPL(fake_bus_unregister_wait);

static int __init add_cdev(void)
{
	int ret;

	ret = alloc_chrdev_region(&first_devt, 0, MAX_BUSES, fake_bus_class.name);
	if (ret)
		return ret;

	cdev_init(&bus_cdev, &fake_bus_fops);
	bus_cdev.owner = THIS_MODULE;
	ret = cdev_add(&bus_cdev, first_devt, MAX_BUSES);
	if (ret)
		unregister_chrdev_region(first_devt, MAX_BUSES);
	return ret;
}

static int __init fake_bus_init(void)
{
	int ret;

	ret = class_register(&fake_bus_class);
	if (ret)
		return ret;

	ret = add_cdev();
	if (ret)
		class_unregister(&fake_bus_class);
	return ret;
}

static void __exit fake_bus_exit(void)
{
	cdev_del(&bus_cdev);
	unregister_chrdev_region(first_devt, MAX_BUSES);
	class_unregister(&fake_bus_class);
	xa_destroy(&buses);
}

module_init(fake_bus_init);
module_exit(fake_bus_exit);

MODULE_DESCRIPTION("Stress helper: core of a fake bus with a character device per bus");
MODULE_LICENSE("GPL");
