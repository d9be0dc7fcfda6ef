/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What transport_core offers to modules that are a transport.
 */
#ifndef MODRACE_TRANSPORT_CORE_H
#define MODRACE_TRANSPORT_CORE_H

#include <linux/types.h>

struct module;

/**
 * struct transport - what carries a connection
 * @owner: the module it belongs to
 * @connect: may sleep
 */
struct transport {
	struct module *owner;
	void (*connect)(void);
};

int transport_register(const struct transport *transport, bool unlocked);
void transport_unregister(const struct transport *transport);

#endif /* MODRACE_TRANSPORT_CORE_H */
