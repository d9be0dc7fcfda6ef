// SPDX-License-Identifier: GPL-2.0
/*
 * From what a module registers to a scenario: rules[] says which traffic drives which
 * thing, and why. The first rule that fits a finding counts; the most valuable stand
 * first, since a guest has two processors and a scenario has room for few sections.
 *
 *	finding "node c /dev/foo"  --rule-->  [traffic f0-hold] type = files, hold = yes
 *					      [traffic f0] type = files, write = yes
 */
#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "race/race.h"
#include "race/race_sections.h"

/* Sections that the rules may fill; those of one finding stay together. */
#define MAX_SECTIONS 16

/* Time that all cycles of stress mode may take, and what else a cycle takes, ms. */
#define BUDGET_MS    120000
#define OVERHEAD_MS  8
#define MOST_CYCLES  1000
#define LEAST_CYCLES 20

/**
 * struct rule - what drives one kind of finding
 * @kind: of the finding
 * @pattern: shell pattern on its text, NULL for all
 * @what: what it is, for people
 * @traffic: what drives it, for people; NULL if nothing does
 * @sections: how many sections @write makes
 * @write: writes them
 */
struct rule {
	const char *kind;
	const char *pattern;
	const char *what;
	const char *traffic;
	unsigned int sections;
	void (*write)(const struct out *out, const char *text, unsigned int number);
};

/* clang-format off */
static const struct rule rules[] = {
	{ "node", "c /dev/*", "character device",
	  "open, read, write, poll, ioctl, mmap; held across the unload, asleep in it", 3,
	  section_node },
	{ "node", "b /dev/*", "block device",
	  "open, read, write, ioctl, mmap, partitions read again; held across the unload", 2,
	  section_block },
	{ "file", "/sys/bus/*/new_device", "devices by number", "made and deleted", 1,
	  section_new_device },
	{ "link", "/sys/bus/*/drivers/*/module", NULL, NULL, 0, NULL },
	{ "link", "/sys/bus/*/drivers/*/*", "device with a driver", "unbind and bind", 1,
	  section_bind },
	{ "link", "/sys/class/net/*", "network interface",
	  "taken up, packets, questions, taken down", 1, section_link },
	{ "rtnl", NULL, "kind of network interfaces", "made, deleted, kept across the unload", 2,
	  section_rtnl },
	{ "filesystem", NULL, "filesystem type", "mounted, used; kept across the unload", 2,
	  section_mount },
	{ "socket", NULL, "socket family and type",
	  "made, bound, connected, asked; held across the unload, in recv", 1, section_socket },
	{ "dir", "/sys/kernel/config/*", "configfs subsystem",
	  "directories made, used and removed; kept across the unload", 1, section_configfs },
	{ "crypto", "* *hash", "hash", "instances, held across the unload", 1, section_alg },
	{ "crypto", "* skcipher", "cipher", "instances, held across the unload", 1, section_alg },
	{ "crypto", "* aead", "AEAD", "instances, held across the unload", 1, section_alg },
	{ "crypto", "* rng", "random number generator", "instances, held across the unload", 1,
	  section_alg },
	{ "ldisc", NULL, "line discipline", "set, used, kept across the unload", 1, section_ldisc },
	{ "netns", NULL, "network namespaces", "made, used and left", 1, section_netns },
	{ "genl", NULL, "generic netlink family", "all commands, dumps held across the unload", 2,
	  section_genl },
	{ "tcp", NULL, "TCP port", "connections, kept across the unload", 1, section_tcp },
	{ "udp", NULL, "UDP port", "datagrams", 1, section_udp },
	{ "user", NULL, "module that needs it", "loaded and unloaded, kept across the unload", 1,
	  section_user },
	{ "chrdev", NULL, "character device number",
	  "as a device, through a node of the traffic's own", 3, section_number },
	{ "dir", "/proc/sys/net/*/conf/*", NULL, NULL, 0, NULL },
	{ "dir", "/proc/sys/net/*/neigh/*", NULL, NULL, 0, NULL },
	{ "dir", "/proc/sys/*", "sysctl directory", "all files read and written back", 1,
	  section_walked },
	{ "file", "/proc/sys/*", "sysctl", "read and written back", 1, section_walked },
	{ "dir", "/proc/*", "procfs directory", "all files read and written", 2, section_held },
	{ "file", "/proc/*", "procfs file", "read, written; held across the unload", 2,
	  section_held },
	{ "dir", "/sys/kernel/debug/*", "debugfs directory", "all files read and written", 2,
	  section_held },
	{ "file", "/sys/kernel/debug/*", "debugfs file", "read, written; held across the unload",
	  2, section_held },
	{ "dir", "/sys/module/*/parameters", "module parameters", "read and written", 1,
	  section_walked },
	{ "dir", "/sys/module/*", NULL, NULL, 0, NULL },
	{ "link", "/sys/module/*", NULL, NULL, 0, NULL },
	{ "link", "/sys/bus/*/devices/*", "device on a bus", NULL, 0, NULL },
	{ "dir", "/sys/class/*", "class", NULL, 0, NULL },
	{ "link", "/sys/class/*/*", "device of a class", NULL, 0, NULL },
	{ "link", "/sys/dev/*", NULL, NULL, 0, NULL },
	{ "dir", "/sys/devices/*/net/*", "interface's attributes", "all read", 1, section_read },
	{ "dir", "/sys/devices/*", "device's attributes", "all read and written", 1,
	  section_walked },
	{ "dir", "/sys/bus/*/drivers/*", "driver", "its attributes read and written", 1,
	  section_walked },
	{ "dir", "/sys/bus/*", "bus", NULL, 0, NULL },
	{ "dir", "/sys/*", "directory in sysfs", "all attributes read and written", 1,
	  section_walked },
	{ "file", "/sys/*", "attribute", "read and written", 1, section_walked },
	{ "command", NULL, "command of a control file", NULL, 0, NULL },
	{ "blockfs", NULL, "filesystem type that needs a block device", NULL, 0, NULL },
	{ "crypto", NULL, "crypto algorithm", NULL, 0, NULL },
	{ "protocol", NULL, "network protocol", NULL, 0, NULL },
	{ "blkdev", NULL, "block device number", NULL, 0, NULL },
	{ "tty", NULL, "terminal driver", NULL, 0, NULL },
	{ "packet", NULL, "packet handler", NULL, 0, NULL },
	{ "netlink", NULL, "netlink socket", NULL, 0, NULL },
	{ "link", NULL, NULL, NULL, 0, NULL },
};

/* clang-format on */

static const struct rule *find_rule(const struct finding *f)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rules); i++) {
		if (!strcmp(rules[i].kind, f->kind) &&
		    (!rules[i].pattern || !fnmatch(rules[i].pattern, f->text, 0)))
			return &rules[i];
	}
	return NULL;
}

/* A number in /proc/devices whose nodes are in /dev needs none of the traffic's. */
static bool has_node(const struct target *t, char type)
{
	size_t i;

	for (i = 0; i < t->nr_findings; i++) {
		if (!strcmp(t->findings[i].kind, "node") && *t->findings[i].text == type)
			return true;
	}
	return false;
}

static bool has_directory(const struct target *t, const char *path, size_t len)
{
	size_t i;

	for (i = 0; i < t->nr_findings; i++) {
		const struct finding *f = &t->findings[i];

		if (!strcmp(f->kind, "dir") && strlen(f->text) == len &&
		    !memcmp(f->text, path, len))
			return true;
	}
	return false;
}

/*
 * A device may be bound to a driver of the kernel's. To unbind it is not the module's
 * affair, and takes away what other traffic is about.
 */
static bool is_bound_elsewhere(const struct target *t, const struct finding *f,
			       const struct rule *rule)
{
	return rule->write == section_bind &&
	       !has_directory(t, f->text, strrchr(f->text, '/') - f->text);
}

static bool counts(const struct target *t, const struct finding *f, const struct rule *rule)
{
	if (!rule || !rule->what || is_bound_elsewhere(t, f, rule))
		return false;
	return strcmp(f->kind, "chrdev") || !has_node(t, 'c');
}

/**
 * struct choice - what is done with the findings of one module
 * @rule: by finding: the rule that drives it, NULL if it gets no traffic
 * @driven: how many get some
 */
struct choice {
	const struct rule **rule;
	size_t driven;
};

/* Rules in their order, findings of one rule in theirs, until there is no room. */
static struct choice choose(const struct target *t)
{
	struct choice choice = { .rule = allocate((t->nr_findings + 1) * sizeof(*choice.rule)) };
	unsigned int room = MAX_SECTIONS;
	size_t r, i;

	for (r = 0; r < ARRAY_SIZE(rules); r++) {
		for (i = 0; i < t->nr_findings; i++) {
			const struct finding *f = &t->findings[i];

			if (find_rule(f) != &rules[r] || !counts(t, f, &rules[r]) ||
			    !rules[r].write || rules[r].sections > room)
				continue;
			room -= rules[r].sections;
			choice.rule[i] = &rules[r];
			choice.driven++;
		}
	}
	return choice;
}

/* A verb whose counterpart the module has as well. */
static bool is_written(const struct target *t, const struct finding *f)
{
	size_t verb = strcspn(f->text, " ") + 1;

	return !strcmp(f->kind, "command") && t->command &&
	       (!strncmp(t->command, f->text, verb) || !strncmp(t->undo, f->text, verb));
}

static void print_one(FILE *file, const char *prefix, const struct target *t,
		      const struct finding *f, const struct rule *chosen)
{
	const struct rule *rule = find_rule(f);
	const char *how = chosen ? chosen->traffic : NULL;

	if (is_written(t, f))
		how = "written, with a number, and taken back";

	fprintf(file, "%s%s: %s: %s\n", prefix, rule ? rule->what : f->kind, f->text,
		how                 ? how :
		rule && rule->write ? "no room for more traffic" :
				      "no traffic for it");
}

static void print_findings(FILE *file, const char *prefix, const struct target *t,
			   const struct choice *choice)
{
	size_t i;

	for (i = 0; i < t->nr_findings; i++) {
		const struct finding *f = &t->findings[i];

		if (counts(t, f, find_rule(f)))
			print_one(file, prefix, t, f, choice->rule[i]);
	}
	if (!choice->driven)
		fprintf(file, "%snothing to drive: it is loaded and unloaded\n", prefix);
}

static long cycle_ms(const struct target *t)
{
	return (t->took_ms < 0 ? 0 : t->took_ms) + OVERHEAD_MS;
}

/* As many as fit into the budget, from how long the one of the look has taken. */
static long cycles_for(const struct target *t)
{
	long cycles = BUDGET_MS / cycle_ms(t);

	if (cycles > MOST_CYCLES)
		return MOST_CYCLES;
	return cycles < LEAST_CYCLES ? LEAST_CYCLES : cycles;
}

/* Traffic may take as long again as the look's one cycle did, and a busy host as well. */
static void write_length(FILE *file, const struct target *t)
{
	long cycles = cycles_for(t), seconds = cycles * cycle_ms(t) * 2 / 1000;

	fprintf(file, "; One cycle took %ld ms.\ncycles = %ld\n", t->took_ms, cycles);
	if (seconds > SCENARIO_TIMEOUT)
		fprintf(file, "timeout = %ld\n", seconds);
}

static void write_head(FILE *file, const struct race *race, const struct target *t)
{
	fprintf(file,
		"; %s as it is, from %s.\n"
		"; Edit this, and race it: make race MODULE=... SCENARIO=FILE\n"
		"; README.md explains the keys, `modrace list traffic` the traffic.\n\n",
		t->name, race->source);
}

static void write_scenario(const struct race *race, const struct target *t, FILE *file)
{
	const struct out out = { .file = file, .target = t };
	struct choice choice = choose(t);
	size_t i;

	write_head(file, race, t);
	fprintf(file, "; What it registers, and what drives that:\n");
	print_findings(file, ";   ", t, &choice);
	fprintf(file, "\n[scenario]\nmodule = %s\n", t->name);
	if (*t->helpers)
		fprintf(file, "helpers = %s\n", t->helpers);
	write_length(file, t);
	fprintf(file, "; What is not there in each cycle, or refuses, keeps nobody waiting.\n"
		      "reach = any\n\n");
	for (i = 0; i < t->nr_findings; i++) {
		if (choice.rule[i])
			choice.rule[i]->write(&out, t->findings[i].text, i);
	}
	if (!choice.driven)
		fprintf(file, "[traffic nobody]\ntype = none\n\n");
	fprintf(file, "[variant " RACE_VARIANT "]\nparams = %s\nexpect = pass\n", t->params);
	free(choice.rule);
}

/**
 * race_write_scenarios() - write a scenario for each module that can be raced
 * @race: the modules, looked at
 * @dir: where to, made here; the files are NAME.ini
 */
void race_write_scenarios(const struct race *race, const char *dir)
{
	size_t i;

	if (!make_directory(dir))
		fatal("%s: cannot create the directory: %s", dir, strerror(errno));
	for (i = 0; i < race->nr_targets; i++) {
		const struct target *t = &race->targets[i];
		char *path = format("%s/%s.ini", dir, t->name);
		FILE *file;

		if (!t->refused) {
			file = file_begin_or_die(path);
			write_scenario(race, t, file);
			file_commit_or_die(file, path);
		}
		free(path);
	}
}

/**
 * race_print() - say what was found and what was chosen
 * @race: the modules, looked at; those that cannot be raced are left to the caller
 */
void race_print(const struct race *race)
{
	size_t i;

	for (i = 0; i < race->nr_targets; i++) {
		const struct target *t = &race->targets[i];
		struct choice choice;

		if (t->refused)
			continue;
		choice = choose(t);
		printf("%s registers\n", t->name);
		print_findings(stdout, "  ", t, &choice);
		free(choice.rule);
	}
	fflush(stdout);
}
