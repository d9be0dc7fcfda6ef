// SPDX-License-Identifier: GPL-2.0
/*
 * Reading the identity that uml-config/kernel.py leaves in a build directory.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel.h"
#include "util.h"

static char *member(json_t *identity, const char *path, const char *name)
{
	const char *value = json_string_value(json_object_get(identity, name));

	if (!value)
		fatal("%s: no \"%s\" in it; build the kernel again", path, name);
	return format("%s", value);
}

/**
 * kernel_load() - look at a kernel build
 * @kernel: filled in, without modules
 * @dir: its build directory
 *
 * Ends the program if @dir is no finished kernel build.
 */
void kernel_load(struct kernel *kernel, const char *dir)
{
	char *path = format("%s/kernel.json", dir);
	char *image = format("%s/linux", dir);
	json_error_t error;
	json_t *identity = json_load_file(path, 0, &error);

	if (!identity)
		fatal("%s: %s; build the kernel again (make kernels)", path, error.text);
	if (access(image, X_OK))
		fatal("%s: no kernel there; build it again (make kernels)", image);
	kernel->dir = format("%s", dir);
	kernel->version = member(identity, path, "version");
	kernel->hash = member(identity, path, "hash");
	json_decref(identity);
	free(image);
	free(path);
}

/**
 * kernel_exports() - does a kernel export a symbol to modules?
 * @kernel: the kernel
 * @symbol: its name
 *
 * Module.symvers, which every build leaves, has a line for each: checksum,
 * symbol, where it is, how it is exported.
 */
bool kernel_exports(const struct kernel *kernel, const char *symbol)
{
	char *path = format("%s/Module.symvers", kernel->dir);
	FILE *file = fopen(path, "re");
	char line[512], name[256];
	bool found = false;

	if (!file)
		fatal("%s: %s; build the kernel again (make kernels)", path, strerror(errno));
	while (!found && fgets(line, sizeof(line), file))
		found = sscanf(line, "%*s %255s", name) == 1 && !strcmp(name, symbol);
	fclose(file);
	free(path);
	return found;
}

/**
 * kernel_add_modules() - add a directory with modules built for a kernel
 * @kernel: the kernel
 * @dir: the directory; those added first are searched first
 */
void kernel_add_modules(struct kernel *kernel, const char *dir)
{
	unsigned int nr = kernel->nr_module_dirs++;

	kernel->module_dirs = realloc(kernel->module_dirs, (nr + 2) * sizeof(char *));
	if (!kernel->module_dirs)
		fatal("out of memory");
	kernel->module_dirs[nr] = format("%s", dir);
	kernel->module_dirs[nr + 1] = NULL;
}
