// SPDX-License-Identifier: GPL-2.0
/*
 * Which modules there are to race: modules.json, which modules/outside.py leaves beside
 * what it has built, and the parameters that the user wants.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "race/race.h"

static bool has_parameter(json_t *module, const char *name, size_t len)
{
	json_t *list = json_object_get(module, "parameters"), *value;
	size_t i;

	json_array_foreach(list, i, value) {
		const char *parameter = json_string_value(value);

		if (parameter && strlen(parameter) == len && !memcmp(parameter, name, len))
			return true;
	}
	return false;
}

/* Those of the user's parameters that a module has. */
static char *own_params(json_t *module, const char *params)
{
	char *copy = format("%s", params), *result = format("%s", ""), *save, *word, *longer;

	for (word = strtok_r(copy, " \t", &save); word; word = strtok_r(NULL, " \t", &save)) {
		if (!has_parameter(module, word, strcspn(word, "=")))
			continue;
		longer = format("%s%s%s", result, *result ? " " : "", word);
		free(result);
		result = longer;
	}
	free(copy);
	return result;
}

static char *join(json_t *words)
{
	char *result = format("%s", ""), *longer;
	json_t *value;
	size_t i;

	json_array_foreach(words, i, value) {
		longer = format("%s%s%s", result, i ? " " : "", json_string_value(value));
		free(result);
		result = longer;
	}
	return result;
}

/* Is a name among those of a list, or this one? */
static bool is_among(json_t *names, const char *name, const char *or_this)
{
	json_t *value;
	size_t i;

	json_array_foreach(names, i, value) {
		if (!strcmp(json_string_value(value), name))
			return true;
	}
	return or_this && !strcmp(or_this, name);
}

/* Who could be loaded beside a module, once all is that it depends on itself. */
static bool is_user(json_t *other, json_t *module)
{
	const char *name = json_string_value(json_object_get(module, "name"));
	json_t *theirs = json_object_get(other, "depends"), *value;
	json_t *ours = json_object_get(module, "depends");
	size_t i;

	json_array_foreach(theirs, i, value) {
		if (!is_among(ours, json_string_value(value), name))
			return false;
	}
	return is_among(theirs, name, NULL);
}

static char *find_users(json_t *modules, json_t *module)
{
	json_t *users = json_array(), *other;
	char *result;
	size_t i;

	json_array_foreach(modules, i, other) {
		if (is_user(other, module))
			json_array_append(users, json_object_get(other, "name"));
	}
	result = join(users);
	json_decref(users);
	return result;
}

static void add_target(struct race *race, json_t *modules, json_t *module, const char *params)
{
	struct target *target;

	race->targets = grow(race->targets, race->nr_targets, sizeof(*target));
	target = &race->targets[race->nr_targets++];
	*target = (struct target){
		.name = format("%s", json_string_value(json_object_get(module, "name"))),
		.helpers = join(json_object_get(module, "depends")),
		.users = find_users(modules, module),
		.params = own_params(module, params),
		.firmware = join(json_object_get(module, "firmware")),
		.permanent = json_is_true(json_object_get(module, "permanent")),
		.took_ms = -1,
	};
}

/* A parameter that no module has is a slip of the user's, and would go unnoticed. */
static void check_params(json_t *modules, const char *params)
{
	char *copy = format("%s", params), *save, *word;
	bool known = true;
	json_t *module;
	size_t i;

	for (word = strtok_r(copy, " \t", &save); word; word = strtok_r(NULL, " \t", &save)) {
		known = false;
		json_array_foreach(modules, i, module)
			known |= has_parameter(module, word, strcspn(word, "="));
		if (!known)
			fatal("PARAMS=%s: the module has no parameter %.*s", params,
			      (int)strcspn(word, "="), word);
	}
	free(copy);
}

/**
 * race_list_read() - read which modules there are
 * @race: filled in; what is in it stays until the program ends
 * @dir: directory with modules.json
 * @params: module parameters of the user's, NAME=VALUE with blanks between
 *
 * Ends the program if there are none, or if none has such a parameter.
 */
void race_list_read(struct race *race, const char *dir, const char *params)
{
	char *path = format("%s/modules.json", dir);
	json_error_t error;
	json_t *root = json_load_file(path, 0, &error), *modules, *module;
	const char *source;
	size_t i;

	if (!root)
		fatal("%s: %s; modules/outside.py makes it", path, error.text);
	modules = json_object_get(root, "modules");
	source = json_string_value(json_object_get(root, "source"));
	*race = (struct race){
		.source = format("%s", source),
		.nr_left_out = json_array_size(json_object_get(root, "left_out")),
	};
	check_params(modules, params);
	json_array_foreach(modules, i, module) {
		if (json_is_true(json_object_get(module, "target")))
			add_target(race, modules, module, params);
	}
	if (!race->nr_targets)
		fatal("%s: no module to race", path);
	json_decref(root);
	free(path);
}
