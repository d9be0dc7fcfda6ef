// SPDX-License-Identifier: GPL-2.0
/*
 * References to a live module: a number written to the parameter "pairs" is the
 * number of pairs of try_module_get() and module_put() that are called.
 */
#include <linux/kstrtox.h>
#include <linux/module.h>

static int refcost_pairs(const char *text, const struct kernel_param *param)
{
	unsigned int pairs;
	int ret = kstrtouint(text, 0, &pairs);

	while (!ret && pairs--) {
		if (!try_module_get(THIS_MODULE))
			return -ENODEV;
		module_put(THIS_MODULE);
	}
	return ret;
}

static const struct kernel_param_ops refcost_pairs_ops = { .set = refcost_pairs };
module_param_cb(pairs, &refcost_pairs_ops, NULL, 0200);
MODULE_PARM_DESC(pairs, "pairs of get and put to call");

static int __init refcost_init(void)
{
	return 0;
}
module_init(refcost_init);

static void __exit refcost_exit(void)
{
}
module_exit(refcost_exit);

MODULE_DESCRIPTION("References to modules, to be measured");
MODULE_LICENSE("GPL");
