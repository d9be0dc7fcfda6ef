// SPDX-License-Identifier: GPL-2.0
/*
 * Helper: a protocol that is carried by whichever transport is registered.
 *
 * A write to /sys/module/transport_core/parameters/connect looks the transport up,
 * acquires a reference to the module it belongs to, and has it make a connection.
 * Somebody who unregisters it takes transport_mutex. So has somebody who looks it
 * up, until there is a reference; without that the pointer may be stale before the
 * first thing is read through it:
 *
 *	connect     |current|                          |->owner
 *	unregister           |current = NULL|
 *	rmmod                                |free module|
 *
 * It takes a few instructions, and a removal takes milliseconds: in stress mode a
 * processor of the host would have to be taken away at the right one of them.
 */
#include <linux/cleanup.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sysfs.h>

#include "transport_core.h"

static DEFINE_MUTEX(transport_mutex);
static const struct transport *current_transport;
static bool lookup_unlocked;

/**
 * transport_register() - have connections made by a transport
 * @transport: the transport
 * @unlocked: have it looked up without the mutex
 *
 * Return: 0, or -EBUSY if there is one already.
 */
int transport_register(const struct transport *transport, bool unlocked)
{
	guard(mutex)(&transport_mutex);
	if (current_transport)
		return -EBUSY;
	lookup_unlocked = unlocked;
	WRITE_ONCE(current_transport, transport);
	return 0;
}
EXPORT_SYMBOL_GPL(transport_register);

/**
 * transport_unregister() - have no more connections made by a transport
 * @transport: the registered one
 */
void transport_unregister(const struct transport *transport)
{
	guard(mutex)(&transport_mutex);
	WARN_ON(current_transport != transport);
	WRITE_ONCE(current_transport, NULL);
}
EXPORT_SYMBOL_GPL(transport_unregister);

/* The transport, with a reference to its owner, or NULL. */
static const struct transport *lookup(void)
{
	const struct transport *transport = READ_ONCE(current_transport);

	return transport && try_module_get(transport->owner) ? transport : NULL;
}

static const struct transport *transport_get(void)
{
	if (READ_ONCE(lookup_unlocked))
		return lookup();
	guard(mutex)(&transport_mutex);
	return lookup();
}

static int connect_set(const char *val, const struct kernel_param *kp)
{
	const struct transport *transport = transport_get();
	struct module *owner;

	if (!transport)
		return -ENODEV;
	owner = transport->owner;
	transport->connect();
	module_put(owner);
	return 0;
}

static int connect_get(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%d\n", !!READ_ONCE(current_transport));
}

static const struct kernel_param_ops connect_param_ops = {
	.set = connect_set,
	.get = connect_get,
};

module_param_cb(connect, &connect_param_ops, NULL, 0644);
MODULE_PARM_DESC(connect, "make a connection");

static int __init transport_core_init(void)
{
	return 0;
}

static void __exit transport_core_exit(void)
{
}

module_init(transport_core_init);
module_exit(transport_core_exit);

MODULE_DESCRIPTION("Stress helper: looks a transport up and has it connect");
MODULE_LICENSE("GPL");
