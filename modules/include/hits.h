/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The counter every stress module shows in /sys/module/NAME/parameters/hits:
 * how often traffic reached its code since it was loaded. A race that traffic
 * never reached proves nothing, and the harness must be able to tell.
 *
 * To be included once, by the module's only source file.
 */
#ifndef MODRACE_HITS_H
#define MODRACE_HITS_H

#include <linux/atomic.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/sysfs.h>

static atomic_long_t hits = ATOMIC_LONG_INIT(0);

/**
 * hit() - count one arrival of traffic in module code
 *
 * Any context, any processor; to be called first in each entry point.
 */
static inline void hit(void)
{
	atomic_long_inc(&hits);
}

static int hits_get(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%ld\n", atomic_long_read(&hits));
}

static const struct kernel_param_ops hits_param_ops = {
	.get = hits_get,
};

module_param_cb(hits, &hits_param_ops, NULL, 0444);
MODULE_PARM_DESC(hits, "how often traffic has reached the module");

#endif /* MODRACE_HITS_H */
