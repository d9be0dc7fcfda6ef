// SPDX-License-Identifier: GPL-2.0
/*
 * A module whose users acquire unconditional references, found under RCU.
 *
 * It has a service that others find in service_registry. unreg withdraws it and
 * does not wait, not for a grace period either: the module core does that, and then
 * looks at the reference count. A reference acquired under RCU counts although the
 * module is disabled already; one that is acquired later does not keep anything
 * (see service_registry.c), and CONFIG_MODULE_DEBUG_REFS says so.
 */
#define LIFECYCLE

#include <linux/module.h>
#include <linux/rcupdate.h>

#include "hits.h"
#include "service_registry.h"
#include "two_steps.h"

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

static int __init get_rcu_init(void)
{
	service.late = broken;
	service_publish(&service);
	return 0;
}

#if TWO_STEPS
static int get_rcu_unreg(void)
{
	service_withdraw();
	return 0;
}

static void __exit get_rcu_exit(void)
{
}

module_unreg(get_rcu_unreg);
#else
/* Without two steps nothing could be done about who acquires a reference now. */
static void __exit get_rcu_exit(void)
{
	service_withdraw();
	synchronize_rcu();
}
#endif

module_init(get_rcu_init);
module_exit(get_rcu_exit);

MODULE_DESCRIPTION("Stress module: unconditional references acquired under RCU");
MODULE_LICENSE("GPL");
