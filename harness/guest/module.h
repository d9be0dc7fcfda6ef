/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Loading and unloading modules, and what the kernel says of them.
 */
#ifndef MODRACE_MODULE_H
#define MODRACE_MODULE_H

#include <stdbool.h>

int module_load(int fd, const char *params);
int module_delete(const char *name, unsigned int flags);
bool module_present(const char *name);
int module_refcount(const char *name);

#endif /* MODRACE_MODULE_H */
