/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the host program knows of a kernel build: where it is and what it is.
 */
#ifndef MODRACE_KERNEL_H
#define MODRACE_KERNEL_H

#include <stdbool.h>

struct symbols;

/**
 * struct kernel - a kernel of one flavour, with the modules built for it
 * @dir: its build directory, or NULL if none was given
 * @version: release, such as 7.3.4, or 7.3.4-wide for a wide kernel, with the options
 *	that it has on top; from its kernel.json
 * @hash: of all that went into it, from its kernel.json
 * @image: the file that is booted, with its symbols
 * @symbols: its symbols, and those of modules that its guests have loaded; set by
 *	who wants them read
 * @module_dirs: directories with modules for it, NULL ends the list
 * @nr_module_dirs: how many
 */
struct kernel {
	char *dir;
	char *version;
	char *hash;
	char *image;
	struct symbols *symbols;
	char **module_dirs;
	unsigned int nr_module_dirs;
};

void kernel_load(struct kernel *kernel, const char *dir);
const char *kernel_lacks(const struct kernel *kernel, const char *name, const char **feature);
bool kernel_same_version(const char *a, const char *b);
void kernel_add_modules(struct kernel *kernel, const char *dir);
char *module_find(char *const *module_dirs, const char *name, bool stripped);
char *file_build_id(const char *path);

#endif /* MODRACE_KERNEL_H */
