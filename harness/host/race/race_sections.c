// SPDX-License-Identifier: GPL-2.0
/*
 * The [traffic NAME] sections that drive what a module registers, a function for each way
 * to drive something. The number makes the names of the sections differ.
 */
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "race/race_sections.h"

static void write_files(const struct out *out, const char *path, unsigned int number, bool hold)
{
	const struct target *t = out->target;

	fprintf(out->file, "[traffic f%u%s]\ntype = files\npath = %s\n%s", number,
		hold ? "-hold" : "", path, hold ? "hold = yes\nwait = read\n" : "write = yes\n");
	if (!hold && t->command)
		fprintf(out->file, "command = %s\nundo = %s\n", t->command, t->undo);
	fputc('\n', out->file);
}

void section_read(const struct out *out, const char *text, unsigned int number)
{
	fprintf(out->file, "[traffic f%u]\ntype = files\npath = %s\n\n", number, text);
}

/* One keeps it open across the unload, asleep in it if it has one wait, one comes and goes. */
void section_held(const struct out *out, const char *text, unsigned int number)
{
	write_files(out, text, number, true);
	write_files(out, text, number, false);
}

static void write_device(const struct out *out, const char *path, unsigned int number)
{
	section_held(out, path, number);
	fprintf(out->file,
		"[traffic f%u-poll]\ntype = files\npath = %s\nhold = yes\nwait = poll\n\n", number,
		path);
}

void section_node(const struct out *out, const char *text, unsigned int number)
{
	write_device(out, strchr(text, '/'), number);
}

void section_number(const struct out *out, const char *text, unsigned int number)
{
	char *path = format("chrdev:%s", text);

	write_device(out, path, number);
	free(path);
}

/* BLKRRPART has the partitions read again; BLKGETSIZE64, BLKFLSBUF. */
void section_block(const struct out *out, const char *text, unsigned int number)
{
	const char *path = strchr(text, '/');

	write_files(out, path, number, true);
	fprintf(out->file,
		"[traffic f%u]\ntype = files\npath = %s\nwrite = yes\n"
		"ioctl = 0x125f 0x80081272 0x1261\n\n",
		number, path);
}

void section_walked(const struct out *out, const char *text, unsigned int number)
{
	write_files(out, text, number, false);
}

/* "/sys/bus/platform/drivers/foo/foo.0" */
void section_bind(const struct out *out, const char *text, unsigned int number)
{
	const char *device = strrchr(text, '/');

	fprintf(out->file, "[traffic b%u]\ntype = bind\ndriver = %.*s\ndevice = %s\n\n", number,
		(int)(device - text), text, device + 1);
}

void section_link(const struct out *out, const char *text, unsigned int number)
{
	fprintf(out->file, "[traffic n%u]\ntype = link\ndevice = %s\n\n", number,
		strrchr(text, '/') + 1);
}

void section_rtnl(const struct out *out, const char *text, unsigned int number)
{
	fprintf(out->file, "[traffic k%u]\ntype = rtnl\nkind = %s\n\n", number, text);
	fprintf(out->file, "[traffic k%u-hold]\ntype = rtnl\nkind = %s\nhold = yes\n\n", number,
		text);
}

/* "30 2" */
void section_socket(const struct out *out, const char *text, unsigned int number)
{
	fprintf(out->file,
		"[traffic s%u]\ntype = socket\nfamily = %d\nsocket = %s\nhold = yes\n"
		"workers = 2\n\n",
		number, atoi(text), strchr(text, ' ') + 1);
}

void section_netns(const struct out *out, const char *text, unsigned int number)
{
	(void)text;
	fprintf(out->file, "[traffic w%u]\ntype = netns\n\n", number);
}

void section_mount(const struct out *out, const char *text, unsigned int number)
{
	fprintf(out->file, "[traffic m%u]\ntype = mount\nfilesystem = %s\n\n", number, text);
	fprintf(out->file, "[traffic m%u-hold]\ntype = mount\nfilesystem = %s\nhold = yes\n\n",
		number, text);
}

void section_configfs(const struct out *out, const char *text, unsigned int number)
{
	fprintf(out->file, "[traffic c%u]\ntype = configfs\npath = %s\nhold = yes\nworkers = 2\n\n",
		number, text);
}

/* "/sys/bus/foo/new_device", which takes a number and what else may be left out, or be 1. */
void section_new_device(const struct out *out, const char *text, unsigned int number)
{
	fprintf(out->file,
		"[traffic d%u]\ntype = sysfs\npath = %s\nwrite = {n} 1\nundo = {n}\n"
		"undo_path = %.*s/del_device\nrepeat = 1\n\n",
		number, text, (int)(strrchr(text, '/') - text), text);
}

/* "foo 29" */
void section_ldisc(const struct out *out, const char *text, unsigned int number)
{
	fprintf(out->file, "[traffic l%u]\ntype = ldisc\nnumber = %s\nhold = yes\n\n", number,
		strchr(text, ' ') + 1);
}

/* "foo-generic shash" */
void section_alg(const struct out *out, const char *text, unsigned int number)
{
	const char *type = strchr(text, ' ') + 1;

	fprintf(out->file,
		"[traffic a%u]\ntype = alg\nname = %.*s\ninterface = %s\nhold = yes\n"
		"workers = 2\n\n",
		number, (int)strcspn(text, " "), text, strstr(type, "hash") ? "hash" : type);
}

void section_user(const struct out *out, const char *text, unsigned int number)
{
	fprintf(out->file, "[traffic o%u]\ntype = module\nmodule = %s\nhold = yes\nworkers = 2\n\n",
		number, text);
}

void section_tcp(const struct out *out, const char *text, unsigned int number)
{
	fprintf(out->file, "[traffic t%u]\ntype = inet\nport = %s\nhold = yes\nworkers = 2\n\n",
		number, text);
}

void section_udp(const struct out *out, const char *text, unsigned int number)
{
	fprintf(out->file, "[traffic u%u]\ntype = inet\nprotocol = udp\nport = %s\n\n", number,
		text);
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
void section_genl(const struct out *out, const char *text, unsigned int number)
{
	int name = strcspn(text, " ");
	unsigned int dumps, others;
	char *dump = genl_commands(text + name, true, &dumps);
	char *other = genl_commands(text + name, false, &others);

	if (dumps)
		fprintf(out->file,
			"[traffic g%u-dump]\ntype = netlink\nfamily = %.*s\ncommand = %s\n"
			"dump = yes\nhold = yes\nworkers = 2\n\n",
			number, name, text, dump);
	if (others)
		fprintf(out->file, "[traffic g%u]\ntype = netlink\nfamily = %.*s\ncommand = %s\n\n",
			number, name, text, other);
	free(other);
	free(dump);
}
