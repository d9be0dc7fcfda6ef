/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Results as KTAP, which kernel developers' tools read.
 */
#ifndef MODRACE_RESULTS_KTAP_H
#define MODRACE_RESULTS_KTAP_H

#include "plan/batch.h"

void results_write_ktap(const struct batch *batch, const char *path);

#endif /* MODRACE_RESULTS_KTAP_H */
