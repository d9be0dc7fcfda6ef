// SPDX-License-Identifier: GPL-2.0
/*
 * Says what module notifiers are told of the modules whose names begin with
 * seq_, and acquires and drops a reference to seq_plain for user space, which
 * writes 1 or 0 to the parameter "hold".
 */
#include <linux/notifier.h>
#include <linux/string.h>

#include "seq_event.h"

static int probe_notify(struct notifier_block *nb, unsigned long event, void *data)
{
	struct module *mod = data;

	if (mod != THIS_MODULE && strstarts(mod->name, "seq_"))
		seq_event("%s: event %lu, state %d, refcount %d", mod->name, event, mod->state,
			  module_refcount(mod));
	return NOTIFY_OK;
}

static struct notifier_block probe_block = { .notifier_call = probe_notify };

static int probe_hold(const char *value, const struct kernel_param *param)
{
	if (*value == '0')
		__symbol_put("seq_plain_symbol");
	else if (!__symbol_get("seq_plain_symbol"))
		return -ENOENT;
	return 0;
}

static const struct kernel_param_ops probe_hold_ops = { .set = probe_hold };
module_param_cb(hold, &probe_hold_ops, NULL, 0200);

static int __init probe_init(void)
{
	return register_module_notifier(&probe_block);
}
module_init(probe_init);

static void __exit probe_exit(void)
{
	unregister_module_notifier(&probe_block);
}
module_exit(probe_exit);

MODULE_DESCRIPTION("Says what module notifiers are told");
MODULE_LICENSE("GPL");
