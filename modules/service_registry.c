// SPDX-License-Identifier: GPL-2.0
/*
 * Helper: knows a service of some module, and uses it.
 *
 * A write to /sys/module/service_registry/parameters/use looks the service up
 * under RCU and acquires an unconditional reference to its owner before it leaves
 * the read-side critical section. Its owner, which withdraws the service and then
 * has to wait for a grace period, is locked out until then; after that it knows:
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
#include <linux/module.h>
#include <linux/rcupdate.h>

#include "service_registry.h"

#define USE_US 500

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

static int use_set(const char *val, const struct kernel_param *kp)
{
	struct service *service = service_get();
	struct module *owner;

	if (!service)
		return -ENODEV;

	owner = service->owner;
	service->serve();
	usleep_range(USE_US, 2 * USE_US);
	service->serve();
	module_put(owner);
	return 0;
}

static int use_get(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%d\n", !!rcu_access_pointer(published));
}

static const struct kernel_param_ops use_param_ops = {
	.set = use_set,
	.get = use_get,
};

module_param_cb(use, &use_param_ops, NULL, 0644);
MODULE_PARM_DESC(use, "use the service");

static int __init service_registry_init(void)
{
	return 0;
}

static void __exit service_registry_exit(void)
{
}

module_init(service_registry_init);
module_exit(service_registry_exit);

MODULE_DESCRIPTION("Stress helper: finds a service under RCU and uses it");
MODULE_LICENSE("GPL");
