/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stress modules that can be removed in two steps, by module_unreg() of the
 * lifecycle series.
 *
 * Those that race the ways that need no such series as well are built twice:
 * NAME.c as it is, and again by NAME_lifecycle.c, which defines LIFECYCLE and
 * includes it. TWO_STEPS is 1 if the module was asked to be one that has
 * module_unreg() and the kernel can do that. Elsewhere exit does all there is to
 * do, and the scenarios skip the variants that make no sense.
 */
#ifndef MODRACE_TWO_STEPS_H
#define MODRACE_TWO_STEPS_H

#include <linux/module.h>

#if defined(LIFECYCLE) && defined(module_unreg)
#define TWO_STEPS 1
#else
#define TWO_STEPS 0
#endif

/**
 * two_steps_get() - have the module stay for the sake of something that exit would wait for
 *
 * To be called by who holds a reference or locks out unreg. Without two steps it
 * does nothing, and exit waits.
 */
static inline void two_steps_get(void)
{
	if (TWO_STEPS)
		__module_get(THIS_MODULE);
}

/**
 * two_steps_put() - undo two_steps_get()
 *
 * The caller, if it is the module itself, returns without sleeping.
 */
static inline void two_steps_put(void)
{
	if (TWO_STEPS)
		module_put(THIS_MODULE);
}

#endif /* MODRACE_TWO_STEPS_H */
