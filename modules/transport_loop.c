// SPDX-License-Identifier: GPL-2.0
/*
 * A module that is found by a pointer to what it has registered. It does everything
 * right; whether transport_core does is a parameter, since that is where the race is.
 */
#include <linux/module.h>

#include "hits.h"
#include "transport_core.h"

static bool broken;
module_param(broken, bool, 0444);
MODULE_PARM_DESC(broken, "have the transport looked up without the lock");

static void loop_connect(void)
{
	hit();
}

static const struct transport loop_transport = {
	.owner = THIS_MODULE,
	.connect = loop_connect,
};

static int __init transport_loop_init(void)
{
	return transport_register(&loop_transport, broken);
}

static void __exit transport_loop_exit(void)
{
	transport_unregister(&loop_transport);
}

module_init(transport_loop_init);
module_exit(transport_loop_exit);

MODULE_DESCRIPTION("Stress module: looked up with the lock, or without");
MODULE_LICENSE("GPL");
