/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What tests ask of schedules.
 */
#ifndef MODRACE_TEST_SCHEDULES_H
#define MODRACE_TEST_SCHEDULES_H

#include "schedule/schedule.h"

/* Has a schedule a decision at a site? */
static inline bool schedule_has(const struct schedule *s, uint32_t site)
{
	size_t i;

	for (i = 0; i < s->nr; i++) {
		if (s->decisions[i].site == site)
			return true;
	}
	return false;
}

#endif /* MODRACE_TEST_SCHEDULES_H */
