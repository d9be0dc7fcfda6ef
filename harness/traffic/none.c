// SPDX-License-Identifier: GPL-2.0
/*
 * Nobody uses the module: what it does by itself, its timers, threads and work, is all that
 * its unload races. The worker is only there to be counted.
 */
#include <unistd.h>

#include "kit.h"

#define NAP_US 20

static const struct traffic_key keys[] = { {} };

static int none_op(struct traffic *t)
{
	(void)t;
	usleep(NAP_US);
	return 0;
}

const struct traffic_kind none_traffic = {
	.name = "none",
	.help = "nobody uses the module, it races what it does by itself",
	.keys = keys,
	.op = none_op,
};
