// SPDX-License-Identifier: GPL-2.0
/*
 * In the guest: loads and removes modules that know nothing of removal in two
 * steps, in every way there is, and prints what happened: what notifiers and the
 * modules themselves saw, what the kernel said, what the system calls returned and
 * what sysfs showed, and the module tracepoints if the kernel has them and was
 * booted with tp_printk. All of it is in the kernel log, so that it is in order.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TRACE_EVENTS "/sys/kernel/tracing/events/module/enable"

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
	char text[256] = "<5>seq: ";
	va_list args;

	va_start(args, format);
	vsnprintf(text + strlen(text), sizeof(text) - strlen(text), format, args);
	va_end(args);
	write_file("/dev/kmsg", text);
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

static void remove_module(const char *name, unsigned int flags)
{
	long ret = syscall(SYS_delete_module, name, flags);

	mark("delete_module(%s, %#x) = %ld %s", name, flags, ret, ret ? strerror(errno) : "");
	mark_module(name);
}

static void set_hold(const char *value)
{
	mark("hold %s", value);
	write_file("/sys/module/seq_probe/parameters/hold", value);
}

static void remove_in_every_way(void)
{
	load("seq_plain", "");
	load("seq_plain", "");
	remove_module("seq_plain", O_NONBLOCK);
	load("seq_plain", "");
	remove_module("seq_plain", 0);
	load("seq_plain", "");
	remove_module("seq_plain", O_NONBLOCK | UNKNOWN_FLAGS);
	remove_module("seq_plain", O_NONBLOCK);
}

static void remove_while_used(void)
{
	load("seq_plain", "");
	load("seq_user", "");
	remove_module("seq_plain", O_NONBLOCK);
	remove_module("seq_user", O_NONBLOCK);
	set_hold("1");
	remove_module("seq_plain", O_NONBLOCK);
	remove_module("seq_plain", O_NONBLOCK | UNKNOWN_FLAGS);
	set_hold("0");
	remove_module("seq_plain", O_NONBLOCK);
}

static void fail_to_load(void)
{
	load("seq_user", "");
	load("seq_plain", "init_ret=-5");
	load("seq_plain", "init_ret=1");
	remove_module("seq_plain", O_NONBLOCK);
}

static void remove_by_force(void)
{
	load("seq_permanent", "");
	remove_module("seq_permanent", O_NONBLOCK);
	remove_module("seq_permanent", O_NONBLOCK | O_TRUNC);
	load("seq_plain", "");
	load("seq_user", "");
	remove_module("seq_plain", O_NONBLOCK | O_TRUNC);
	remove_module("seq_user", O_NONBLOCK | O_TRUNC);
	remove_module("seq_plain", O_NONBLOCK | O_TRUNC);
	load("seq_plain", "");
	set_hold("1");
	remove_module("seq_plain", O_NONBLOCK | O_TRUNC);
}

/* Print the text of each record from here to the end of the kernel log. */
static void print_log(int log)
{
	char record[1024], *text;
	ssize_t n;

	while ((n = read(log, record, sizeof(record) - 1)) > 0) {
		record[n] = '\0';
		text = strchr(record, ';');
		if (text)
			printf("%.*s\n", (int)strcspn(text + 1, "\n"), text + 1);
	}
}

int main(void)
{
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	load("seq_probe", "");
	if (log < 0 || lseek(log, 0, SEEK_END) < 0)
		printf("sequence: /dev/kmsg: %s\n", strerror(errno));
	if (!access(TRACE_EVENTS, W_OK))
		write_file(TRACE_EVENTS, "1");
	remove_in_every_way();
	remove_while_used();
	fail_to_load();
	remove_by_force();
	if (!access(TRACE_EVENTS, W_OK))
		write_file(TRACE_EVENTS, "0");
	print_log(log);
	return 0;
}
