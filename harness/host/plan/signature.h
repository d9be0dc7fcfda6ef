/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Signatures held against titles of failures. What they are written as is in
 * signature_classes.h.
 */
#ifndef MODRACE_SIGNATURE_H
#define MODRACE_SIGNATURE_H

#include <stddef.h>

struct scenario;

int signature_check(const char *signature, char *reason, size_t size);
int signature_match(const char *signature, const char *title);
int signatures_check(const struct scenario *s, char *error);

#endif /* MODRACE_SIGNATURE_H */
