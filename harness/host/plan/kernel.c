// SPDX-License-Identifier: GPL-2.0
/*
 * Reading the identity that uml-config/kernel.py leaves in a build directory, and
 * that of modules.
 */
#include <elfutils/libdwelf.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "plan/kernel.h"

/* Marks a wide kernel: see uml-config/kbuild/kernel.py. */
#define WIDE "-wide"

static char *member(json_t *identity, const char *path, const char *name)
{
	const char *value = json_string_value(json_object_get(identity, name));

	if (!value)
		fatal("%s: no \"%s\" in it; build the kernel again", path, name);
	return format("%s", value);
}

/*
 * The release and what sets the kernel apart from the one that is usual for its mode:
 * 7.3.4, 7.3.4-wide, 7.3.4-wide+CONFIG_NFC=m.
 */
static char *release_name(json_t *identity, const char *path)
{
	const char *flavour = json_string_value(json_object_get(identity, "flavour"));
	char *name = member(identity, path, "version"), *longer;
	json_t *option;
	size_t i;

	if (flavour && strstr(flavour, WIDE)) {
		longer = format("%s" WIDE, name);
		free(name);
		name = longer;
	}
	json_array_foreach(json_object_get(identity, "options"), i, option) {
		longer = format("%s+%s", name, json_string_value(option));
		free(name);
		name = longer;
	}
	return name;
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
	kernel->version = release_name(identity, path);
	kernel->hash = member(identity, path, "hash");
	kernel->image = image;
	json_decref(identity);
	free(path);
}

/* What comes behind the release: whether it is a wide kernel, and which. */
static const char *kind(const char *release)
{
	const char *wide = strstr(release, WIDE);

	return wide ? wide : "";
}

/**
 * kernel_same_version() - are two releases of one kernel version?
 * @a: release, such as 7.3.4
 * @b: release
 *
 * What is known of 7.3.4 holds for 7.3.9, but not for 7.4, and not for a wide kernel.
 */
bool kernel_same_version(const char *a, const char *b)
{
	unsigned int major[2], minor[2];

	return sscanf(a, "%u.%u", &major[0], &minor[0]) == 2 &&
	       sscanf(b, "%u.%u", &major[1], &minor[1]) == 2 && major[0] == major[1] &&
	       minor[0] == minor[1] && !strcmp(kind(a), kind(b));
}

/*
 * What a scenario may require by one name. A kernel has it that exports all that
 * belongs to it, wherever the patches came from.
 */
static const struct feature {
	const char *name;
	const char *what;
	const char *symbols[16];
} features[] = {
	{
		.name = "lifecycle",
		.what = "the lifecycle patches",
		.symbols = {
			"__device_unregister_wait",
			"__device_destroy_wait",
			"__platform_device_unregister_wait",
			"module_get_unless_going",
			"module_pin",
			"module_unpin",
			"nf_detach_net_hook",
			"nf_hook_get",
			"nf_hook_put",
		},
	},
};

/*
 * Module.symvers, which every build leaves, has a line for each symbol: checksum,
 * symbol, where it is, how it is exported.
 */
static bool is_exported(const struct kernel *kernel, const char *symbol)
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
 * kernel_lacks() - does a kernel have what a variant requires?
 * @kernel: the kernel
 * @name: of a feature, or of a symbol that modules can use
 * @feature: set to what is missing, in words, or to NULL if @name is a symbol
 *
 * Return: NULL if the kernel has it, or else the first symbol it does not export.
 */
const char *kernel_lacks(const struct kernel *kernel, const char *name, const char **feature)
{
	const char *const *symbol;
	size_t i;

	*feature = NULL;
	for (i = 0; i < ARRAY_SIZE(features); i++) {
		if (strcmp(features[i].name, name))
			continue;
		*feature = features[i].what;
		for (symbol = features[i].symbols; *symbol; symbol++) {
			if (!is_exported(kernel, *symbol))
				return *symbol;
		}
		return NULL;
	}
	return is_exported(kernel, name) ? NULL : name;
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

/**
 * module_find() - find a built module
 * @module_dirs: directories to look in, in order; NULL ends the list
 * @name: the module, without ".ko"
 * @stripped: the copy without debug information, for the guest
 *
 * Return: allocated path, or NULL.
 */
char *module_find(char *const *module_dirs, const char *name, bool stripped)
{
	char *path;

	for (; *module_dirs; module_dirs++) {
		path = format("%s/%s%s.ko", *module_dirs, stripped ? "stripped/" : "", name);
		if (!access(path, R_OK))
			return path;
		free(path);
	}
	return NULL;
}

static char *hex(const unsigned char *bytes, size_t size)
{
	char *text = allocate(2 * size + 1);
	size_t i;

	for (i = 0; i < size; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	return text;
}

/**
 * file_build_id() - the build ID that the linker left in an ELF file
 * @path: the file
 *
 * Return: allocated hexadecimal text, or NULL if there is none.
 */
char *file_build_id(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	const void *id;
	char *text;
	ssize_t n;
	Elf *elf;

	if (fd < 0)
		return NULL;
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	n = elf ? dwelf_elf_gnu_build_id(elf, &id) : 0;
	text = n > 0 ? hex(id, n) : NULL;
	elf_end(elf);
	close(fd);
	return text;
}
