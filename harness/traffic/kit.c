// SPDX-License-Identifier: GPL-2.0
/*
 * The functions of kit.h, called by workers from within an operation.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "compiler.h"
#include "kit.h"

/* Longest time something is held. Where time is virtual, waiting costs nothing. */
#define HOLD_US         5000
#define HOLD_VIRTUAL_US 1000000

/* Steps of an operation where each of them is scheduled: races need few. */
#define CYCLE_BATCH 2ul

const char *const traffic_hold_words[] = {
	[TRAFFIC_HOLD_NO] = "no",
	[TRAFFIC_HOLD_YES] = "yes",
	[TRAFFIC_HOLD_FOREVER] = "forever",
	NULL,
};

/* The module is not there, or not ready. */
static bool is_absence(int err)
{
	return err == -ENOENT || err == -ENODEV || err == -ENXIO || err == -ECONNREFUSED ||
	       err == -EAGAIN;
}

/* It is, and does not want to, or cannot now; of others' modules that is to be expected. */
static bool is_refusal(int err)
{
	static const int refusals[] = {
		EBUSY,      EEXIST, EINVAL, EIO,    ENOSPC,    ENOTTY,
		EOPNOTSUPP, ESPIPE, ERANGE, EDQUOT, ETIMEDOUT, EINTR,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(refusals); i++) {
		if (err == -refusals[i])
			return true;
	}
	return false;
}

/**
 * traffic_is_miss() - does an error say that the module is not there, or does not want to?
 * @err: negative errno
 */
bool traffic_is_miss(int err)
{
	return is_absence(err) || is_refusal(err);
}

/**
 * traffic_give_up() - have the remover end the run as BROKEN
 * @t: the worker
 * @what: the call that failed; the first one named is kept, it is nearest to the cause
 * @err: negative errno
 */
void traffic_give_up(struct traffic *t, const char *what, int err)
{
	if (!*t->slot->error_what)
		snprintf(t->slot->error_what, sizeof(t->slot->error_what), "%s", what);
	t->slot->error = -err;
	doorbell_ring(&t->board->to_remover);
}

/**
 * traffic_fail() - name the call that failed, for the message that ends the run
 * @t: the worker
 * @what: the call
 * @err: negative errno; the run goes on if it is a miss
 *
 * Return: @err.
 */
int traffic_fail(struct traffic *t, const char *what, int err)
{
	if (is_refusal(err))
		snprintf(t->slot->refusal, sizeof(t->slot->refusal), "%s: %s", what,
			 strerror(-err));
	else if (!is_absence(err))
		traffic_give_up(t, what, err);
	return err;
}

/**
 * traffic_hold() - keep what has been opened
 * @t: the worker
 * @hold: for how long, not TRAFFIC_HOLD_NO
 *
 * Returns when the remover wants the workers parked and, unless it is for ever, after the
 * next attempt to unload or after 5 ms (1 s of virtual time); at once while this worker
 * still has to reach its goal.
 */
void traffic_hold(struct traffic *t, enum traffic_hold hold)
{
	struct traffic_board *board = t->board;
	bool forever = hold == TRAFFIC_HOLD_FOREVER, timed = board->pace == PACE_FREE;
	uint64_t deadline = forever ? DOORBELL_FOR_EVER :
				      doorbell_deadline(timed ? HOLD_US : HOLD_VIRTUAL_US);
	uint32_t seq = board->unload_seq;
	uint32_t seen;

	if (t->slot->ops < t->slot->goal)
		return;
	t->slot->held = true;
	if (forever)
		doorbell_ring(&board->to_remover);
	do {
		seen = doorbell_rings(&board->to_workers);
		if (!board->open || (!forever && board->unload_seq != seq))
			break;
	} while (doorbell_wait(&board->to_workers, seen, deadline));
}

/**
 * traffic_batch() - how many steps of a kind an operation is made of
 * @t: the worker
 * @nr: what the scenario says
 *
 * Return: @nr, or few where every step is scheduled, since races need one of them and
 * not many.
 */
unsigned long traffic_batch(const struct traffic *t, unsigned long nr)
{
	return t->board->pace == PACE_SCHEDULE && nr > CYCLE_BATCH ? CYCLE_BATCH : nr;
}
