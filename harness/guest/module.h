/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Loading and unloading modules, and what the kernel says of them.
 */
#ifndef MODRACE_MODULE_H
#define MODRACE_MODULE_H

#include <stdbool.h>

#include "sysmodule.h"

/* module_await_change(): no limit */
#define MODULE_AWAIT_FOR_EVER (-1)

int module_load(int fd, const char *params);
int module_delete(const char *name, unsigned int flags);
int module_remove(const char *name, unsigned int flags);
bool module_present(const char *name);
int module_refcount(const char *name);
bool module_state_is(const char *name, const char *lifecycle, const char *proc);
int module_await_change(const char *name, const char *state, int ms);

#endif /* MODRACE_MODULE_H */
