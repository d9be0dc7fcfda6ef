/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What must hold after an unload.
 */
#ifndef MODRACE_AUDIT_H
#define MODRACE_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "scenario.h"

void audit_baseline(const struct scenario *s, const struct variant *v, enum run_mode mode);
bool audit_cycle(uint64_t cycle);
void audit_load(uint64_t cycle, int err);
void audit_end(uint64_t cycle);

bool audit_holds_soon(bool (*holds)(unsigned int i), unsigned int i);

void audit_boot_cycle(uint64_t cycle);
void audit_boot_end(uint64_t cycle, enum run_mode mode, enum removal removal);

#endif /* MODRACE_AUDIT_H */
