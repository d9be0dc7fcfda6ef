// SPDX-License-Identifier: GPL-2.0
/*
 * What `modrace race` does before anything is raced, and what it says of that. The parts
 * are in race_list.c (which modules), race_look.c and race_commands.c (what they register and
 * take), race_choose.c and race_sections.c (the scenario); the race itself is that of any.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "race/race.h"

/**
 * race_find_scenarios() - look at the modules and write their scenarios
 * @race: the modules; what was found is filled in
 * @options: kernels, modes, seed
 * @jobs: guests at a time, 0 for the default
 * @memory_mb: memory of each guest, MiB
 * @results: directory of the results; logs go to look/ in it, scenarios to race/
 *
 * Prints what was found.
 */
void race_find_scenarios(struct race *race, const struct batch_options *options, unsigned int jobs,
			 unsigned int memory_mb, const char *results)
{
	char *look = format("%s/look", results);
	char *scenarios = format("%s/race", results);

	race_look(race, options, jobs, memory_mb, look);
	race_print(race);
	race_write_scenarios(race, scenarios);
	free(scenarios);
	free(look);
}

/**
 * race_take_scenario() - use a scenario of the user's instead
 * @path: the file
 * @dir: where the scenarios of this race are kept, made here
 */
void race_take_scenario(const char *path, const char *dir)
{
	const char *base = strrchr(path, '/');
	char *copy, *text;
	FILE *file;

	text = file_read(path, NULL);
	if (!text)
		fatal("SCENARIO=%s: %s", path, strerror(errno));
	if (!make_directory(dir))
		fatal("%s: cannot create the directory: %s", dir, strerror(errno));
	copy = format("%s/%s", dir, base ? base + 1 : path);
	file = file_begin_or_die(copy);
	fputs(text, file);
	file_commit_or_die(file, copy);
	free(copy);
	free(text);
}

/**
 * race_refused() - say which modules cannot be raced, and why
 * @race: the modules
 *
 * Return: how many.
 */
size_t race_refused(const struct race *race)
{
	size_t i, refused = 0;

	for (i = 0; i < race->nr_targets; i++) {
		if (!race->targets[i].refused)
			continue;
		fprintf(stderr, "modrace: %s: %s\n", race->targets[i].name,
			race->targets[i].refused);
		refused++;
	}
	return refused;
}

/**
 * race_tell_scenarios() - say where the scenarios are that were written
 * @race: the modules
 * @dir: directory of the scenarios
 */
void race_tell_scenarios(const struct race *race, const char *dir)
{
	size_t i;

	for (i = 0; i < race->nr_targets; i++) {
		if (!race->targets[i].refused)
			printf("scenario in %s/%s.ini\n", dir, race->targets[i].name);
	}
}
