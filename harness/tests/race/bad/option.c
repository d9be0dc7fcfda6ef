// SPDX-License-Identifier: GPL-2.0
/* Needs an option that the kernel is built without. */
#include <linux/input.h>
#include <linux/module.h>

static struct input_dev *keys;

static int __init option_init(void)
{
	keys = input_allocate_device();
	return keys ? 0 : -ENOMEM;
}

static void __exit option_exit(void)
{
	input_free_device(keys);
}

module_init(option_init);
module_exit(option_exit);
MODULE_DESCRIPTION("A module that needs input devices");
MODULE_LICENSE("GPL");
