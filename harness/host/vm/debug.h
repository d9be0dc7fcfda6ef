/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stopping a replay in a debugger.
 */
#ifndef MODRACE_DEBUG_H
#define MODRACE_DEBUG_H

#include "decode/transcript.h"

struct kernel;

void debug_write_script(const struct run *run, const struct kernel *kernel,
			const struct transcript *t, const char *path);

#endif /* MODRACE_DEBUG_H */
