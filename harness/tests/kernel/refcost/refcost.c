// SPDX-License-Identifier: GPL-2.0
/*
 * Measures a reference to a live module: reading the parameter "pair" runs a batch
 * of try_module_get() and module_put() and gives its time in picoseconds a pair.
 */
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>

/* Short enough to be measured between two interruptions, mostly. */
#define BATCH 20000

static int refcost_pair(char *buffer, const struct kernel_param *param)
{
	u64 begin = ktime_get_ns();
	unsigned int i;

	for (i = 0; i < BATCH; i++) {
		if (!try_module_get(THIS_MODULE))
			return -ENODEV;
		module_put(THIS_MODULE);
	}
	return sysfs_emit(buffer, "%llu\n", div_u64((ktime_get_ns() - begin) * 1000, BATCH));
}

static const struct kernel_param_ops refcost_pair_ops = { .get = refcost_pair };
module_param_cb(pair, &refcost_pair_ops, NULL, 0444);

static int __init refcost_init(void)
{
	return 0;
}
module_init(refcost_init);

static void __exit refcost_exit(void)
{
}
module_exit(refcost_exit);

MODULE_DESCRIPTION("Measures references to modules");
MODULE_LICENSE("GPL");
