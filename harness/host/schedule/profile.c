// SPDX-License-Identifier: GPL-2.0
/*
 * Reading the tables that the kernel fills in while profiling; see profile.h.
 */
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "schedule/profile.h"

#define INDEX_BITS 16
#define INDEX_SIZE (1u << INDEX_BITS)
#define MAX_SITES  (INDEX_SIZE / 4 * 3)
#define MAX_PAIRS  4096

static uint32_t hash(uint32_t site, uint8_t role)
{
	return (site ^ (uint32_t)role << 26) * 2654435769u >> (32 - INDEX_BITS);
}

/* Position of a site plus 1, 0 if there is no room for another. */
static uint32_t find_site(struct profile *profile, uint32_t site, uint8_t role)
{
	uint32_t i;

	for (i = hash(site, role); profile->index[i]; i = (i + 1) % INDEX_SIZE) {
		const struct profile_site *p = &profile->sites[profile->index[i] - 1];

		if (p->site == site && p->role == role)
			return profile->index[i];
	}
	if (profile->nr_sites == MAX_SITES)
		return 0;
	profile->sites = grow(profile->sites, profile->nr_sites, sizeof(*profile->sites));
	profile->sites[profile->nr_sites] = (struct profile_site){ .site = site, .role = role };
	profile->index[i] = ++profile->nr_sites;
	return profile->index[i];
}

static bool current(const struct explore_shm *shm, const struct explore_site *s)
{
	return s->cycle == shm->result.cycle && s->count && s->role < EXPLORE_ROLES;
}

static void merge_site(struct profile *profile, const struct explore_site *s)
{
	uint32_t at = find_site(profile, s->site, s->role);
	struct profile_site *p;

	if (!at)
		return;
	p = &profile->sites[at - 1];
	p->kind = s->kind;
	p->flags |= s->flags & (EXPLORE_SITE_CONFLICT | EXPLORE_SITE_EXTENT);
	if (p->count < s->count)
		p->count = s->count;
}

static bool known_pair(const struct profile *profile, uint32_t a, uint32_t b)
{
	size_t i;

	for (i = 0; i < profile->nr_pairs; i++) {
		if (profile->pairs[i].a == a && profile->pairs[i].b == b)
			return true;
	}
	return false;
}

static void merge_pair(struct profile *profile, const struct explore_site *a,
		       const struct explore_site *b)
{
	uint32_t i = find_site(profile, a->site, a->role), k = find_site(profile, b->site, b->role);

	if (!i || !k || profile->nr_pairs == MAX_PAIRS || known_pair(profile, i - 1, k - 1))
		return;
	profile->pairs = grow(profile->pairs, profile->nr_pairs, sizeof(*profile->pairs));
	profile->pairs[profile->nr_pairs++] = (struct profile_pair){ i - 1, k - 1 };
}

static void merge_granule(struct profile *profile, const struct explore_shm *shm,
			  const struct explore_granule *g)
{
	uint32_t i, k, nr = g->nr < EXPLORE_GRANULE_SITES ? g->nr : EXPLORE_GRANULE_SITES;

	for (i = 0; i < nr; i++) {
		for (k = 0; k < nr; k++) {
			const struct explore_site *a = &shm->sites[g->sites[i] % EXPLORE_SITES];
			const struct explore_site *b = &shm->sites[g->sites[k] % EXPLORE_SITES];

			if (a->role < b->role && current(shm, a) && current(shm, b))
				merge_pair(profile, a, b);
		}
	}
}

/* At least one of those who touched it wrote, and it was not alone. */
static bool contended(const struct explore_granule *g)
{
	uint32_t all = g->readers | g->writers;

	return g->writers && (all & (all - 1));
}

/**
 * profile_merge() - add what the last cycle showed
 * @profile: changed; all zeroes at first
 * @shm: after a cycle with EXPLORE_F_PROFILE
 */
void profile_merge(struct profile *profile, const struct explore_shm *shm)
{
	size_t i;

	if (!profile->index)
		profile->index = allocate(INDEX_SIZE * sizeof(*profile->index));
	for (i = 0; i < EXPLORE_SITES; i++) {
		if (current(shm, &shm->sites[i]))
			merge_site(profile, &shm->sites[i]);
	}
	for (i = 0; i < EXPLORE_GRANULES; i++) {
		const struct explore_granule *g = &shm->granules[i];

		if (g->cycle == shm->result.cycle && contended(g))
			merge_granule(profile, shm, g);
	}
	for (i = 0; i < EXPLORE_ROLES; i++) {
		if (shm->result.role_events[i])
			profile->roles |= 1u << i;
	}
	profile->events = shm->result.events;
}

/**
 * profile_note() - learn how long a cycle is
 * @profile: changed
 * @plan: the plan of the cycle
 * @result: what came of it
 */
void profile_note(struct profile *profile, const struct explore_plan *plan,
		  const struct explore_result *result)
{
	uint32_t *steps;

	if (plan->scope >= PROFILE_SCOPES)
		return;
	steps = &profile->steps[plan->scope];
	if (*steps < result->steps)
		*steps = result->steps;
}

/**
 * profile_roles() - the roles that take part and can be made to wait
 * @profile: the profile
 * @roles: room for EXPLORE_ROLES of them
 *
 * Return: how many.
 */
size_t profile_roles(const struct profile *profile, uint8_t *roles)
{
	const uint32_t never = 1u << EXPLORE_ROLE_NONE | 1u << EXPLORE_ROLE_OTHER |
			       1u << EXPLORE_ROLE_IRQ | 1u << EXPLORE_ROLE_TIMER;
	size_t n = 0;
	uint8_t role;

	for (role = 0; role < EXPLORE_ROLES; role++) {
		if (profile->roles & ~never & 1u << role)
			roles[n++] = role;
	}
	return n;
}

/**
 * profile_free() - forget everything
 * @profile: emptied
 */
void profile_free(struct profile *profile)
{
	free(profile->sites);
	free(profile->index);
	free(profile->pairs);
	memset(profile, 0, sizeof(*profile));
}
