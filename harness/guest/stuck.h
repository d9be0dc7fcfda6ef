/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who is stuck, and where.
 */
#ifndef MODRACE_STUCK_H
#define MODRACE_STUCK_H

void stuck_report(void);
void stuck_watch(void);

#endif /* MODRACE_STUCK_H */
