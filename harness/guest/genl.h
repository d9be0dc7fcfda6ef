/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The generic netlink families of the guest's kernel.
 */
#ifndef MODRACE_GENL_H
#define MODRACE_GENL_H

#include "names.h"

void genl_list(struct names *names);

#endif /* MODRACE_GENL_H */
