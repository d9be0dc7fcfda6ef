/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LENDER_H
#define LENDER_H

int lender_number(void);

#endif /* LENDER_H */
