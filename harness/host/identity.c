// SPDX-License-Identifier: GPL-2.0
/*
 * See identity.h.
 */
#include <elfutils/libdwelf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "identity.h"
#include "initramfs.h"
#include "util.h"

static char *build_id(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	Elf *elf = elf_version(EV_CURRENT) ? elf_begin(fd, ELF_C_READ, NULL) : NULL;
	const unsigned char *id;
	const void *bits;
	char *text;
	ssize_t len;

	len = elf ? dwelf_elf_gnu_build_id(elf, &bits) : -1;
	if (len < IDENTITY_LEN / 2)
		fatal("%s: has no build ID; build it with the kernel's own rules", path);
	id = bits;
	text = format("%02x%02x%02x%02x%02x%02x", id[0], id[1], id[2], id[3], id[4], id[5]);
	elf_end(elf);
	close(fd);
	return text;
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
