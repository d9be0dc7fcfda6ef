// SPDX-License-Identifier: GPL-2.0
/*
 * Loading each module once and reading what the guest says of it. A look is a run as any
 * other, of one cycle and of a scenario with `look = 1`: what its kernel reports is
 * decoded, a hang is noticed, nothing is left behind. The findings are in channel.log.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "plan/name.h"
#include "race/race.h"
#include "run/runner.h"

static void write_look(const struct target *t, const char *dir)
{
	char *path = format("%s/%s.ini", dir, t->name);
	FILE *file = file_begin_or_die(path);

	fprintf(file,
		"[scenario]\nmodule = %s\n%s%s%slook = 1\n\n"
		"[traffic module]\ntype = sysfs\npath = /sys/module/%s/refcnt\n\n"
		"[variant " RACE_VARIANT "]\nparams = %s\nexpect = pass\n",
		t->name, *t->helpers ? "helpers = " : "", t->helpers, *t->helpers ? "\n" : "",
		t->name, t->params);
	file_commit_or_die(file, path);
	free(path);
}

/* A guest may look more than once. */
static void new_finding(struct target *t, const char *kind, const char *text)
{
	size_t i;

	for (i = 0; i < t->nr_findings; i++) {
		if (!strcmp(t->findings[i].kind, kind) && !strcmp(t->findings[i].text, text))
			return;
	}
	t->findings = grow(t->findings, t->nr_findings, sizeof(*t->findings));
	t->findings[t->nr_findings++] = (struct finding){
		.kind = format("%s", kind),
		.text = format("%s", text),
	};
}

static void add_finding(struct target *t, const struct wire_record *r)
{
	if (!strcmp(r->name, "count"))
		t->refcount = atoi(r->text);
	else if (!strcmp(r->name, "took"))
		t->took_ms = t->took_ms < 0 ? atol(r->text) : t->took_ms;
	else
		new_finding(t, r->name, r->text);
}

/* What has a part in each network namespace is used where one is made and left. */
static void add_netns(struct target *t)
{
	static const char *const kinds[] = { "socket", "protocol", "packet", "rtnl", "netlink" };
	size_t i, k, of_networks = 0;

	for (i = 0; i < t->nr_findings; i++) {
		of_networks += !strncmp(t->findings[i].text, "/proc/self/net/", 15);
		for (k = 0; k < ARRAY_SIZE(kinds); k++)
			of_networks += !strcmp(t->findings[i].kind, kinds[k]);
	}
	if (of_networks)
		new_finding(t, "netns", "/proc/self/ns/net");
}

/* Modules that come and go with what they need of this one. */
static void add_users(struct target *t)
{
	char *users = format("%s", t->users), *save, *user;

	for (user = strtok_r(users, " ", &save); user; user = strtok_r(NULL, " ", &save))
		new_finding(t, "user", user);
	free(users);
}

/*
 * A guest that was starved, or has failed when it unloaded, is booted again, or goes on from
 * a checkpoint: what any of them has seen counts.
 */
static void read_findings(struct target *t, const struct run *run)
{
	char *path = format("%s/channel.log", run->spec.dir), *log = file_read(path, NULL);
	char *save, *word, *line;
	struct wire_record r;

	if (!log)
		fatal("%s: cannot read: %s", path, strerror(errno));
	for (word = strtok_r(log, "\n", &save); word; word = strtok_r(NULL, "\n", &save)) {
		line = format("%s\n", word);
		if (!wire_decode(line, &r) && r.kind == WIRE_LOOK)
			add_finding(t, &r);
		free(line);
	}
	free(log);
	free(path);
}

/* Other modules hold it if the kernel lists them; else it holds itself. */
static char *who_holds(const struct target *t)
{
	size_t i;

	for (i = 0; i < t->nr_findings; i++) {
		if (strstr(t->findings[i].text, "/holders/"))
			return format("module %s", strrchr(t->findings[i].text, '/') + 1);
	}
	return format("itself, with a reference count of %d", t->refcount);
}

static char *why_init_failed(const struct target *t, const struct run *run)
{
	const char *broken = run->outcome.broken, *dir = run->spec.dir;

	if (*t->firmware)
		return format("cannot be loaded: %s; it needs firmware (%s), which no guest has",
			      broken, t->firmware);
	return format("cannot be loaded: %s; the kernel's words are in %s/console.log", broken,
		      dir);
}

static char *why_not_loaded(const struct target *t, const struct run *run)
{
	const struct failure *f = &run->outcome.failures[0];

	if (*run->outcome.broken)
		return why_init_failed(t, run);
	if (run->outcome.nr_failures && f->phase == PHASE_LOAD && !strncmp(f->title, "hang", 4))
		return format("cannot be loaded: its init does not end; see %s/console.log",
			      run->spec.dir);
	if (run->outcome.nr_failures && f->phase <= PHASE_LOAD)
		return format("fails while it is loaded: %s; see %s/report.txt", f->title,
			      run->spec.dir);
	if (run->outcome.timed_out)
		return format("is not through with one load and unload after %.0f s",
			      run->spec.timeout);
	return NULL;
}

static char *why_not(const struct target *t, const struct run *run)
{
	char *reason = why_not_loaded(t, run), *holder;

	if (reason || t->took_ms >= 0 || t->refcount <= 0)
		return reason;
	holder = who_holds(t);
	reason = format("cannot be unloaded: it is held by %s", holder);
	free(holder);
	return reason;
}

/* A look takes the first mode that there is a kernel for. */
static unsigned int first_mode(unsigned int modes)
{
	return modes & -modes;
}

static struct target *target_of(struct race *race, const struct run *run)
{
	size_t i;

	for (i = 0; i < race->nr_targets; i++) {
		if (!strcmp(race->targets[i].name, run->spec.variant->module))
			return &race->targets[i];
	}
	fatal("internal error: no module %s", run->spec.variant->module);
}

static void judge_looks(struct race *race, const struct batch *batch)
{
	size_t i;

	for (i = 0; i < batch->nr_runs; i++) {
		struct target *t = target_of(race, &batch->runs[i]);

		read_findings(t, &batch->runs[i]);
		add_netns(t);
		add_users(t);
		race_find_commands(t);
		if (!t->refused)
			t->refused = why_not(t, &batch->runs[i]);
	}
}

/**
 * race_look() - find out what the modules register
 * @race: the modules; findings, or the reasons why one cannot be raced, are filled in
 * @options: kernels, modes, seed
 * @jobs: guests at a time, 0 for the default
 * @memory_mb: memory of each guest, MiB
 * @dir: a directory for scenarios and logs, made here
 *
 * Ends the program if the user does.
 */
void race_look(struct race *race, const struct batch_options *options, unsigned int jobs,
	       unsigned int memory_mb, const char *dir)
{
	char *place = format("%s", dir);
	struct batch_options o = *options;
	struct runner_options how = {
		.jobs = jobs,
		.memory_mb = memory_mb,
		.kernels = options->kernels,
	};
	struct batch batch;
	size_t i;

	if (!make_directory(dir))
		fatal("%s: cannot create the directory: %s", dir, strerror(errno));
	for (i = 0; i < race->nr_targets; i++) {
		if (race->targets[i].permanent)
			race->targets[i].refused =
				format("cannot be unloaded: it has no exit function");
		write_look(&race->targets[i], dir);
	}
	o.dirs = &place;
	o.nr_dirs = 1;
	o.modes = first_mode(options->modes);
	o.cycles = 1;
	o.schedules = 1;
	o.max_failures = 1;
	batch_make(&batch, &o);
	batch_prepare(&batch, &o, dir);
	if (!runner_go(&batch, &how))
		fatal("interrupted");
	judge_looks(race, &batch);
	runner_release(&batch);
	free(place);
}
