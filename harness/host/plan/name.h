/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a run is called, wherever it comes up: "scenario/variant" where the mode stands
 * beside it or does not matter, "scenario/variant mode" in a sentence, and
 * "scenario/variant/mode" as a path.
 *
 *	printf("%s failed\n", name_text(run_name(run)).text);
 */
#ifndef MODRACE_NAME_H
#define MODRACE_NAME_H

#include <stdbool.h>

#include "scenario.h"

struct run;

/**
 * struct run_name - what tells a run from all others
 * @scenario: its scenario; not owned, as @variant
 * @variant: its variant
 * @mode: its mode
 */
struct run_name {
	const char *scenario;
	const char *variant;
	enum run_mode mode;
};

/**
 * struct name_text - a name in words, handed over by value so that nobody has to free it
 * @text: the words
 */
struct name_text {
	char text[2 * SCENARIO_NAME_LEN + 16];
};

struct run_name run_name(const struct run *run);
bool name_equal(struct run_name a, struct run_name b);
bool name_matches(struct run_name name, const char *only);
struct name_text name_variant(struct run_name name);
struct name_text name_text(struct run_name name);
struct name_text name_path(struct run_name name);

#endif /* MODRACE_NAME_H */
