/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Numbers that modules show in sysfs, such as /sys/module/NAME/parameters/hits.
 * They tell traffic that is sent to nobody in particular, such as a packet,
 * whether the module under test has seen it.
 */
#ifndef MODRACE_COUNTER_H
#define MODRACE_COUNTER_H

#include "kit.h"

int counter_watch(struct traffic *t, int *fd, const char *path, int (*op)(struct traffic *t));
void counter_close(int *fd);

#endif /* MODRACE_COUNTER_H */
