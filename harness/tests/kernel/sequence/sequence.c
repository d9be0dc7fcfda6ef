// SPDX-License-Identifier: GPL-2.0
/*
 * In the guest: loads and removes modules that know nothing of removal in two
 * steps, in every way there is, and prints the trace of it: the module
 * tracepoints, what notifiers and the modules themselves saw, and what the system
 * calls returned, in the order in which it happened. Prints nothing that differs
 * between two runs.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TRACING "/sys/kernel/tracing/"

/* Flags that mean nothing to the kernels of today. */
#define UNKNOWN_FLAGS 0x30000000

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0) {
		printf("sequence: %s: %s\n", path, strerror(errno));
		exit(1);
	}
	close(fd);
}

static void __attribute__((format(printf, 1, 2))) mark(const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	write_file(TRACING "trace_marker", text);
}

/* What user space sees of a module: two attributes and a line. */
static void mark_module(const char *name)
{
	static const char *const attributes[] = { "initstate", "refcnt" };
	char path[128], value[32];
	unsigned int i;
	ssize_t n;
	int fd;

	for (i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
		snprintf(path, sizeof(path), "/sys/module/%s/%s", name, attributes[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		n = fd < 0 ? 0 : read(fd, value, sizeof(value) - 1);
		value[n > 0 ? n - 1 : 0] = '\0';
		mark("%s %s: %s", name, attributes[i], fd < 0 ? "none" : value);
		if (fd >= 0)
			close(fd);
	}
}

static void load(const char *name, const char *args)
{
	char path[128];
	long ret;
	int fd;

	snprintf(path, sizeof(path), "/test/%s.ko", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ret = syscall(SYS_finit_module, fd, args, 0);
	mark("finit_module(%s, \"%s\") = %ld %s", name, args, ret, ret ? strerror(errno) : "");
	close(fd);
	mark_module(name);
}

static void delete(const char *name, unsigned int flags)
{
	long ret = syscall(SYS_delete_module, name, flags);

	mark("delete_module(%s, %#x) = %ld %s", name, flags, ret, ret ? strerror(errno) : "");
	mark_module(name);
}

static void hold(const char *value)
{
	mark("hold %s", value);
	write_file("/sys/module/seq_probe/parameters/hold", value);
}

static void remove_in_every_way(void)
{
	load("seq_plain", "");
	load("seq_plain", "");
	delete("seq_plain", O_NONBLOCK);
	load("seq_plain", "");
	delete("seq_plain", 0);
	load("seq_plain", "");
	delete("seq_plain", O_NONBLOCK | UNKNOWN_FLAGS);
	delete("seq_plain", O_NONBLOCK);
}

static void remove_while_used(void)
{
	load("seq_plain", "");
	load("seq_user", "");
	delete("seq_plain", O_NONBLOCK);
	delete("seq_user", O_NONBLOCK);
	hold("1");
	delete("seq_plain", O_NONBLOCK);
	delete("seq_plain", O_NONBLOCK | UNKNOWN_FLAGS);
	hold("0");
	delete("seq_plain", O_NONBLOCK);
}

static void fail_to_load(void)
{
	load("seq_user", "");
	load("seq_plain", "init_ret=-5");
	load("seq_plain", "init_ret=1");
	delete("seq_plain", O_NONBLOCK);
}

static void remove_by_force(void)
{
	load("seq_permanent", "");
	delete("seq_permanent", O_NONBLOCK);
	delete("seq_permanent", O_NONBLOCK | O_TRUNC);
	load("seq_plain", "");
	load("seq_user", "");
	delete("seq_plain", O_NONBLOCK | O_TRUNC);
	delete("seq_user", O_NONBLOCK | O_TRUNC);
	delete("seq_plain", O_NONBLOCK | O_TRUNC);
	load("seq_plain", "");
	hold("1");
	delete("seq_plain", O_NONBLOCK | O_TRUNC);
}

/*
 * Print what is behind the time stamp of each line of the trace, without what
 * seq_probe itself did to be loaded.
 */
static void print_trace(void)
{
	char line[512], *text;
	FILE *trace = fopen(TRACING "trace", "re");

	while (trace && fgets(line, sizeof(line), trace)) {
		text = strstr(line, ": ");
		if (*line != '#' && text)
			fputs(text + 2, stdout);
	}
	if (trace)
		fclose(trace);
}

int main(void)
{
	load("seq_probe", "");
	write_file(TRACING "trace", "\n");
	write_file(TRACING "events/module/enable", "1");
	remove_in_every_way();
	remove_while_used();
	fail_to_load();
	remove_by_force();
	write_file(TRACING "events/module/enable", "0");
	print_trace();
	return 0;
}
