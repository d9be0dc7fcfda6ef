// SPDX-License-Identifier: GPL-2.0
/*
 * In the guest: has ref_bench measure each kind of reference in turns, so that
 * whatever else the host does falls on all alike, and prints "KIND PICOSECONDS".
 *
 *	measure THREADS ROUNDS
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PARAMETERS "/sys/module/ref_bench/parameters/"

static const char *const kinds[] = {
	"none", "atomic", "percpu", "lock", "connection", "register",
};

static void fail(const char *what)
{
	printf("measure: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void load(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || syscall(SYS_finit_module, fd, "", 0))
		fail(path);
	close(fd);
}

static void run(const char *kind, const char *threads)
{
	int fd = open(PARAMETERS "run", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || dprintf(fd, "%s %s", kind, threads) < 0)
		fail(kind);
	close(fd);
}

static void print_result(const char *kind)
{
	char text[32] = "";
	int fd = open(PARAMETERS "result", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		fail("result");
	close(fd);
	printf("%s %s", kind, text);
}

int main(int argc, char **argv)
{
	int round, rounds = argc > 2 ? atoi(argv[2]) : 1;
	size_t i;

	load("/test/ref_bench.ko");
	for (round = 0; round < rounds; round++) {
		for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
			run(kinds[i], argv[1]);
			print_result(kinds[i]);
		}
	}
	return 0;
}
