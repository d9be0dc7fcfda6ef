/* SPDX-License-Identifier: GPL-2.0 */
/* What lender has for others to take a reference to, and what they can do to it. */
#ifndef MODRACE_LENDER_H
#define MODRACE_LENDER_H

extern int lent;

void lender_hide(void);
void lender_haunt(void);
void lender_block(void);

#endif /* MODRACE_LENDER_H */
