// SPDX-License-Identifier: GPL-2.0
/*
 * The names of runs; see name.h.
 */
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "plan/name.h"
#include "plan/run.h"

/**
 * run_name() - the name of a run
 * @run: the run; outlives the name
 */
struct run_name run_name(const struct run *run)
{
	return (struct run_name){ run->spec.scenario->name, run->spec.variant->name,
				  run->spec.mode };
}

/**
 * name_equal() - do two names stand for the same run?
 * @a: one
 * @b: the other, perhaps from a file
 */
bool name_equal(struct run_name a, struct run_name b)
{
	return a.mode == b.mode && !strcmp(a.scenario, b.scenario) && !strcmp(a.variant, b.variant);
}

/**
 * name_matches() - does the user want what is called so?
 * @name: the name; its mode does not matter
 * @only: shell pattern on the scenario, or on "scenario/variant"; NULL for all
 */
bool name_matches(struct run_name name, const char *only)
{
	return !only || !fnmatch(only, name_variant(name).text, 0) ||
	       !fnmatch(only, name.scenario, 0);
}

/**
 * name_variant() - "scenario/variant"
 * @name: the name
 */
struct name_text name_variant(struct run_name name)
{
	struct name_text n;

	snprintf(n.text, sizeof(n.text), "%s/%s", name.scenario, name.variant);
	return n;
}

static struct name_text with_mode(struct run_name name, char separator)
{
	struct name_text n;

	snprintf(n.text, sizeof(n.text), "%s/%s%c%s", name.scenario, name.variant, separator,
		 run_mode_names[name.mode]);
	return n;
}

/**
 * name_text() - "scenario/variant mode"
 * @name: the name
 */
struct name_text name_text(struct run_name name)
{
	return with_mode(name, ' ');
}

/**
 * name_path() - "scenario/variant/mode"
 * @name: the name
 */
struct name_text name_path(struct run_name name)
{
	return with_mode(name, '/');
}
