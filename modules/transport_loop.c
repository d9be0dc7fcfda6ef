// SPDX-License-Identifier: GPL-2.0
/*
 * A module that is found by a pointer to what it has registered. It does everything
 * right; whether transport_core does is a parameter, since that is where the race is.
 *
 * Lockout:	exit, who looks the transport up: by the lock of transport_core
 * Breaks:	lockout: the owner is not locked out between the look-up and the reference
 * Origin:	CVE-2025-38461, commit 687aa0c5581b
 */
#include <linux/module.h>

#include "hits.h"
#include "parts.h"
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

static int transport_start(void)
{
	return transport_register(&loop_transport, broken);
}

static void transport_close(void)
{
	transport_unregister(&loop_transport);
}

static const struct part parts[] = {
	{ "transport", .start = transport_start, .close = transport_close },
	{}
};

module_parts(parts);

MODULE_DESCRIPTION("Stress module: looked up with the lock, or without");
MODULE_LICENSE("GPL");
