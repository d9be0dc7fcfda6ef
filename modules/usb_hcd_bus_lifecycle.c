// SPDX-License-Identifier: GPL-2.0
/*
 * usb_hcd_bus.c, removed in two steps (see two_steps.h).
 */
#define LIFECYCLE
#include "usb_hcd_bus.c"
