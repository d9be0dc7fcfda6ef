/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What happens to a module other than that it is removed: the device is taken from its
 * driver, or deleted, or the module loaded again at once.
 */
#ifndef MODRACE_EVENT_H
#define MODRACE_EVENT_H

#include "removal.h"

int event_happen(const struct removal_run *r);
int event_undo(const struct removal_run *r);
bool event_is_final(const struct removal_run *r);

#endif /* MODRACE_EVENT_H */
