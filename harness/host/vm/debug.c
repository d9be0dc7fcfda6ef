// SPDX-License-Identifier: GPL-2.0
/*
 * The script that has gdb run a guest until the explorer says stop. Replays are
 * the same to the last address, so where modules will be loaded is known from
 * the replay before.
 *
 * UML takes page faults of its processes and its own timers as signals; gdb is
 * told to pass them on without a word.
 */
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "plan/kernel.h"
#include "vm/debug.h"

static const char *const settings[] = {
	"set pagination off",
	"set confirm off",
	"set breakpoint pending on",
	"set debuginfod enabled off",
	"set print thread-events off",
	"set print inferior-events off",
	"set detach-on-fork on",
	"set follow-fork-mode parent",
	"handle SIGSEGV SIGUSR1 SIGUSR2 SIGALRM SIGIO SIGWINCH SIGCHLD nostop noprint pass",
	/* Its console goes where it would go without a debugger. */
	"set exec-wrapper sh -c 'exec \"$@\" </dev/null >&8 2>&8' sh",
	"tbreak explore_stop",
	"run",
};

/* "name=address name=address" as gdb wants it. */
static void put_sections(FILE *out, const char *sections)
{
	char *copy = format("%s", sections), *word, *save, *text;

	text = strstr(copy, " .text=");
	text = text ? text + 7 : strncmp(copy, ".text=", 6) ? NULL : copy + 6;
	fprintf(out, " 0x%llx", text ? strtoull(text, NULL, 16) : 0ull);
	for (word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		char *equals = strchr(word, '=');

		/* What was used for initialising has been given to others since. */
		if (!equals || !strncmp(word, ".text=", 6) || !strncmp(word, ".init", 5))
			continue;
		*equals = '\0';
		fprintf(out, " -s %s 0x%s", word, equals + 1);
	}
	free(copy);
}

static void put_module(FILE *out, const struct kernel *kernel, const struct transcript *t,
		       const char *module)
{
	char *path = module_find(kernel->module_dirs, module, false);
	const struct load *load = transcript_load(t, module);

	if (path && load) {
		fprintf(out, "add-symbol-file %s", path);
		put_sections(out, load->sections);
		fputc('\n', out);
	}
	free(path);
}

/**
 * debug_write_script() - write what gdb is to do
 * @run: a run that replays
 * @kernel: its kernel
 * @t: what a guest has said that has gone the same way
 * @path: of the script
 */
void debug_write_script(const struct run *run, const struct kernel *kernel,
			const struct transcript *t, const char *path)
{
	const struct scenario *s = run->spec.scenario;
	FILE *out = file_begin_or_die(path);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(settings); i++)
		fprintf(out, "%s\n", settings[i]);
	fprintf(out, "set substitute-path /linux %s/source\n", kernel->dir);
	for (i = 0; i < s->nr_helpers; i++)
		put_module(out, kernel, t, s->helpers[i]);
	put_module(out, kernel, t, run->spec.variant->module);
	fprintf(out, "backtrace\n");
	file_commit_or_die(out, path);
}
