// SPDX-License-Identifier: GPL-2.0
/*
 * Helper: loads "firmware" into devices in the background, in the place of the
 * firmware loader. It stays loaded while drivers come and go.
 *
 * A request takes a reference to the device, and a worker puts it some
 * milliseconds later. That may be the last one, so a driver's release callback
 * can run from here long after the driver has unregistered the device:
 *
 *	writer   |request|
 *	worker            get_device |----- loading -----| put_device, release()
 *	driver                   |unregister|
 *
 * fake_loader_unregister_wait() returns after release() has. As in fake_bus it
 * is this file's text that signals it, after the driver's has been left.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "fake_loader.h"

static unsigned int delay_us = 4000;
module_param(delay_us, uint, 0644);
MODULE_PARM_DESC(delay_us, "how long a device takes to load, microseconds");

/**
 * struct load - firmware on its way into one device
 * @node: in @loads
 * @work: carries it there
 * @dev: the device; a reference is held
 */
struct load {
	struct list_head node;
	struct work_struct work;
	struct device *dev;
};

/**
 * struct watch - somebody who waits for a device's release to return
 * @node: in @watches
 * @dev: the device; no reference is held
 * @release: the device's own callback, while watched_release() stands in for it
 * @returned: @release has returned
 */
struct watch {
	struct list_head node;
	struct device *dev;
	void (*release)(struct device *dev);
	struct completion returned;
};

static LIST_HEAD(loads);
static LIST_HEAD(watches);
static DEFINE_SPINLOCK(lock); /* protects @loads and @watches */
static struct workqueue_struct *loader_wq;

static bool loading(struct device *dev)
{
	struct load *load;

	list_for_each_entry(load, &loads, node) {
		if (load->dev == dev)
			return true;
	}
	return false;
}

static void load_work(struct work_struct *work)
{
	struct load *load = container_of(work, struct load, work);

	usleep_range(delay_us, delay_us + delay_us / 4);

	spin_lock(&lock);
	list_del(&load->node);
	spin_unlock(&lock);

	put_device(load->dev);
	kfree(load);
}

/**
 * fake_loader_request() - load a device's firmware in the background
 * @dev: the device, registered
 *
 * Return: 0 if it is on its way now, -EBUSY if it was already, or -ENOMEM.
 */
int fake_loader_request(struct device *dev)
{
	struct load *load = kzalloc_obj(*load);
	bool busy;

	if (!load)
		return -ENOMEM;

	INIT_WORK(&load->work, load_work);
	load->dev = dev;

	spin_lock(&lock);
	busy = loading(dev);
	if (!busy)
		list_add(&load->node, &loads);
	spin_unlock(&lock);

	if (busy) {
		kfree(load);
		return -EBUSY;
	}

	get_device(dev);
	queue_work(loader_wq, &load->work);
	return 0;
}
EXPORT_SYMBOL_GPL(fake_loader_request);

static struct watch *find_watch(struct device *dev)
{
	struct watch *watch;

	list_for_each_entry(watch, &watches, node) {
		if (watch->dev == dev)
			return watch;
	}
	return NULL;
}

static void watched_release(struct device *dev)
{
	struct watch *watch;

	spin_lock(&lock);
	watch = find_watch(dev);
	list_del(&watch->node);
	spin_unlock(&lock);

	watch->release(dev);
	complete(&watch->returned);
}

/**
 * fake_loader_unregister_wait() - unregister a device and wait until it is gone
 * @pdev: a registered platform device with a release callback
 *
 * Returns after the callback has.
 */
void fake_loader_unregister_wait(struct platform_device *pdev)
{
	struct watch watch = {
		.dev = &pdev->dev,
		.release = pdev->dev.release,
		.returned = COMPLETION_INITIALIZER_ONSTACK(watch.returned),
	};

	spin_lock(&lock);
	list_add(&watch.node, &watches);
	spin_unlock(&lock);

	pdev->dev.release = watched_release;
	platform_device_unregister(pdev);
	wait_for_completion(&watch.returned);
}
EXPORT_SYMBOL_GPL(fake_loader_unregister_wait);

static int __init fake_loader_init(void)
{
	loader_wq = alloc_workqueue("fake_loader", WQ_UNBOUND, 0);
	return loader_wq ? 0 : -ENOMEM;
}

static void __exit fake_loader_exit(void)
{
	destroy_workqueue(loader_wq);
}

module_init(fake_loader_init);
module_exit(fake_loader_exit);

MODULE_DESCRIPTION("Stress helper: background operations that hold a device");
MODULE_LICENSE("GPL");
