/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Signatures: extended regular expressions that titles of failures are held against.
 */
#ifndef MODRACE_SIGNATURE_H
#define MODRACE_SIGNATURE_H

#include <stddef.h>

int signature_check(const char *signature, char *reason, size_t size);

#endif /* MODRACE_SIGNATURE_H */
