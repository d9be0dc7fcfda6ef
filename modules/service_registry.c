// SPDX-License-Identifier: GPL-2.0
/*
 * Helper: knows a service of some module, and uses it.
 *
 * A write to /sys/kernel/service_registry/use looks the service up under RCU and
 * acquires an unconditional reference to its owner before it leaves the read-side
 * critical section; what is written is how many milliseconds the use takes. Its owner,
 * which withdraws the service and then has to wait for a grace period, is locked out
 * until then; after that it knows:
 *
 *	user      |lookup, get| use                  |put|
 *	owner           |withdraw|--grace period--| still referenced  |exit|
 *
 * With service.late set the reference is acquired after the critical section, when
 * the owner is neither locked out nor told:
 *
 *	user      |lookup|                                 get, use
 *	owner          |withdraw|--grace period--|exit|free|
 */
#include <linux/delay.h>
#include <linux/kobject.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sysfs.h>

#include "service_registry.h"

/* Longer than a removal takes, most of which is an RCU tasks grace period. */
#define LATE_US 200000

static struct service __rcu *published;

/**
 * service_publish() - let others find a service
 * @service: the service
 */
void service_publish(struct service *service)
{
	rcu_assign_pointer(published, service);
}
EXPORT_SYMBOL_GPL(service_publish);

/**
 * service_withdraw() - let nobody find the service any more
 *
 * Does not wait: who has found it is in an RCU read-side critical section, or has
 * a reference to its owner.
 */
void service_withdraw(void)
{
	RCU_INIT_POINTER(published, NULL);
}
EXPORT_SYMBOL_GPL(service_withdraw);

/* The service, with a reference to its owner. */
static struct service *service_get(void)
{
	struct service *service;
	bool late = false;

	rcu_read_lock();
	service = rcu_dereference(published);
	if (service) {
		late = service->late;
		if (!late)
			__module_get(service->owner);
	}
	rcu_read_unlock();

	if (late) {
		usleep_range(LATE_US, 2 * LATE_US);
		__module_get(service->owner);
	}
	return service;
}

static ssize_t use_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", !!rcu_access_pointer(published));
}

static ssize_t use_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			 size_t len)
{
	struct service *service;
	struct module *owner;
	unsigned int ms;
	int ret;

	ret = kstrtouint(buf, 0, &ms);
	if (ret)
		return ret;

	service = service_get();
	if (!service)
		return -ENODEV;

	owner = service->owner;
	service->serve();
	fsleep(ms * USEC_PER_MSEC);
	service->serve();
	module_put(owner);
	return len;
}

static struct kobj_attribute use_attr = __ATTR_RW(use);
static struct kobject *dir;

static int __init service_registry_init(void)
{
	int ret;

	dir = kobject_create_and_add("service_registry", kernel_kobj);
	if (!dir)
		return -ENOMEM;

	ret = sysfs_create_file(dir, &use_attr.attr);
	if (ret)
		kobject_put(dir);
	return ret;
}

static void __exit service_registry_exit(void)
{
	kobject_put(dir);
}

module_init(service_registry_init);
module_exit(service_registry_exit);

MODULE_DESCRIPTION("Stress helper: finds a service under RCU and uses it");
MODULE_LICENSE("GPL");
