/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Comparing replays of one schedule, event by event.
 */
#ifndef MODRACE_REPLAY_H
#define MODRACE_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/modrace_explore.h>

/**
 * struct replay - what replays of one schedule came to
 * @wanted: how many there are to be
 * @begun: how many have been begun
 * @done: how many are over
 * @identical: how many of these were like the first
 * @first: result of the first
 * @trace: its events, the last ones if there were too many
 * @nr_trace: entries of @trace
 * @differs: one that was not like the first has been kept
 * @other: its result
 * @at: position in @trace of the first event that differs; @nr_trace if all that
 *	both have are alike
 * @event: that event of the first
 * @other_event: and of the other
 * @text: both events in words, allocated; NULL if nothing differs
 * @script: file that gets what a debugger needs to know
 * @stop_event: number of the event at which to stop in a debugger, from 1; 0 for none
 * @title: what the first one failed with, empty if it went well
 * @refusal: why the schedule cannot be carried out, or empty
 * @observer: is told after each replay; may be NULL
 */
struct replay {
	unsigned int wanted;
	unsigned int begun;
	unsigned int done;
	unsigned int identical;
	struct explore_result first;
	struct explore_event *trace;
	size_t nr_trace;
	bool differs;
	struct explore_result other;
	size_t at;
	struct explore_event event;
	struct explore_event other_event;
	char *text;
	char *script;
	uint64_t stop_event;
	char title[256];
	char refusal[512];
	void (*observer)(const struct replay *replay);
};

struct replay *replay_create(unsigned int wanted);
void replay_free(struct replay *replay);
void replay_add(struct replay *replay, const struct explore_shm *shm);
void replay_clear(struct replay *replay, unsigned int wanted);

#endif /* MODRACE_REPLAY_H */
