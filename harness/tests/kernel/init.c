// SPDX-License-Identifier: GPL-2.0
/*
 * Process 1 of the guests that run the kernel's own tests: mounts the pseudo
 * file systems, runs the program named by its first argument, with the rest as
 * arguments of that and a serial line as its output, and powers the guest off.
 * The last line tells how the program ended; without it, it did not.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT "/dev/ttyS0"

static const struct {
	const char *type, *where;
	int optional;
} mounts[] = {
	{ "proc", "/proc" },
	{ "sysfs", "/sys" },
	{ "devtmpfs", "/dev" },
	{ "tmpfs", "/tmp" },
	{ "debugfs", "/sys/kernel/debug", .optional = 1 },
	{ "tracefs", "/sys/kernel/tracing", .optional = 1 },
};

static void fail(const char *what)
{
	fprintf(stderr, "init: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void mount_all(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		mkdir(mounts[i].where, 0755);
		if (mount(mounts[i].type, mounts[i].where, mounts[i].type, 0, NULL) &&
		    !mounts[i].optional)
			fail(mounts[i].where);
	}
}

static void open_output(void)
{
	int fd = open(OUTPUT, O_RDWR | O_NOCTTY);

	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
		fail(OUTPUT);
	close(fd);
	fd = open("/dev/null", O_RDONLY);
	if (fd < 0 || dup2(fd, STDIN_FILENO) < 0)
		fail("/dev/null");
	close(fd);
}

/* Runs the program; whoever else is orphaned meanwhile is reaped, too. */
static int run(char **argv)
{
	pid_t child = fork(), pid;
	int status;

	if (!child) {
		execv(argv[0], argv);
		fail(argv[0]);
	}
	do {
		pid = wait(&status);
	} while (pid >= 0 && pid != child);
	if (pid < 0)
		fail("wait");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	mount_all();
	open_output();
	if (argc < 2) {
		fprintf(stderr, "init: nothing to run\n");
		return 1;
	}
	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
	printf("# exit status %d\n", run(argv + 1));
	fflush(stdout);
	sync();
	reboot(RB_POWER_OFF);
	return 1;
}
