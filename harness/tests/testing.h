/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cmocka wants these included before it, in this order.
 */
#ifndef MODRACE_TESTING_H
#define MODRACE_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif /* MODRACE_TESTING_H */
