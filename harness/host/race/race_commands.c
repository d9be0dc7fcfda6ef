// SPDX-License-Identifier: GPL-2.0
/*
 * Control files: what they take is nowhere said, but a module that parses "add %u" and
 * "del %u" tells what to write, and what takes it back. Only what can be taken back is
 * written, since it may hold the module.
 */
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "race/race.h"

/* What undoes what. */
static const char *const pairs[][2] = {
	{ "add", "del" },
	{ "add", "remove" },
	{ "add", "rm" },
	{ "add", "delete" },
	{ "create", "destroy" },
	{ "create", "delete" },
	{ "create", "del" },
	{ "create", "remove" },
	{ "new", "del" },
	{ "new", "delete" },
	{ "insert", "remove" },
	{ "insert", "delete" },
	{ "register", "unregister" },
	{ "attach", "detach" },
	{ "bind", "unbind" },
	{ "connect", "disconnect" },
	{ "start", "stop" },
	{ "enable", "disable" },
	{ "open", "close" },
	{ "get", "put" },
	{ "alloc", "free" },
	{ "map", "unmap" },
	{ "load", "unload" },
	{ "join", "leave" },
	{ "lock", "unlock" },
	{ "push", "pop" },
	{ "up", "down" },
};

static bool has_command(const struct target *t, const char *verb)
{
	size_t len = strlen(verb), i;

	for (i = 0; i < t->nr_findings; i++) {
		const char *text = t->findings[i].text;

		if (!strcmp(t->findings[i].kind, "command") && !strncmp(text, verb, len) &&
		    text[len] == ' ')
			return true;
	}
	return false;
}

/**
 * race_find_commands() - learn what to write to a module's control files
 * @t: the module; its command and undo are set if both are found
 */
void race_find_commands(struct target *t)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(pairs) && !t->command; i++) {
		if (!has_command(t, pairs[i][0]) || !has_command(t, pairs[i][1]))
			continue;
		t->command = format("%s {n}", pairs[i][0]);
		t->undo = format("%s {n}", pairs[i][1]);
	}
}
