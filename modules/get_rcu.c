// SPDX-License-Identifier: GPL-2.0
/*
 * A module whose users acquire unconditional references, found under RCU.
 *
 * It has a service that others find in service_registry. unreg withdraws it and
 * does not wait, not for a grace period either: the module core does that, and then
 * looks at the reference count. A reference acquired under RCU counts although the
 * module is disabled already; one that is acquired later does not keep anything
 * (see service_registry.c), and CONFIG_MODULE_DEBUG_REFS says so.
 *
 * Lockout:	unreg, who is about to acquire a reference: by a grace period of RCU
 * Breaks:	lockout: the reference is acquired when the owner is not locked out any more
 * Origin:	Roman Zippel's mail of February 2003: references that are acquired unconditionally
 */
#define LIFECYCLE

#include <linux/module.h>

#include "hits.h"
#include "parts.h"
#include "service_registry.h"

static bool broken;
module_param(broken, bool, 0444);
MODULE_PARM_DESC(broken, "have users acquire their references outside of the RCU section");

static void serve(void)
{
	hit();
}

static struct service service = {
	.owner = THIS_MODULE,
	.serve = serve,
};

static int service_start(void)
{
	service.late = broken;
	service_publish(&service);
	return 0;
}

static const struct part parts[] = {
	{ "service", .start = service_start, .close = service_withdraw },
	{}
};

module_parts(parts);

MODULE_DESCRIPTION("Stress module: unconditional references acquired under RCU");
MODULE_LICENSE("GPL");
