// SPDX-License-Identifier: GPL-2.0
/*
 * Looking at what a module registers: all that can be listed is listed before the first
 * load and after it, and what is new is sent to the host, one record each.
 *
 *	node c /dev/foo			a device node, c or b
 *	dir /sys/kernel/foo		what is new in a file system, its topmost parts only,
 *	file /proc/foo			and a few that lie below one (see also[])
 *	link /sys/class/misc/foo
 *	chrdev foo			a line of a file in /proc (see lists[])
 *	genl foo 1,2d			a generic netlink family and its commands, d: dumps
 *	socket 30 2			socket(2) knows this family and type
 *	rtnl foo			a kind of network interfaces, found by trying
 *	command add %u			a format that the module parses something with
 *	crypto foo-generic hash		an algorithm's driver and type
 *	ldisc foo 29			a line discipline and its number
 *	tcp 7010			a port of IPv4 that is listened on
 *	count 1				the module's reference count with nobody about
 *	took 12				milliseconds that the cycle has taken, but for the look
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "channel.h"
#include "genl.h"
#include "look.h"
#include "module.h"
#include "names.h"
#include "rtnl.h"
#include "util.h"
#include "words.h"

/* How long what a load leaves to others may take to appear. */
#define APPEAR_US 300000

#define MAX_DEPTH  12
#define MAX_PATH   512
#define MAX_FAMILY 45

static struct look {
	struct names words;
	struct names commands;
	struct names before;
	struct timespec mark;
	long load_ms;
} look;

/* Trees of files; what changes without any module's doing is not entered. */
static const char *const trees[] = { "/dev", "/proc", "/proc/self/net", "/sys" };
static const char *const not_entered[] = {
	"/proc/[0-9]*", "/proc/self", "/proc/thread-self", "/proc/net", "/sys/kernel/slab",
};

/* These are told of though a directory above them is new, too. */
static const char *const also[] = {
	"dir /sys/module/*/parameters", "link /sys/module/*/holders/*",
	"link /sys/bus/*/devices/*",    "file /sys/bus/*/new_device",
	"dir /sys/bus/*/drivers/*",     "link /sys/bus/*/drivers/*/*",
	"link /sys/class/*/*",
};

static bool matches(const char *const *patterns, size_t nr, const char *name)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		if (!fnmatch(patterns[i], name, FNM_PATHNAME))
			return true;
	}
	return false;
}

static void list_tree(struct names *names, const char *path, unsigned int depth);

static void list_entry(struct names *names, const char *path, unsigned int depth)
{
	struct stat st;

	if (lstat(path, &st) || matches(not_entered, ARRAY_SIZE(not_entered), path))
		return;
	if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
		names_add(names, "node %c %s", S_ISCHR(st.st_mode) ? 'c' : 'b', path);
	else if (S_ISDIR(st.st_mode))
		names_add(names, "dir %s", path);
	else
		names_add(names, "%s %s", S_ISLNK(st.st_mode) ? "link" : "file", path);
	if (S_ISDIR(st.st_mode) && depth < MAX_DEPTH)
		list_tree(names, path, depth + 1);
}

static void list_tree(struct names *names, const char *path, unsigned int depth)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	char below[MAX_PATH];

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (snprintf(below, sizeof(below), "%s/%s", path, entry->d_name) < MAX_PATH)
			list_entry(names, below, depth);
	}
	closedir(dir);
}

/**
 * struct list - a file in /proc that has a line for each thing of a kind
 * @kind: of the record that is sent
 * @path: the file
 * @format: for sscanf(3): the name in a line
 * @from: lines count from the one that begins like this, NULL for all
 * @to: and up to this one, NULL for all
 */
static const struct list {
	const char *kind;
	const char *path;
	const char *format;
	const char *from;
	const char *to;
} lists[] = {
	{ "chrdev", "/proc/devices", "%*d %127s", "Character", "Block" },
	{ "blkdev", "/proc/devices", "%*d %127s", "Block", NULL },
	{ "filesystem", "/proc/filesystems", "nodev %127s", NULL, NULL },
	{ "blockfs", "/proc/filesystems", " %127s", NULL, NULL },
	{ "protocol", "/proc/net/protocols", "%127s", NULL, NULL },
	{ "tty", "/proc/tty/drivers", "%127s", NULL, NULL },
	{ "packet", "/proc/net/ptype", "%*s %127s", NULL, NULL },
	{ "netlink", "/proc/net/netlink", "%*s %127s", NULL, NULL },
};

static void read_list(struct names *names, const struct list *list)
{
	FILE *file = fopen(list->path, "re");
	bool counts = !list->from;
	char line[512], name[128];

	if (!file)
		return;
	while (fgets(line, sizeof(line), file)) {
		if (list->to && !strncmp(line, list->to, strlen(list->to)))
			counts = false;
		if (counts && sscanf(line, list->format, name) == 1)
			names_add(names, "%s %s", list->kind, name);
		if (list->from && !strncmp(line, list->from, strlen(list->from)))
			counts = true;
	}
	fclose(file);
}

static void list_ldiscs(struct names *names)
{
	FILE *file = fopen("/proc/tty/ldiscs", "re");
	char line[128], name[64];
	unsigned int number;

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%63s %u", name, &number) == 2)
			names_add(names, "ldisc %s %u", name, number);
	}
	if (file)
		fclose(file);
}

/* A paragraph for each algorithm, of lines "KEY : VALUE", the type behind the driver. */
static void list_crypto(struct names *names)
{
	FILE *file = fopen("/proc/crypto", "re");
	char line[256], driver[128] = "", type[64];

	while (file && fgets(line, sizeof(line), file)) {
		sscanf(line, "driver : %127s", driver);
		if (sscanf(line, "type : %63s", type) == 1)
			names_add(names, "crypto %s %s", driver, type);
	}
	if (file)
		fclose(file);
}

/* Nothing lists the kinds of interfaces, but a name that is none is refused as such. */
static void list_rtnl(struct names *names)
{
	size_t i;

	for (i = 0; i < look.words.nr; i++) {
		if (rtnl_knows(look.words.name[i]))
			names_add(names, "rtnl %s", look.words.name[i]);
	}
}

/* State 0A of the kernel's table is TCP_LISTEN, 07 that of a bound UDP socket. */
static void list_ports(struct names *names, const char *kind, const char *path, unsigned int state)
{
	FILE *file = fopen(path, "re");
	unsigned int port, is;
	char line[512];

	if (!file)
		return;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%*d: %*[0-9A-F]:%x %*s %x", &port, &is) == 2 && is == state)
			names_add(names, "%s %u", kind, port);
	}
	fclose(file);
}

static void list_sockets(struct names *names)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET };
	int family, fd;
	size_t i;

	for (family = 1; family <= MAX_FAMILY; family++) {
		for (i = 0; i < ARRAY_SIZE(types); i++) {
			fd = socket(family, types[i] | SOCK_CLOEXEC, 0);
			if (fd < 0)
				continue;
			names_add(names, "socket %d %d", family, types[i]);
			close(fd);
		}
	}
}

static void list_all(struct names *names)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(trees); i++) {
		names_add(names, "dir %s", trees[i]);
		list_tree(names, trees[i], 0);
	}
	for (i = 0; i < ARRAY_SIZE(lists); i++)
		read_list(names, &lists[i]);
	list_ports(names, "tcp", "/proc/net/tcp", 0x0a);
	list_ports(names, "udp", "/proc/net/udp", 0x07);
	list_ldiscs(names);
	list_crypto(names);
	list_sockets(names);
	list_rtnl(names);
	genl_list(names);
	names_sort(names);
}

/**
 * look_before() - list what there is without the module
 * @fd: the module's file
 *
 * Ends the run as BROKEN if that cannot be done.
 */
void look_before(int fd)
{
	words_read(&look.words, &look.commands, fd);
	list_all(&look.before);
}

static void tell(const char *kind, const char *text)
{
	struct wire_record r = { .kind = WIRE_LOOK };

	snprintf(r.name, sizeof(r.name), "%s", kind);
	snprintf(r.text, sizeof(r.text), "%s", text);
	channel_send(&r);
}

/* Is the directory that holds a file new as well? */
static bool in_new_directory(const char *path)
{
	char above[MAX_PATH + 8];

	snprintf(above, sizeof(above), "dir %.*s", (int)(strrchr(path, '/') - path), path);
	return strchr(above, '/') != strrchr(above, '/') && !names_have(&look.before, above);
}

static void send_new(const char *name)
{
	const char *text = strchr(name, ' ') + 1;
	char kind[WIRE_NAME_LEN];

	if (names_have(&look.before, name))
		return;
	snprintf(kind, sizeof(kind), "%.*s", (int)(text - name - 1), name);
	if (*text == '/' && in_new_directory(text) && !matches(also, ARRAY_SIZE(also), name))
		return;
	tell(kind, text);
}

static long ms_since_mark(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - look.mark.tv_sec) * 1000 + (now.tv_nsec - look.mark.tv_nsec) / 1000000;
}

/**
 * look_loading() - the module is about to be loaded
 */
void look_loading(void)
{
	clock_gettime(CLOCK_MONOTONIC, &look.mark);
}

/**
 * look_loaded() - tell the host what has come with the module
 * @module: the module, which has just been loaded
 */
void look_loaded(const char *module)
{
	struct names after = { 0 };
	char count[16];
	size_t i;

	look.load_ms = ms_since_mark();
	nap_us(APPEAR_US);
	list_all(&after);
	for (i = 0; i < after.nr; i++) {
		if (!i || strcmp(after.name[i], after.name[i - 1]))
			send_new(after.name[i]);
	}
	for (i = 0; i < look.commands.nr; i++)
		tell("command", look.commands.name[i]);
	snprintf(count, sizeof(count), "%d", module_refcount(module));
	tell("count", count);
	clock_gettime(CLOCK_MONOTONIC, &look.mark);
}

/**
 * look_unloaded() - tell the host how long the cycle has taken, but for the look
 */
void look_unloaded(void)
{
	char ms[32];

	snprintf(ms, sizeof(ms), "%ld", look.load_ms + ms_since_mark());
	tell("took", ms);
}
