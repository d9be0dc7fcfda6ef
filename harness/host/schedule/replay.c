// SPDX-License-Identifier: GPL-2.0
/*
 * See replay.h. Virtual times are compared like everything else: they are part
 * of what must not differ.
 */
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "schedule/replay.h"

/**
 * replay_create() - nothing replayed yet
 * @wanted: how many replays there are to be
 *
 * Return: allocated, to be given to replay_free().
 */
struct replay *replay_create(unsigned int wanted)
{
	struct replay *replay = allocate(sizeof(*replay));

	replay->wanted = wanted;
	return replay;
}

/**
 * replay_free() - free the comparison
 * @replay: the comparison
 */
void replay_free(struct replay *replay)
{
	free(replay->trace);
	free(replay->text);
	free(replay->script);
	free(replay);
}

/**
 * replay_clear() - begin anew
 * @replay: the comparison
 * @wanted: how many replays there are to be
 */
void replay_clear(struct replay *replay, unsigned int wanted)
{
	free(replay->trace);
	free(replay->text);
	memset(replay, 0, sizeof(*replay));
	replay->wanted = wanted;
}

static size_t trace_length(const struct explore_shm *shm)
{
	uint64_t events = shm->result.events;

	return events < shm->nr_trace ? events : shm->nr_trace;
}

/* The @i-th event that the ring still holds. */
static const struct explore_event *trace_event(const struct explore_shm *shm, size_t i)
{
	uint64_t first = shm->result.events - trace_length(shm);

	return &shm->trace[(first + i) % shm->nr_trace];
}

static void keep_first(struct replay *replay, const struct explore_shm *shm)
{
	size_t i;

	replay->first = shm->result;
	replay->nr_trace = trace_length(shm);
	replay->trace = allocate((replay->nr_trace + 1) * sizeof(*replay->trace));
	for (i = 0; i < replay->nr_trace; i++)
		replay->trace[i] = *trace_event(shm, i);
	replay->identical = 1;
}

static size_t first_difference(const struct replay *replay, const struct explore_shm *shm)
{
	size_t i, nr = trace_length(shm);

	for (i = 0; i < nr && i < replay->nr_trace; i++) {
		if (memcmp(&replay->trace[i], trace_event(shm, i), sizeof(*replay->trace)))
			break;
	}
	return i;
}

static void keep_difference(struct replay *replay, const struct explore_shm *shm, size_t at)
{
	replay->differs = true;
	replay->other = shm->result;
	replay->at = at;
	if (at < replay->nr_trace)
		replay->event = replay->trace[at];
	if (at < trace_length(shm))
		replay->other_event = *trace_event(shm, at);
}

static bool same_result(const struct explore_result *a, const struct explore_result *b)
{
	return a->status == b->status && a->events == b->events && a->hash == b->hash &&
	       a->hash_addr == b->hash_addr && a->time == b->time;
}

/**
 * replay_add() - compare one more replay with the first
 * @replay: the comparison
 * @shm: of its guest, after a cycle with EXPLORE_F_TRACE
 */
void replay_add(struct replay *replay, const struct explore_shm *shm)
{
	size_t at;

	if (!replay->done++) {
		keep_first(replay, shm);
		return;
	}
	at = first_difference(replay, shm);
	if (same_result(&replay->first, &shm->result) && at == replay->nr_trace)
		replay->identical++;
	else if (!replay->differs)
		keep_difference(replay, shm, at);
}
