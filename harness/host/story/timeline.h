/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The timeline of one cycle: of its events those that tell the story, as text and as
 * JSON, of which harness/report makes a drawing and a page.
 *
 *	events      t t t t t r r r r r r r r t t t		a million or so
 *	steps       hook------| exit, kfree  |hook		some dozen
 *	                switch ^              ^ failure
 *
 * A step is what one role did in one function of a module without a break, or a
 * single event worth a line: an object that the module uses is allocated or
 * freed, a reference to the module is taken or dropped, its state changes, a
 * decision is taken, the cycle fails.
 */
#ifndef MODRACE_TIMELINE_H
#define MODRACE_TIMELINE_H

#include <stdio.h>

#include "decode/symbols.h"

#include <linux/modrace_explore.h>

#define TIMELINE_TEXT_LEN 160

/**
 * struct timeline_input - what a timeline is made of
 * @events: of the cycle
 * @nr: how many
 * @first: number of the first of them, from 0
 * @shm: of the guest
 * @syms: of the guest
 * @title: what failed, empty if nothing did
 * @after: it failed when the cycle was over: in an audit, or when the module was loaded
 *	again
 * @address: memory or text the failure is about, 0 if unknown
 * @function: where it failed, as the report says, or empty
 * @place: "file:line" of it, or empty
 */
struct timeline_input {
	const struct explore_event *events;
	size_t nr;
	uint64_t first;
	const struct explore_shm *shm;
	struct symbols *syms;
	const char *title;
	bool after;
	uint64_t address;
	char function[SYMBOLS_NAME_LEN];
	char place[SYMBOLS_FILE_LEN + 32];
};

/**
 * enum step_mark - what a step is marked as
 * @STEP_PLAIN: nothing special
 * @STEP_SWITCH: a decision was taken before it
 * @STEP_DECISIVE: and the failure turns on it
 * @STEP_FREE: memory is freed that the module uses
 * @STEP_FAILURE: the cycle failed there
 */
enum step_mark {
	STEP_PLAIN,
	STEP_SWITCH,
	STEP_DECISIVE,
	STEP_FREE,
	STEP_FAILURE,
};

/**
 * struct step - one step
 * @event: number of its first event in the cycle, from 0
 * @role: enum explore_role
 * @mark: what it is marked as
 * @time: virtual nanoseconds since the first event
 * @state: enum module_state, EXPLORE_NO_MODULE once the module is gone
 * @refs: reference count of the module
 * @function: where
 * @in_module: that is in a module
 * @place: "file:line", or "file:line-line"
 * @what: what was done, may be empty
 */
struct step {
	uint64_t event;
	uint8_t role;
	enum step_mark mark;
	uint64_t time;
	uint8_t state;
	int32_t refs;
	char function[SYMBOLS_NAME_LEN];
	bool in_module;
	char place[SYMBOLS_FILE_LEN + 32];
	char what[TIMELINE_TEXT_LEN];
};

/**
 * struct timeline - the steps of a cycle
 * @steps: in order
 * @nr: how many
 * @begin: the first step that is always shown; those before are the approach
 * @roles: bit for each role that has a step
 * @decisive: the decisive switch in one sentence
 * @switch_event: number of the event before which it was made, from 0; UINT64_MAX
 *	if there is none
 */
struct timeline {
	struct step *steps;
	size_t nr;
	size_t begin;
	uint32_t roles;
	char *decisive;
	uint64_t switch_event;
};

void timeline_make(struct timeline *timeline, const struct timeline_input *input);
void timeline_free(struct timeline *timeline);
const char *module_state_name(unsigned int state);

/* timeline_text.c */
void timeline_write_text(FILE *out, const struct timeline *timeline,
			 const struct timeline_input *input, bool whole);

#endif /* MODRACE_TIMELINE_H */
