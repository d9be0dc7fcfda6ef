// SPDX-License-Identifier: GPL-2.0
/*
 * In the guest: has ref_bench measure kinds of references in turns, so that
 * whatever else the host does falls on all alike, and prints "KIND PICOSECONDS".
 * It rests before and after each, for the host to read its counter meanwhile.
 *
 *	measure THREADS ROUNDS KIND,KIND...
 *
 * UML appends arguments of its own (root=) to those of process 1.
 */
#include <termios.h>
#include <time.h>

#include "../measure.h"

#define REST_NS    20000000
#define PARAMETERS "/sys/module/ref_bench/parameters/"

static void run(const char *kind, const char *threads)
{
	char text[64];

	snprintf(text, sizeof(text), "%s %s", kind, threads);
	measure_write(PARAMETERS "run", text);
}

static void rest(void)
{
	const struct timespec ts = { .tv_nsec = REST_NS };

	fflush(stdout);
	tcdrain(STDOUT_FILENO);
	nanosleep(&ts, NULL);
}

static void run_all(char *kinds, const char *threads)
{
	char *kind;

	while ((kind = strsep(&kinds, ","))) {
		printf("begin\n");
		rest();
		run(kind, threads);
		printf("%s %llu\n", kind, measure_read(PARAMETERS "result"));
		rest();
	}
}

int main(int argc, char **argv)
{
	int round, rounds;
	char kinds[256];

	if (argc < 4)
		return 1;
	rounds = atoi(argv[2]);
	measure_load("/test/ref_bench.ko");
	for (round = 0; round < rounds; round++) {
		snprintf(kinds, sizeof(kinds), "%s", argv[3]);
		run_all(kinds, argv[1]);
	}
	return 0;
}
