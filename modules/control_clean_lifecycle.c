// SPDX-License-Identifier: GPL-2.0
/*
 * control_clean.c, removed in two steps (see two_steps.h).
 */
#define LIFECYCLE
#include "control_clean.c"
