// SPDX-License-Identifier: GPL-2.0
/*
 * nf_hook.c, removed in two steps (see two_steps.h).
 */
#define LIFECYCLE
#include "nf_hook.c"
