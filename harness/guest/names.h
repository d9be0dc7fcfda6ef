/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sets of names: collected in any order, sorted once, then asked what is in them.
 */
#ifndef MODRACE_NAMES_H
#define MODRACE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "compiler.h"

/**
 * struct names - a set of names
 * @name: allocated strings, sorted after names_sort()
 * @nr: how many
 * @room: allocated entries of @name
 */
struct names {
	char **name;
	size_t nr;
	size_t room;
};

__printf(2, 3) void names_add(struct names *names, const char *fmt, ...);
void names_sort(struct names *names);
bool names_have(const struct names *names, const char *name);

#endif /* MODRACE_NAMES_H */
