// SPDX-License-Identifier: GPL-2.0
/*
 * rcu_callback.c, removed in two steps (see two_steps.h).
 */
#define LIFECYCLE
#include "rcu_callback.c"
