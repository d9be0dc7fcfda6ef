// SPDX-License-Identifier: GPL-2.0
/*
 * See identity.h.
 */
#include <stdlib.h>
#include <string.h>

#include "identity.h"
#include "initramfs.h"
#include "kernel.h"
#include "util.h"

/* As much of a build ID as tells builds apart. */
static char *build_id(const char *path)
{
	char *id = file_build_id(path);

	if (!id || strlen(id) < IDENTITY_LEN)
		fatal("%s: has no build ID; build it with the kernel's own rules", path);
	id[IDENTITY_LEN] = '\0';
	return id;
}

static char *append(char *list, const char *module, char *const *module_dirs)
{
	char *path = module_find(module_dirs, module, true), *id, *longer;

	if (!path)
		fatal("module %s: not found; build it again", module);
	id = build_id(path);
	longer = format("%s%s%s:%s", list, *list ? "," : "", module, id);
	free(id);
	free(path);
	free(list);
	return longer;
}

/**
 * modules_identity() - the module of a variant and its helpers, exactly
 * @scenario: the scenario
 * @variant: the variant
 * @module_dirs: where module files are looked for, NULL ends the list
 *
 * Return: allocated "name:build ID", with commas between.
 */
char *modules_identity(const struct scenario *scenario, const struct variant *variant,
		       char *const *module_dirs)
{
	char *list = append(format("%s", ""), variant->module, module_dirs);
	unsigned int i;

	for (i = 0; i < scenario->nr_helpers; i++)
		list = append(list, scenario->helpers[i], module_dirs);
	return list;
}
