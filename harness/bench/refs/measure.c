// SPDX-License-Identifier: GPL-2.0
/*
 * In the guest: has ref_bench measure kinds of references in turns, so that
 * whatever else the host does falls on all alike, and prints "KIND PICOSECONDS".
 * It rests before and after each, for the host to read its counter meanwhile.
 *
 *	measure THREADS ROUNDS KIND...
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

int main(int argc, char **argv)
{
	int i, round, rounds = argc > 2 ? atoi(argv[2]) : 1;

	measure_load("/test/ref_bench.ko");
	for (round = 0; round < rounds; round++) {
		for (i = 3; i < argc; i++) {
			printf("begin\n");
			rest();
			run(argv[i], argv[1]);
			printf("%s %llu\n", argv[i], measure_read(PARAMETERS "result"));
			rest();
		}
	}
	return 0;
}
