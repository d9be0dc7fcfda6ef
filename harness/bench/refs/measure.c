// SPDX-License-Identifier: GPL-2.0
/*
 * In the guest: has ref_bench measure each kind of reference in turns, so that
 * whatever else the host does falls on all alike, and prints "KIND PICOSECONDS".
 *
 *	measure THREADS ROUNDS
 */
#include "../measure.h"

#define PARAMETERS "/sys/module/ref_bench/parameters/"

static const char *const kinds[] = {
	"none", "atomic", "percpu", "lock", "connection", "register",
};

static void run(const char *kind, const char *threads)
{
	int fd = open(PARAMETERS "run", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || dprintf(fd, "%s %s", kind, threads) < 0)
		measure_fail(kind);
	close(fd);
}

int main(int argc, char **argv)
{
	int round, rounds = argc > 2 ? atoi(argv[2]) : 1;
	size_t i;

	measure_load("/test/ref_bench.ko");
	for (round = 0; round < rounds; round++) {
		for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
			run(kinds[i], argv[1]);
			printf("%s %llu\n", kinds[i], measure_read(PARAMETERS "result"));
		}
	}
	return 0;
}
