/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kind rtnl knows that the look wants to know, too.
 */
#ifndef MODRACE_TRAFFIC_RTNL_H
#define MODRACE_TRAFFIC_RTNL_H

#include <stdbool.h>

bool rtnl_knows(const char *kind);

#endif /* MODRACE_TRAFFIC_RTNL_H */
