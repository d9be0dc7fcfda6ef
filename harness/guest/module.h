/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Loading and unloading modules, and what the kernel says of them.
 */
#ifndef MODRACE_MODULE_H
#define MODRACE_MODULE_H

#include <stdbool.h>

/*
 * What delete_module(2) of a kernel with the lifecycle series understands beside
 * O_NONBLOCK and O_TRUNC (its uapi/linux/module.h). Others ignore these flags.
 */
#ifndef MODULE_DELETE_UNREG
#define MODULE_DELETE_UNREG    0x10000000
#define MODULE_DELETE_WAIT     0x20000000
#define MODULE_DELETE_REENABLE 0x40000000
#endif

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
