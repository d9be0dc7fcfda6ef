/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The files of a module in /sys/module, and what delete_module(2) of a kernel with the
 * lifecycle series understands beside O_NONBLOCK and O_TRUNC.
 */
#ifndef MODRACE_SYSMODULE_H
#define MODRACE_SYSMODULE_H

#include <stdbool.h>

/* Enough for any state or number. */
#define SYSMODULE_TEXT 32

/* From the lifecycle series' uapi/linux/module.h; other kernels ignore them. */
#ifndef MODULE_DELETE_UNREG
#define MODULE_DELETE_UNREG    0x10000000
#define MODULE_DELETE_WAIT     0x20000000
#define MODULE_DELETE_REENABLE 0x40000000
#endif

int sysmodule_open(const char *module, const char *file);
int sysmodule_reread(int fd, char *text);
int sysmodule_read(const char *module, const char *file, char *text);
bool sysmodule_has(const char *module, const char *file);

#endif /* MODRACE_SYSMODULE_H */
