// SPDX-License-Identifier: GPL-2.0
/* What profiling cycles have shown: sites, roles and lengths. */
#include <stdlib.h>
#include <string.h>

#include "explore.h"

static void grow(struct profile *profile)
{
	size_t size = profile->size ? profile->size * 2 : 4096;
	size_t bytes = size * sizeof(*profile->sites);

	profile->sites = realloc(profile->sites, bytes);
	if (!profile->sites)
		abort();
	profile->size = size;
}

/* The index is an open hash table of positions plus 1. */
static struct profile_site *profile_find(struct profile *profile,
					 const struct explore_site *s)
{
	uint32_t i = (s->site ^ (uint32_t)s->role << 26) * 2654435769u;
	struct profile_site *p;

	for (i >>= 32 - PROFILE_INDEX_BITS; profile->index[i];
	     i = (i + 1) % (1u << PROFILE_INDEX_BITS)) {
		p = &profile->sites[profile->index[i] - 1];
		if (p->site == s->site && p->role == s->role)
			return p;
	}
	if (profile->nr == 3u << (PROFILE_INDEX_BITS - 2))
		return NULL;
	if (profile->nr == profile->size)
		grow(profile);
	profile->index[i] = ++profile->nr;
	p = &profile->sites[profile->nr - 1];
	*p = (struct profile_site) { .site = s->site, .role = s->role };
	return p;
}

/**
 * profile_merge() - add what the last cycle showed
 * @profile: to extend
 * @shm: after a cycle with EXPLORE_F_PROFILE
 */
void profile_merge(struct profile *profile, const struct explore_shm *shm)
{
	struct profile_site *p;

	for (size_t i = 0; i < EXPLORE_SITES; i++) {
		const struct explore_site *s = &shm->sites[i];

		if (s->cycle != shm->result.cycle || !s->count ||
		    s->role >= EXPLORE_ROLES)
			continue;
		p = profile_find(profile, s);
		if (!p)
			break;
		p->kind = s->kind;
		p->flags |= s->flags & (EXPLORE_SITE_CONFLICT | EXPLORE_SITE_EXTENT);
		if (p->count < s->count)
			p->count = s->count;
	}
	for (size_t role = 0; role < EXPLORE_ROLES; role++)
		if (shm->result.role_events[role])
			profile->roles |= 1u << role;
	profile->events = shm->result.events;
}

/**
 * profile_note_steps() - learn how many points a scope has
 * @profile: to update
 * @plan: that was run
 * @result: of running it
 */
void profile_note_steps(struct profile *profile, const struct explore_plan *plan,
			const struct explore_result *result)
{
	uint32_t *steps = &profile->steps[plan->scope];

	if (*steps < result->steps)
		*steps = result->steps;
	else
		*steps -= (*steps - result->steps) / 8;
}

/**
 * profile_free() - forget everything
 * @profile: to empty
 */
void profile_free(struct profile *profile)
{
	free(profile->sites);
	memset(profile, 0, sizeof(*profile));
}
