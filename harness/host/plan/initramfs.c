// SPDX-License-Identifier: GPL-2.0
/*
 * The initramfs of a run: guest program, scenario, modules, and what traffic needs.
 *
 * Nothing is written to disk: the archive goes to an in-memory file, and
 * gen_init_cpio gets its list through a pipe and its inputs as open file
 * descriptors, so that no path needs quoting and nothing is left to clean up.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/util.h"
#include "plan/initramfs.h"
#include "plan/kernel.h"

/**
 * struct inputs - what goes into an archive
 * @list: gen_init_cpio's list, an in-memory file
 * @fds: the files it names, open
 * @nr: how many
 */
struct inputs {
	FILE *list;
	int fds[SCENARIO_MAX_HELPERS + SCENARIO_MAX_VARIANTS + SCENARIO_MAX_TRAFFIC + 2];
	unsigned int nr;
};

static void add_file(struct inputs *in, const char *name, const char *source, unsigned int mode)
{
	int fd = open(source, O_RDONLY);

	if (fd < 0)
		fatal("%s: cannot open: %s", source, strerror(errno));
	in->fds[in->nr++] = fd;
	fprintf(in->list, "file %s /proc/self/fd/%d %o 0 0\n", name, fd, mode);
}

static void add_module(struct inputs *in, const struct scenario *s, const char *module,
		       char *const *module_dirs)
{
	char *path = module_find(module_dirs, module, true);
	char *name = format("/modules/%s.ko", module);

	if (!path)
		fatal("%s: no module %s: there is no %s.c beside it or among the stress modules",
		      s->path, module, module);
	add_file(in, name, path, 0644);
	free(name);
	free(path);
}

/* Variants mostly race the same module. */
static bool named_before(const struct scenario *s, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (!strcmp(s->variants[i].module, s->variants[nr].module))
			return true;
	}
	return false;
}

/* Modules that traffic loads by itself. */
static void add_traffic(struct inputs *in, const struct scenario *s, char *const *module_dirs)
{
	unsigned int i;

	for (i = 0; i < s->nr_traffic; i++) {
		const char *module = scenario_traffic_module(&s->traffic[i]);

		if (module)
			add_module(in, s, module, module_dirs);
	}
}

static void write_list(struct inputs *in, const struct scenario *s, const char *init,
		       char *const *module_dirs)
{
	unsigned int i;

	fprintf(in->list, "dir /dev 0755 0 0\n"
			  "nod /dev/console 0600 0 0 c 5 1\n"
			  "dir /modules 0755 0 0\n");
	add_file(in, "/init", init, 0755);
	add_file(in, "/scenario.ini", s->path, 0644);
	for (i = 0; i < s->nr_variants; i++) {
		if (!named_before(s, i))
			add_module(in, s, s->variants[i].module, module_dirs);
	}
	for (i = 0; i < s->nr_helpers; i++)
		add_module(in, s, s->helpers[i], module_dirs);
	add_traffic(in, s, module_dirs);
}

static int run_gen_init_cpio(const char *kernel, int list, int archive)
{
	char *program = format("%s/usr/gen_init_cpio", kernel);
	int status;
	pid_t pid;

	pid = fork();
	if (pid < 0)
		fatal("cannot fork: %s", strerror(errno));
	if (!pid) {
		if (dup2(list, 0) < 0 || dup2(archive, 1) < 0)
			_exit(126);
		execl(program, program, "-t", "0", "-", NULL);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	free(program);
	return status;
}

static int memory_file(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd < 0)
		fatal("cannot create an in-memory file: %s", strerror(errno));
	return fd;
}

/**
 * initramfs_make() - make the initramfs for all runs of a scenario in one mode
 * @s: the scenario
 * @kernel: build directory of the mode's kernel
 * @init: the guest program
 * @module_dirs: where module files are looked for, NULL ends the list
 *
 * Return: file descriptor of an in-memory file. Ends the program if a module is
 * missing.
 */
int initramfs_make(const struct scenario *s, const char *kernel, const char *init,
		   char *const *module_dirs)
{
	struct inputs in = { .list = fdopen(memory_file("list"), "w+") };
	int archive = memory_file("initramfs");

	if (!in.list)
		fatal("cannot open an in-memory file: %s", strerror(errno));
	write_list(&in, s, init, module_dirs);
	if (fflush(in.list) || fseek(in.list, 0, SEEK_SET))
		fatal("%s: cannot list its files: %s", s->path, strerror(errno));
	if (run_gen_init_cpio(kernel, fileno(in.list), archive))
		fatal("%s/usr/gen_init_cpio failed for %s; build the kernel again", kernel,
		      s->path);

	while (in.nr)
		close(in.fds[--in.nr]);
	fclose(in.list);
	return archive;
}
