/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Racing a module of somebody else's: look at what it registers, choose traffic for that,
 * write the scenario, race it.
 *
 *	modules.json --race_list_read()--> struct race
 *		--race_look()--> findings of each module, or why it cannot be raced
 *		--race_write_scenarios()--> NAME.ini --batch_make()--> runs as ever
 */
#ifndef MODRACE_RACE_H
#define MODRACE_RACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "plan/batch.h"

#define RACE_VARIANT "as-is"

/**
 * struct finding - one thing that a module registers
 * @kind: first word of the guest's record, see look.c there
 * @text: the rest
 */
struct finding {
	char *kind;
	char *text;
};

/**
 * struct target - one module to be raced
 * @name: as the kernel knows it
 * @helpers: what is loaded before, names separated by blanks
 * @users: modules that need it and nothing else that is not in @helpers, as in @helpers
 * @params: its parameters
 * @firmware: files that it says it needs, names separated by blanks
 * @permanent: it has no exit function
 * @findings: what it registers
 * @nr_findings: how many
 * @refcount: its reference count after a load, with nobody about
 * @took_ms: from the load to the end of the cycle, -1 if it did not get there
 * @command: what may be written to its files, with a number; NULL if nothing is known
 * @undo: what takes that back
 * @refused: why it cannot be raced, or NULL
 */
struct target {
	char *name;
	char *helpers;
	char *users;
	char *params;
	char *firmware;
	bool permanent;
	struct finding *findings;
	size_t nr_findings;
	int refcount;
	long took_ms;
	char *command;
	char *undo;
	char *refused;
};

/**
 * struct race - the modules to be raced
 * @source: where they are from, for people
 * @targets: the modules
 * @nr_targets: how many
 * @nr_left_out: how many could not be built, which has been said
 */
struct race {
	char *source;
	struct target *targets;
	size_t nr_targets;
	size_t nr_left_out;
};

void race_list_read(struct race *race, const char *dir, const char *params);
void race_look(struct race *race, const struct batch_options *options, unsigned int jobs,
	       unsigned int memory_mb, const char *dir);
void race_find_commands(struct target *t);
void race_write_scenarios(const struct race *race, const char *dir);
void race_print(const struct race *race);

void race_find_scenarios(struct race *race, const struct batch_options *options, unsigned int jobs,
			 unsigned int memory_mb, const char *results);
void race_take_scenario(const char *path, const char *dir);
size_t race_refused(const struct race *race);
void race_tell_scenarios(const struct race *race, const char *dir);

#endif /* MODRACE_RACE_H */
