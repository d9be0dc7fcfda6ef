/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kinds of traffic are made of: a worker as its kind sees it, and how an
 * operation fails, holds something across an unload, or is kept small.
 */
#ifndef MODRACE_TRAFFIC_KIT_H
#define MODRACE_TRAFFIC_KIT_H

#include "board.h"
#include "kind.h"

/**
 * enum traffic_hold - how long an operation keeps what it has opened
 * @TRAFFIC_HOLD_NO: only for as long as it uses it
 * @TRAFFIC_HOLD_YES: across an unload, and then it uses it once more
 * @TRAFFIC_HOLD_FOREVER: until the traffic is parked, whatever the remover wants
 */
enum traffic_hold {
	TRAFFIC_HOLD_NO,
	TRAFFIC_HOLD_YES,
	TRAFFIC_HOLD_FOREVER,
};

/**
 * struct traffic - one worker's view of itself
 * @kind: what it does
 * @params: what its section says, in the structure of its kind
 * @slot: its part of the shared page
 * @board: the remover's part
 * @fd: for the kind's use; -1 at first
 * @flags: what @fd was opened with, by file_open()
 * @priv: for the kind's use
 */
struct traffic {
	const struct traffic_kind *kind;
	const void *params;
	struct traffic_slot *slot;
	struct traffic_board *board;
	int fd;
	int flags;
	void *priv;
};

/* Keys that several kinds have. */
#define TRAFFIC_HOLD(s, field) TRAFFIC_CHOICE(s, field, traffic_hold_words)

extern const char *const traffic_hold_words[];

bool traffic_is_miss(int err);
int traffic_fail(struct traffic *t, const char *what, int err);
void traffic_give_up(struct traffic *t, const char *what, int err);
void traffic_hold(struct traffic *t, enum traffic_hold hold);
unsigned long traffic_batch(const struct traffic *t, unsigned long nr);

#endif /* MODRACE_TRAFFIC_KIT_H */
