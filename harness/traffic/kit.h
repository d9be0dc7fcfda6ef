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
 * @written: number of the operation that wrote what is to be undone, 0 if none did
 * @index: its number within its section, from 0
 * @workers: how many its section has
 * @priv: for the kind's use
 */
struct traffic {
	const struct traffic_kind *kind;
	const void *params;
	struct traffic_slot *slot;
	struct traffic_board *board;
	int fd;
	int flags;
	unsigned long written;
	unsigned int index;
	unsigned int workers;
	void *priv;
};

/* Keys that several kinds have. */
#define TRAFFIC_HOLD(s, field) TRAFFIC_CHOICE(s, field, traffic_hold_words)

extern const char *const traffic_hold_words[];

bool traffic_is_miss(int err);
int traffic_fail(struct traffic *t, const char *what, int err);
void traffic_give_up(struct traffic *t, const char *what, int err);
void traffic_hold(struct traffic *t, enum traffic_hold hold);
void traffic_hold_in(struct traffic *t, enum traffic_hold hold, void (*call)(struct traffic *t));
int traffic_wakes(void);
void traffic_be_patient(bool patient);
void traffic_read_files(const char *path, unsigned int most);
unsigned long traffic_turn(const struct traffic *t);
unsigned long traffic_batch(const struct traffic *t, unsigned long nr);

#endif /* MODRACE_TRAFFIC_KIT_H */
