/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Scenario files: what is raced against what, and what must come of it.
 *
 * The same parser serves the host, which plans and judges, and the guest,
 * which carries the race out; the file travels to the guest unchanged. README
 * documents the format. Parsing is strict: an unknown section or key, a
 * duplicate, a value out of range or a missing key is an error that names
 * file:line.
 */
#ifndef MODRACE_SCENARIO_H
#define MODRACE_SCENARIO_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "kind.h"
#include "signature_classes.h"

#define SCENARIO_NAME_LEN     64
#define SCENARIO_VALUE_LEN    192
#define SCENARIO_MAX_HELPERS  16
#define SCENARIO_MAX_TRAFFIC  24
#define SCENARIO_MAX_VARIANTS 8
#define SCENARIO_MAX_WORKERS  4
#define SCENARIO_ERROR_LEN    512

/* What a run may take if the scenario does not say, seconds. */
#define SCENARIO_TIMEOUT 300

/**
 * enum run_mode - how a run is carried out; on the host by the rows of modes.c
 * @MODE_STRESS: SMP kernel, real parallelism
 * @MODE_EXPLORE: uniprocessor kernel in virtual time
 * @MODE_LOCKDEP: races as MODE_STRESS does, on an SMP kernel with lockdep and preemption
 */
enum run_mode {
	MODE_STRESS,
	MODE_EXPLORE,
	MODE_LOCKDEP,
	NR_MODES,
};

/* The names of the modes, for messages. */
#define RUN_MODE_LIST "stress, explore, lockdep"

/**
 * enum expectation - what a variant must do
 * @EXPECT_PASS: run all its cycles without a report
 * @EXPECT_FAIL: fail, with a title that matches its signature
 */
enum expectation {
	EXPECT_PASS,
	EXPECT_FAIL,
};

/**
 * enum removal - how the module is removed
 * @REMOVAL_NONBLOCK: unload or fail, as rmmod does
 * @REMOVAL_FORCE: the same with O_TRUNC, which overrides reference counts
 * @REMOVAL_UNREG: disable it, the last reference removes it
 * @REMOVAL_UNREG_WAIT: the same, and delete_module(2) waits until it is gone
 * @REMOVAL_TWO_REMOVERS: two processes at once disable it and wait
 * @REMOVAL_UNREG_PENDING: disable it while somebody holds it, and see that other
 *	traffic goes on meanwhile
 * @REMOVAL_GIVEUP_REENABLE: disable it, wait, give up, enable it again, and then
 *	disable it for good; somebody has to hold it all the time
 * @REMOVAL_UNBIND: an event of another kind first: a device is taken from its driver under
 *	traffic and given back, a few times; removed as by rmmod when the traffic is parked
 * @REMOVAL_DELETE: the same, the event is that something is written to a file, once
 * @REMOVAL_RELOAD: the same, the event is that rmmod is followed by the next load at once
 *
 * removal.c of the guest has the steps of each.
 */
enum removal {
	REMOVAL_NONBLOCK,
	REMOVAL_FORCE,
	REMOVAL_UNREG,
	REMOVAL_UNREG_WAIT,
	REMOVAL_TWO_REMOVERS,
	REMOVAL_UNREG_PENDING,
	REMOVAL_GIVEUP_REENABLE,
	REMOVAL_UNBIND,
	REMOVAL_DELETE,
	REMOVAL_RELOAD,
	NR_REMOVALS,
};

/* The first that is an event of another kind. */
#define REMOVAL_EVENTS REMOVAL_UNBIND

/**
 * enum reach - who has to reach the module in a cycle before it is removed
 * @REACH_ALL: every worker
 * @REACH_ANY: one of them; the others may find nothing there for them
 */
enum reach {
	REACH_ALL,
	REACH_ANY,
};

/**
 * struct traffic_spec - one [traffic NAME] section
 * @name: the section's own name
 * @kind: what its workers do
 * @workers: how many processes run it
 * @uid: the user they run as, 0 for root
 * @params: what the keys of @kind say, in its own structure, defaults filled in
 * @given: bit per key of @kind that the file has
 * @line: where the section starts, for messages
 */
struct traffic_spec {
	char name[SCENARIO_NAME_LEN];
	const struct traffic_kind *kind;
	unsigned int workers;
	unsigned int uid;
	uint64_t params[TRAFFIC_PARAMS_LEN / sizeof(uint64_t)];
	unsigned int given;
	int line;
};

/**
 * struct variant - one [variant NAME] section
 * @name: the section's own name, "broken" and "fixed" by custom
 * @module: the module raced, without ".ko"
 * @params: module parameters for finit_module(2)
 * @removal: how it is removed
 * @requires: what the kernel must have for the variant to make sense, names of
 *	features or exported symbols separated by blanks
 * @expect: what must come of it
 * @signature: POSIX extended regular expression that a failure's title must
 *	match to count as the expected one, its classes written out; empty unless
 *	@expect is EXPECT_FAIL
 * @signature_line: where it is, for messages
 * @twin: the variant that is named as its twin, empty for none; scenario_twin()
 *	knows which one it is then
 * @twin_line: where it is, for messages
 * @modes: bit per enum run_mode this variant runs in
 * @line: where the section starts, for messages
 */
struct variant {
	char name[SCENARIO_NAME_LEN];
	char module[SCENARIO_NAME_LEN];
	char params[SCENARIO_VALUE_LEN];
	enum removal removal;
	char requires[SCENARIO_VALUE_LEN];
	enum expectation expect;
	char signature[SIGNATURE_LEN];
	int signature_line;
	char twin[SCENARIO_NAME_LEN];
	int twin_line;
	unsigned int modes;
	int line;
};

/**
 * struct scenario - one scenario file
 * @name: file name less its directory and ".ini"
 * @path: the file as it was named to scenario_load()
 * @title: one line for people
 * @module: the module raced by variants that do not name another
 * @helpers: modules loaded once, before the first cycle, in order
 * @nr_helpers: entries used of @helpers
 * @helper_params: parameters for each of @helpers
 * @cycles: load-race-unload rounds, by enum run_mode
 * @attempts: tries to unload under traffic before the traffic is stopped
 * @settle: good operations each worker must have done before the unload; with 0 the
 *	first use of the module races it
 * @removal: how variants that do not say otherwise remove the module
 * @event_path: what the events are about: a device in its driver's directory, or the file
 *	that is written to; empty if there are none
 * @event_write: what is written to it
 * @reach: who has to reach the module before that
 * @look: list what the module registers
 * @timeout: seconds of host time one run may take, restarts included
 * @traffic: the traffic sections
 * @nr_traffic: entries used of @traffic
 * @variants: the variant sections
 * @nr_variants: entries used of @variants
 */
struct scenario {
	char name[SCENARIO_NAME_LEN];
	char path[4096];
	char title[SCENARIO_VALUE_LEN];
	char module[SCENARIO_NAME_LEN];
	char helpers[SCENARIO_MAX_HELPERS][SCENARIO_NAME_LEN];
	char helper_params[SCENARIO_MAX_HELPERS][SCENARIO_VALUE_LEN];
	unsigned int nr_helpers;
	unsigned int cycles[NR_MODES];
	unsigned int attempts;
	unsigned int settle;
	enum removal removal;
	char event_path[SCENARIO_VALUE_LEN];
	char event_write[SCENARIO_VALUE_LEN];
	enum reach reach;
	unsigned int look;
	unsigned int timeout;
	struct traffic_spec traffic[SCENARIO_MAX_TRAFFIC];
	unsigned int nr_traffic;
	struct variant variants[SCENARIO_MAX_VARIANTS];
	unsigned int nr_variants;
};

extern const char *const run_mode_names[NR_MODES];

int scenario_load(const char *path, struct scenario *s, char *error);
int scenario_parse(FILE *file, const char *path, struct scenario *s, char *error);
const struct variant *scenario_variant(const struct scenario *s, const char *name);
const struct variant *scenario_twin(const struct scenario *s, const struct variant *v,
				    enum run_mode mode);
const char *scenario_traffic_module(const struct traffic_spec *t);
void scenario_name_module(struct scenario *s, const char *module);
int run_mode_parse(const char *name);

#endif /* MODRACE_SCENARIO_H */
