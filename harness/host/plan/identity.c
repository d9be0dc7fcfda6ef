// SPDX-License-Identifier: GPL-2.0
/*
 * See identity.h.
 */
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "plan/identity.h"
#include "plan/kernel.h"

/* As much of a build ID as tells builds apart. */
static char *build_id(const char *path, char **error)
{
	char *id = file_build_id(path);

	if (id && strlen(id) >= IDENTITY_LEN) {
		id[IDENTITY_LEN] = '\0';
		return id;
	}
	*error = format("%s: has no build ID; build it with the kernel's own rules", path);
	free(id);
	return NULL;
}

static char *module_id(const char *module, char *const *module_dirs, char **error)
{
	char *path = module_find(module_dirs, module, true), *id;

	if (!path) {
		*error = format("module %s: not found; build it again", module);
		return NULL;
	}
	id = build_id(path, error);
	free(path);
	return id;
}

/* Appends to @list, or lets go of it. */
static char *append(char *list, const char *module, char *const *module_dirs, char **error)
{
	char *id = list ? module_id(module, module_dirs, error) : NULL, *longer = NULL;

	if (id)
		longer = format("%s%s%s:%s", list, *list ? "," : "", module, id);
	free(id);
	free(list);
	return longer;
}

/**
 * modules_identity() - the module of a variant, its helpers and what traffic loads, exactly
 * @scenario: the scenario
 * @variant: the variant
 * @module_dirs: where module files are looked for, NULL ends the list
 * @error: allocated, what is wrong with one of them
 *
 * Return: allocated "name:build ID", with commas between; NULL after an error.
 */
char *modules_identity(const struct scenario *scenario, const struct variant *variant,
		       char *const *module_dirs, char **error)
{
	char *list = append(format("%s", ""), variant->module, module_dirs, error);
	const char *loaded;
	unsigned int i;

	for (i = 0; i < scenario->nr_helpers; i++)
		list = append(list, scenario->helpers[i], module_dirs, error);
	for (i = 0; i < scenario->nr_traffic; i++) {
		loaded = scenario_traffic_module(&scenario->traffic[i]);
		if (loaded)
			list = append(list, loaded, module_dirs, error);
	}
	return list;
}
