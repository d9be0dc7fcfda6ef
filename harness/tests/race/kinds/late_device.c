// SPDX-License-Identifier: GPL-2.0
/*
 * A bus whose file new_device makes the entry with the number written to it, which holds the
 * module until del_device takes it out. Entries are freed by RCU callbacks, which exit waits
 * for, or forgets to.
 */
#include <linux/device/bus.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

static bool broken = true;
module_param(broken, bool, 0444);

struct entry {
	struct list_head list;
	struct rcu_head rcu;
	unsigned int number;
};

static LIST_HEAD(entries);
static DEFINE_MUTEX(lock); /* protects @entries */
static unsigned int freed;

static void free_entry(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct entry, rcu));
	WRITE_ONCE(freed, freed + 1);
}

static ssize_t new_device_store(const struct bus_type *bus, const char *buf, size_t len)
{
	struct entry *entry;
	unsigned int number = simple_strtoul(buf, NULL, 10);

	entry = kzalloc_obj(*entry);
	if (!entry)
		return -ENOMEM;
	if (!try_module_get(THIS_MODULE)) {
		kfree(entry);
		return -ENODEV;
	}
	entry->number = number;
	mutex_lock(&lock);
	list_add_tail(&entry->list, &entries);
	mutex_unlock(&lock);
	return len;
}

static BUS_ATTR_WO(new_device);

static ssize_t del_device_store(const struct bus_type *bus, const char *buf, size_t len)
{
	struct entry *entry, *next;
	unsigned int number = simple_strtoul(buf, NULL, 10);

	mutex_lock(&lock);
	list_for_each_entry_safe(entry, next, &entries, list) {
		if (entry->number != number)
			continue;
		list_del(&entry->list);
		call_rcu(&entry->rcu, free_entry);
		module_put(THIS_MODULE);
	}
	mutex_unlock(&lock);
	return len;
}

static BUS_ATTR_WO(del_device);

static struct attribute *late_attrs[] = {
	&bus_attr_new_device.attr,
	&bus_attr_del_device.attr,
	NULL,
};

ATTRIBUTE_GROUPS(late);

static const struct bus_type late_bus = {
	.name = "late",
	.bus_groups = late_groups,
};

static int __init late_device_init(void)
{
	return bus_register(&late_bus);
}

static void __exit late_device_exit(void)
{
	bus_unregister(&late_bus);
	if (!broken)
		rcu_barrier();
}

module_init(late_device_init);
module_exit(late_device_exit);
MODULE_DESCRIPTION("Entries made and deleted by number, freed late");
MODULE_LICENSE("GPL");
