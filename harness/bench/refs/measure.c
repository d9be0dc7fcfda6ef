// SPDX-License-Identifier: GPL-2.0
/*
 * In the guest: has ref_bench measure kinds of references in turns, so that
 * whatever else the host does falls on all alike, and prints "KIND PICOSECONDS".
 * It rests before and after each, for the host to read its counter meanwhile.
 *
 *	measure THREADS ROUNDS KIND...
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define REST_NS	   20000000
#define PARAMETERS "/sys/module/ref_bench/parameters/"

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

static void rest(void)
{
	const struct timespec ts = { .tv_nsec = REST_NS };

	fflush(stdout);
	tcdrain(STDOUT_FILENO);
	nanosleep(&ts, NULL);
}

int main(int argc, char **argv)
{
	int i, round, rounds = argc > 2 ? atoi(argv[2]) : 1;

	load("/test/ref_bench.ko");
	for (round = 0; round < rounds; round++) {
		for (i = 3; i < argc; i++) {
			printf("begin\n");
			rest();
			run(argv[i], argv[1]);
			print_result(argv[i]);
			rest();
		}
	}
	return 0;
}
