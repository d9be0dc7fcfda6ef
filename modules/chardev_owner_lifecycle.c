// SPDX-License-Identifier: GPL-2.0
/*
 * chardev_owner.c, removed in two steps (see two_steps.h).
 */
#define LIFECYCLE
#include "chardev_owner.c"
