/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What device_churn offers to modules whose removal is not to disturb it.
 */
#ifndef MODRACE_DEVICE_CHURN_H
#define MODRACE_DEVICE_CHURN_H

void device_churn_lock(void);
void device_churn_unlock(void);

#endif /* MODRACE_DEVICE_CHURN_H */
