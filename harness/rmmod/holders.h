/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who holds a module, as far as the kernel can tell.
 */
#ifndef MODRACE_HOLDERS_H
#define MODRACE_HOLDERS_H

#include <stddef.h>

void holders_describe(const char *module, char *line, size_t size);

#endif /* MODRACE_HOLDERS_H */
