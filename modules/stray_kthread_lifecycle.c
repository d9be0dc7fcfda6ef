// SPDX-License-Identifier: GPL-2.0
/*
 * stray_kthread.c, removed in two steps (see two_steps.h).
 */
#define LIFECYCLE
#include "stray_kthread.c"
