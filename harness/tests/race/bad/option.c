// SPDX-License-Identifier: GPL-2.0
/* Needs an option that this kind of machine cannot have. */
#include <linux/module.h>

/* The header has it only with that option. */
int acpi_bus_get_status(void *device);

static int __init option_init(void)
{
	return acpi_bus_get_status(NULL);
}

static void __exit option_exit(void)
{
}

module_init(option_init);
module_exit(option_exit);
MODULE_DESCRIPTION("A module that needs ACPI");
MODULE_LICENSE("GPL");
