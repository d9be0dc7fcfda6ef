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
	void (*write)(FILE *file, const char *text, unsigned int number);
};

static void write_files(FILE *file, const char *path, unsigned int number, bool hold)
{
	fprintf(file, "[traffic f%u%s]\ntype = files\npath = %s\n%s\n", number, hold ? "-hold" : "",
		path, hold ? "hold = yes\nwait = read\n" : "write = yes\n");
}

static void write_read(FILE *file, const char *text, unsigned int number)
{
	fprintf(file, "[traffic f%u]\ntype = files\npath = %s\n\n", number, text);
}

/* One keeps it open across the unload, asleep in it if it has one wait, one comes and goes. */
static void write_held(FILE *file, const char *text, unsigned int number)
{
	write_files(file, text, number, true);
	write_files(file, text, number, false);
}

static void write_device(FILE *file, const char *path, unsigned int number)
{
	write_held(file, path, number);
	fprintf(file, "[traffic f%u-poll]\ntype = files\npath = %s\nhold = yes\nwait = poll\n\n",
		number, path);
}

static void write_node(FILE *file, const char *text, unsigned int number)
{
	write_device(file, strchr(text, '/'), number);
}

static void write_number(FILE *file, const char *text, unsigned int number)
{
	char *path = format("chrdev:%s", text);

	write_device(file, path, number);
	free(path);
}

/* BLKRRPART has the partitions read again; BLKGETSIZE64, BLKFLSBUF. */
static void write_block(FILE *file, const char *text, unsigned int number)
{
	const char *path = strchr(text, '/');

	write_files(file, path, number, true);
	fprintf(file,
		"[traffic f%u]\ntype = files\npath = %s\nwrite = yes\n"
		"ioctl = 0x125f 0x80081272 0x1261\n\n",
		number, path);
}

static void write_walked(FILE *file, const char *text, unsigned int number)
{
	write_files(file, text, number, false);
}

/* "/sys/bus/platform/drivers/foo/foo.0" */
static void write_bind(FILE *file, const char *text, unsigned int number)
{
	const char *device = strrchr(text, '/');

	fprintf(file, "[traffic b%u]\ntype = bind\ndriver = %.*s\ndevice = %s\n\n", number,
		(int)(device - text), text, device + 1);
}

static void write_link(FILE *file, const char *text, unsigned int number)
{
	fprintf(file, "[traffic n%u]\ntype = link\ndevice = %s\n\n", number,
		strrchr(text, '/') + 1);
}

static void write_rtnl(FILE *file, const char *text, unsigned int number)
{
	fprintf(file, "[traffic k%u]\ntype = rtnl\nkind = %s\n\n", number, text);
	fprintf(file, "[traffic k%u-hold]\ntype = rtnl\nkind = %s\nhold = yes\n\n", number, text);
}

/* "30 2" */
static void write_socket(FILE *file, const char *text, unsigned int number)
{
	fprintf(file,
		"[traffic s%u]\ntype = socket\nfamily = %d\nsocket = %s\nhold = yes\n"
		"workers = 2\n\n",
		number, atoi(text), strchr(text, ' ') + 1);
}

static void write_netns(FILE *file, const char *text, unsigned int number)
{
	(void)text;
	fprintf(file, "[traffic w%u]\ntype = netns\n\n", number);
}

static void write_mount(FILE *file, const char *text, unsigned int number)
{
	fprintf(file, "[traffic m%u]\ntype = mount\nfilesystem = %s\n\n", number, text);
	fprintf(file, "[traffic m%u-hold]\ntype = mount\nfilesystem = %s\nhold = yes\n\n", number,
		text);
}

static void write_configfs(FILE *file, const char *text, unsigned int number)
{
	fprintf(file, "[traffic c%u]\ntype = configfs\npath = %s\nhold = yes\nworkers = 2\n\n",
		number, text);
}

/* "/sys/bus/foo/new_device", which takes a number and what else may be left out, or be 1. */
static void write_new_device(FILE *file, const char *text, unsigned int number)
{
	fprintf(file,
		"[traffic d%u]\ntype = sysfs\npath = %s\nwrite = {n} 1\nundo = {n}\n"
		"undo_path = %.*s/del_device\nrepeat = 1\n\n",
		number, text, (int)(strrchr(text, '/') - text), text);
}

/* "foo 29" */
static void write_ldisc(FILE *file, const char *text, unsigned int number)
{
	fprintf(file, "[traffic l%u]\ntype = ldisc\nnumber = %s\nhold = yes\n\n", number,
		strchr(text, ' ') + 1);
}

/* "foo-generic shash" */
static void write_alg(FILE *file, const char *text, unsigned int number)
{
	const char *type = strchr(text, ' ') + 1;

	fprintf(file,
		"[traffic a%u]\ntype = alg\nname = %.*s\ninterface = %s\nhold = yes\n"
		"workers = 2\n\n",
		number, (int)strcspn(text, " "), text, strstr(type, "hash") ? "hash" : type);
}

static void write_tcp(FILE *file, const char *text, unsigned int number)
{
	fprintf(file, "[traffic t%u]\ntype = inet\nport = %s\nhold = yes\nworkers = 2\n\n", number,
		text);
}

static void write_udp(FILE *file, const char *text, unsigned int number)
{
	fprintf(file, "[traffic u%u]\ntype = inet\nprotocol = udp\nport = %s\n\n", number, text);
}

/* The commands of "1,2d,3-d" that dump, or that do something, and how many. */
static char *genl_commands(const char *text, bool dump, unsigned int *nr)
{
	char *list = format("%s", ""), *ops = format("%s", text), *save, *op, *longer;

	*nr = 0;
	for (op = strtok_r(ops, " ,", &save); op && *nr < TRAFFIC_NUMBERS_NR;
	     op = strtok_r(NULL, " ,", &save)) {
		if (dump ? !strchr(op, 'd') : !!strchr(op, '-'))
			continue;
		longer = format("%s%s%u", list, *nr ? " " : "", atoi(op));
		free(list);
		list = longer;
		++*nr;
	}
	free(ops);
	return list;
}

/* "foo 1,2d,3-d" */
static void write_genl(FILE *file, const char *text, unsigned int number)
{
	int name = strcspn(text, " ");
	unsigned int dumps, others;
	char *dump = genl_commands(text + name, true, &dumps);
	char *other = genl_commands(text + name, false, &others);

	if (dumps)
		fprintf(file,
			"[traffic g%u-dump]\ntype = netlink\nfamily = %.*s\ncommand = %s\n"
			"dump = yes\nhold = yes\nworkers = 2\n\n",
			number, name, text, dump);
	if (others)
		fprintf(file, "[traffic g%u]\ntype = netlink\nfamily = %.*s\ncommand = %s\n\n",
			number, name, text, other);
	free(other);
	free(dump);
}

/* clang-format off */
static const struct rule rules[] = {
	{ "node", "c /dev/*", "character device",
	  "open, read, write, poll, ioctl, mmap; held across the unload, asleep in it", 3,
	  write_node },
	{ "node", "b /dev/*", "block device",
	  "open, read, write, ioctl, mmap, partitions read again; held across the unload", 2,
	  write_block },
	{ "file", "/sys/bus/*/new_device", "devices by number", "made and deleted", 1,
	  write_new_device },
	{ "link", "/sys/bus/*/drivers/*/module", NULL, NULL, 0, NULL },
	{ "link", "/sys/bus/*/drivers/*/*", "device with a driver", "unbind and bind", 1,
	  write_bind },
	{ "link", "/sys/class/net/*", "network interface",
	  "taken up, packets, questions, taken down", 1, write_link },
	{ "rtnl", NULL, "kind of network interfaces", "made, deleted, kept across the unload", 2,
	  write_rtnl },
	{ "filesystem", NULL, "filesystem type", "mounted, used; kept across the unload", 2,
	  write_mount },
	{ "socket", NULL, "socket family and type",
	  "made, bound, connected, asked; held across the unload, in recv", 1, write_socket },
	{ "dir", "/sys/kernel/config/*", "configfs subsystem",
	  "directories made, used and removed; kept across the unload", 1, write_configfs },
	{ "crypto", "* *hash", "hash", "instances, held across the unload", 1, write_alg },
	{ "crypto", "* skcipher", "cipher", "instances, held across the unload", 1, write_alg },
	{ "crypto", "* aead", "AEAD", "instances, held across the unload", 1, write_alg },
	{ "crypto", "* rng", "random number generator", "instances, held across the unload", 1,
	  write_alg },
	{ "ldisc", NULL, "line discipline", "set, used, kept across the unload", 1, write_ldisc },
	{ "netns", NULL, "network namespaces", "made, used and left", 1, write_netns },
	{ "genl", NULL, "generic netlink family", "all commands, dumps held across the unload", 2,
	  write_genl },
	{ "tcp", NULL, "TCP port", "connections, kept across the unload", 1, write_tcp },
	{ "udp", NULL, "UDP port", "datagrams", 1, write_udp },
	{ "chrdev", NULL, "character device number",
	  "as a device, through a node of the traffic's own", 3, write_number },
	{ "dir", "/proc/sys/net/*/conf/*", NULL, NULL, 0, NULL },
	{ "dir", "/proc/sys/net/*/neigh/*", NULL, NULL, 0, NULL },
	{ "dir", "/proc/sys/*", "sysctl directory", "all files read and written back", 1,
	  write_walked },
	{ "file", "/proc/sys/*", "sysctl", "read and written back", 1, write_walked },
	{ "dir", "/proc/*", "procfs directory", "all files read and written", 2, write_held },
	{ "file", "/proc/*", "procfs file", "read, written; held across the unload", 2,
	  write_held },
	{ "dir", "/sys/kernel/debug/*", "debugfs directory", "all files read and written", 2,
	  write_held },
	{ "file", "/sys/kernel/debug/*", "debugfs file", "read, written; held across the unload",
	  2, write_held },
	{ "dir", "/sys/module/*/parameters", "module parameters", "read and written", 1,
	  write_walked },
	{ "dir", "/sys/module/*", NULL, NULL, 0, NULL },
	{ "link", "/sys/module/*", NULL, NULL, 0, NULL },
	{ "link", "/sys/bus/*/devices/*", "device on a bus", NULL, 0, NULL },
	{ "dir", "/sys/class/*", "class", NULL, 0, NULL },
	{ "link", "/sys/class/*/*", "device of a class", NULL, 0, NULL },
	{ "link", "/sys/dev/*", NULL, NULL, 0, NULL },
	{ "dir", "/sys/devices/*/net/*", "interface's attributes", "all read", 1, write_read },
	{ "dir", "/sys/devices/*", "device's attributes", "all read and written", 1,
	  write_walked },
	{ "dir", "/sys/bus/*/drivers/*", "driver", "its attributes read and written", 1,
	  write_walked },
	{ "dir", "/sys/bus/*", "bus", NULL, 0, NULL },
	{ "dir", "/sys/*", "directory in sysfs", "all attributes read and written", 1,
	  write_walked },
	{ "file", "/sys/*", "attribute", "read and written", 1, write_walked },
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
	return rule->write == write_bind &&
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

static void print_one(FILE *file, const char *prefix, const struct finding *f,
		      const struct rule *chosen)
{
	const struct rule *rule = find_rule(f);
	const char *how = chosen ? chosen->traffic : NULL;

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
			print_one(file, prefix, f, choice->rule[i]);
	}
	if (!choice->driven)
		fprintf(file, "%snothing to drive: it is loaded and unloaded\n", prefix);
}

/* As many as fit into the budget, from how long the one of the look has taken. */
static long cycles_for(const struct target *t)
{
	long ms = (t->took_ms < 0 ? 0 : t->took_ms) + OVERHEAD_MS;
	long cycles = BUDGET_MS / ms;

	if (cycles > MOST_CYCLES)
		return MOST_CYCLES;
	return cycles < LEAST_CYCLES ? LEAST_CYCLES : cycles;
}

static void write_head(FILE *file, const struct race *race, const struct target *t)
{
	fprintf(file,
		"; %s as it is, from %s.\n"
		"; Edit this, and race it: make race MODULE=... SCENARIO=FILE\n"
		"; README.md explains the keys, `modrace --list-traffic` the traffic.\n\n",
		t->name, race->source);
}

static void write_scenario(const struct race *race, const struct target *t, FILE *file)
{
	struct choice choice = choose(t);
	size_t i;

	write_head(file, race, t);
	fprintf(file, "; What it registers, and what drives that:\n");
	print_findings(file, ";   ", t, &choice);
	fprintf(file, "\n[scenario]\nmodule = %s\n", t->name);
	if (*t->helpers)
		fprintf(file, "helpers = %s\n", t->helpers);
	fprintf(file, "; One cycle took %ld ms.\ncycles = %ld\n", t->took_ms, cycles_for(t));
	fprintf(file, "; What is not there in each cycle, or refuses, keeps nobody waiting.\n"
		      "reach = any\n\n");
	for (i = 0; i < t->nr_findings; i++) {
		if (choice.rule[i])
			choice.rule[i]->write(file, t->findings[i].text, i);
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
