/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What must hold after an unload.
 */
#ifndef MODRACE_AUDIT_H
#define MODRACE_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "scenario.h"

void audit_baseline(const struct scenario *s, const char *module);
bool audit_cycle(uint64_t cycle);
void audit_end(enum run_mode mode, uint64_t cycle);

#endif /* MODRACE_AUDIT_H */
