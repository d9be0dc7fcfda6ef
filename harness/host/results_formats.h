/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Results in the formats other programs read.
 */
#ifndef MODRACE_RESULTS_FORMATS_H
#define MODRACE_RESULTS_FORMATS_H

#include "plan.h"

void results_write_ktap(const struct plan *plan, const char *path);
void results_write_junit(const struct plan *plan, const char *path);

#endif /* MODRACE_RESULTS_FORMATS_H */
