/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which modules: their names and build IDs. A build ID is a hash of what the
 * linker put out; it survives stripping.
 */
#ifndef MODRACE_IDENTITY_H
#define MODRACE_IDENTITY_H

#include "scenario.h"

/* Digits of a hash that are enough to tell builds apart */
#define IDENTITY_LEN 12

char *modules_identity(const struct scenario *scenario, const struct variant *variant,
		       char *const *module_dirs, char **error);

#endif /* MODRACE_IDENTITY_H */
