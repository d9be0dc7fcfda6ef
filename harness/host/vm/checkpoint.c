// SPDX-License-Identifier: GPL-2.0
/*
 * The states of checkpoint.h.
 */
#include "vm/checkpoint.h"

/**
 * checkpoint_ask() - the guest has been told to take a checkpoint
 * @c: there is none yet
 */
void checkpoint_ask(struct checkpoint *c)
{
	c->state = CHECKPOINT_ASKED;
}

/**
 * checkpoint_go_back() - the guest has been told to go back
 * @c: it is kept
 */
void checkpoint_go_back(struct checkpoint *c)
{
	c->state = CHECKPOINT_RETURNING;
}

static enum checkpoint_news hear_whether_taken(struct checkpoint *c,
					       const struct explore_checkpoint *says)
{
	c->state = says->taken ? CHECKPOINT_KEPT : CHECKPOINT_NEVER;
	c->error = says->error;
	return says->taken ? CHECKPOINT_TAKEN : CHECKPOINT_REFUSED;
}

static enum checkpoint_news hear_whether_back(struct checkpoint *c,
					      const struct explore_checkpoint *says)
{
	if (says->back == c->back)
		return CHECKPOINT_UNDER_WAY;
	c->back = says->back;
	c->state = CHECKPOINT_KEPT;
	return CHECKPOINT_ARRIVED;
}

/**
 * checkpoint_hear() - the guest asks for a plan
 * @c: its checkpoint
 * @says: what it says of that
 *
 * Return: what is to be learnt from it.
 */
enum checkpoint_news checkpoint_hear(struct checkpoint *c, const struct explore_checkpoint *says)
{
	switch (c->state) {
	case CHECKPOINT_ASKED:
		return hear_whether_taken(c, says);
	case CHECKPOINT_RETURNING:
		return hear_whether_back(c, says);
	default:
		return CHECKPOINT_NO_NEWS;
	}
}
