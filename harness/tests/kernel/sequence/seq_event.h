/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SEQ_EVENT_H
#define SEQ_EVENT_H

#include <linux/kernel.h>
#include <linux/module.h>

/* Into the kernel log, as all that happens, so that there is one order. */
#define seq_event(fmt, ...) pr_notice("seq: %s: " fmt "\n", KBUILD_MODNAME, ##__VA_ARGS__)

/* What a module's own function sees of its module. */
static inline void seq_event_self(const char *what)
{
	bool got = try_module_get(THIS_MODULE);

	if (got)
		module_put(THIS_MODULE);
	seq_event("%s: state %d, refcount %d, try_module_get %d", what, THIS_MODULE->state,
		  module_refcount(THIS_MODULE), got);
}

#endif
