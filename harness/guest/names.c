// SPDX-License-Identifier: GPL-2.0
/*
 * See names.h.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel.h"
#include "names.h"

/**
 * names_add() - add a name
 * @names: the set, zeroed at first; not sorted any more
 * @fmt: the name
 *
 * Ends the run as BROKEN if there is no memory.
 */
void names_add(struct names *names, const char *fmt, ...)
{
	va_list args;
	int len;

	if (names->nr == names->room) {
		names->room = names->room ? 2 * names->room : 1024;
		names->name = realloc(names->name, names->room * sizeof(*names->name));
		if (!names->name)
			guest_broken("no memory for names of files");
	}
	va_start(args, fmt);
	len = vasprintf(&names->name[names->nr], fmt, args);
	va_end(args);
	guest_check(len, "vasprintf");
	names->nr++;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/**
 * names_sort() - make a set ready to be asked
 * @names: the set
 */
void names_sort(struct names *names)
{
	qsort(names->name, names->nr, sizeof(*names->name), compare);
}

/**
 * names_have() - is a name in a set?
 * @names: the set, sorted
 * @name: the name
 */
bool names_have(const struct names *names, const char *name)
{
	return names->nr && bsearch(&name, names->name, names->nr, sizeof(*names->name), compare);
}
