/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What service_registry offers to modules that have a service.
 */
#ifndef MODRACE_SERVICE_REGISTRY_H
#define MODRACE_SERVICE_REGISTRY_H

#include <linux/types.h>

struct module;

/**
 * struct service - something that others may use
 * @owner: the module it belongs to
 * @serve: may sleep
 * @late: have users acquire their reference too late
 */
struct service {
	struct module *owner;
	void (*serve)(void);
	bool late;
};

void service_publish(struct service *service);
void service_withdraw(void);

#endif /* MODRACE_SERVICE_REGISTRY_H */
