// SPDX-License-Identifier: GPL-2.0
/*
 * usb_stress_hcd.c, removed in two steps (see two_steps.h).
 */
#define LIFECYCLE
#include "usb_stress_hcd.c"
