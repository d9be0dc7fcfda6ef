/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stopping a replay in a debugger.
 */
#ifndef MODRACE_DEBUG_H
#define MODRACE_DEBUG_H

#include "boot.h"

void debug_write_script(const struct boot *boot, const char *path);

#endif /* MODRACE_DEBUG_H */
