// SPDX-License-Identifier: GPL-2.0
/*
 * A bus whose file new_device makes the entry with the number written to it, which holds the
 * module until del_device takes it out. Entries are freed by RCU callbacks, which exit waits
 * for, or forgets to.
 */
#include <linux/device/bus.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

static bool broken = true;
module_param(broken, bool, 0444);

struct entry {
	struct rcu_head rcu;
};

/* By number; what does not fit goes where another one may be already. */
#define ENTRIES 256

static struct entry *entries[ENTRIES];
static DEFINE_MUTEX(lock); /* protects @entries */
static unsigned int freed;

static void free_entry(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct entry, rcu));
	WRITE_ONCE(freed, freed + 1);
}

static int make(unsigned int number)
{
	struct entry **entry = &entries[number % ENTRIES];

	if (*entry)
		return -EEXIST;
	if (!try_module_get(THIS_MODULE))
		return -ENODEV;
	*entry = kzalloc_obj(**entry);
	if (*entry)
		return 0;
	module_put(THIS_MODULE);
	return -ENOMEM;
}

/* Like most, it takes a number, and another one that may be left out. */
static ssize_t new_device_store(const struct bus_type *bus, const char *buf, size_t len)
{
	unsigned int number, ports;
	int ret;

	if (sscanf(buf, "%u %u", &number, &ports) < 1)
		return -EINVAL;
	mutex_lock(&lock);
	ret = make(number);
	mutex_unlock(&lock);
	return ret ?: len;
}

static BUS_ATTR_WO(new_device);

static void drop(unsigned int number)
{
	struct entry **entry = &entries[number % ENTRIES];

	if (!*entry)
		return;
	call_rcu(&(*entry)->rcu, free_entry);
	*entry = NULL;
	module_put(THIS_MODULE);
}

static ssize_t del_device_store(const struct bus_type *bus, const char *buf, size_t len)
{
	unsigned int number;
	int ret = kstrtouint(buf, 10, &number);

	if (ret)
		return ret;
	mutex_lock(&lock);
	drop(number);
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
