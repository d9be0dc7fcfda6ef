/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What profiling cycles have shown: who passes where how often, which of these
 * places touch the same memory, and how long a cycle is.
 */
#ifndef MODRACE_PROFILE_H
#define MODRACE_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/modrace_explore.h>

#define PROFILE_SCOPES 4

/**
 * struct profile_site - one site as passed by one role
 * @site: see EXPLORE_SITE_*
 * @count: passages in one cycle, the most seen
 * @role: enum explore_role
 * @kind: enum explore_kind
 * @flags: EXPLORE_SITE_CONFLICT, EXPLORE_SITE_EXTENT
 */
struct profile_site {
	uint32_t site;
	uint32_t count;
	uint8_t role;
	uint8_t kind;
	uint16_t flags;
};

/**
 * struct profile_pair - two roles that touched the same memory, one writing
 * @a: index of the first site
 * @b: index of the other, of another role
 */
struct profile_pair {
	uint32_t a;
	uint32_t b;
};

/**
 * struct profile - all that has been seen
 * @sites: the sites, in the order in which they turned up
 * @nr_sites: how many
 * @index: hash table of positions in @sites plus 1
 * @pairs: conflicts
 * @nr_pairs: how many
 * @roles: bit for each role that ran
 * @steps: points in scope of one cycle, the most seen, by enum explore_scope_kind
 * @events: of the last cycle
 */
struct profile {
	struct profile_site *sites;
	size_t nr_sites;
	uint32_t *index;
	struct profile_pair *pairs;
	size_t nr_pairs;
	uint32_t roles;
	uint32_t steps[PROFILE_SCOPES];
	uint64_t events;
};

void profile_merge(struct profile *profile, const struct explore_shm *shm);
void profile_note(struct profile *profile, const struct explore_plan *plan,
		  const struct explore_result *result);
size_t profile_roles(const struct profile *profile, uint8_t *roles);
void profile_free(struct profile *profile);

#endif /* MODRACE_PROFILE_H */
