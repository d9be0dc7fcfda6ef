/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the host knows of a guest's checkpoint: whether there is one, and whether the
 * guest has come back to it.
 *
 *	NONE --asked--> ASKED --taken--> KEPT --told----> RETURNING
 *			  |		  ^------arrives------+
 *			  +--cannot--> NEVER
 *
 * A guest that is told to go back and does not arrive is of no more use; whoever waits
 * for it ends it like any other that hangs.
 */
#ifndef MODRACE_CHECKPOINT_H
#define MODRACE_CHECKPOINT_H

#include <stdint.h>

#include <linux/modrace_explore.h>

/**
 * enum checkpoint_state - how far a guest is with its checkpoint
 * @CHECKPOINT_NONE: nobody has asked for one
 * @CHECKPOINT_ASKED: it has been told to take one
 * @CHECKPOINT_NEVER: it cannot
 * @CHECKPOINT_KEPT: there is one
 * @CHECKPOINT_RETURNING: it has been told to go back
 */
enum checkpoint_state {
	CHECKPOINT_NONE,
	CHECKPOINT_ASKED,
	CHECKPOINT_NEVER,
	CHECKPOINT_KEPT,
	CHECKPOINT_RETURNING,
};

/**
 * enum checkpoint_news - what a request of the guest's says of its checkpoint
 * @CHECKPOINT_NO_NEWS: nothing
 * @CHECKPOINT_TAKEN: there is one now
 * @CHECKPOINT_REFUSED: there is none, and there will be none
 * @CHECKPOINT_ARRIVED: the guest is back at it
 * @CHECKPOINT_UNDER_WAY: the guest has asked before it was on its way; it will again
 */
enum checkpoint_news {
	CHECKPOINT_NO_NEWS,
	CHECKPOINT_TAKEN,
	CHECKPOINT_REFUSED,
	CHECKPOINT_ARRIVED,
	CHECKPOINT_UNDER_WAY,
};

/**
 * struct checkpoint - one guest's
 * @state: how far it is
 * @back: how often it has arrived
 * @error: why there is none, an errno
 */
struct checkpoint {
	enum checkpoint_state state;
	uint32_t back;
	int error;
};

void checkpoint_ask(struct checkpoint *c);
void checkpoint_go_back(struct checkpoint *c);
enum checkpoint_news checkpoint_hear(struct checkpoint *c, const struct explore_checkpoint *says);

#endif /* MODRACE_CHECKPOINT_H */
