/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HUB_H
#define HUB_H

void hub_join(void);
void hub_leave(void);

#endif /* HUB_H */
