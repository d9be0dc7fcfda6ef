/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sites: the kernel's numbers for places in its own text and in that of modules,
 * as addresses and as words.
 */
#ifndef MODRACE_SITE_H
#define MODRACE_SITE_H

#include "decode/symbols.h"
#include "schedule/schedule.h"

uint64_t site_address(const struct explore_shm *shm, uint32_t site);
bool site_find(const struct explore_shm *shm, uint64_t address, uint32_t *site);
bool decision_to_text(struct symbols *syms, const struct explore_shm *shm,
		      const struct explore_decision *decision, struct decision_text *text);
bool decision_from_text(struct symbols *syms, const struct explore_shm *shm,
			const struct decision_text *text, struct explore_decision *decision);

#endif /* MODRACE_SITE_H */
