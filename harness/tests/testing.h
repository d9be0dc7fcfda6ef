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

#include "compiler.h"

#endif /* MODRACE_TESTING_H */
