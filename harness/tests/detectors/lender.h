/* SPDX-License-Identifier: GPL-2.0 */
/* What lender has for others to take a reference to. */
#ifndef MODRACE_LENDER_H
#define MODRACE_LENDER_H

extern int lent;

#endif /* MODRACE_LENDER_H */
