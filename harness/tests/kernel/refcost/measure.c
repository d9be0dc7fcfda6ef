// SPDX-License-Identifier: GPL-2.0
/*
 * In the guest: does what refcost-test compares, so many times as it is told, and
 * says when it has. It sleeps in between, for the host to look at the processor
 * time of the guest, and to let the other guest do the same.
 *
 *	-> ready
 *	<- pair 400000		pairs of try_module_get() and module_put()
 *	-> ready
 *	<- cycle 20		loads and removals of a module
 *	-> ready
 *	<- quit
 */
#include <termios.h>

#include "../../../bench/measure.h"

static void time_pairs(const char *times)
{
	measure_write("/sys/module/refcost/parameters/pairs", times);
}

static void cycles(const char *times)
{
	unsigned long i = strtoul(times, NULL, 10);

	while (i--) {
		measure_load("/test/refcost_empty.ko");
		if (syscall(SYS_delete_module, "refcost_empty", O_NONBLOCK))
			measure_fail("refcost_empty");
	}
}

static const struct {
	const char *name;
	void (*run)(const char *times);
} blocks[] = {
	{ "pair ", time_pairs },
	{ "cycle ", cycles },
};

static int obey(const char *command)
{
	size_t i;

	for (i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		if (!strncmp(command, blocks[i].name, strlen(blocks[i].name))) {
			blocks[i].run(command + strlen(blocks[i].name));
			return 1;
		}
	}
	return 0;
}

/* The terminal is for commands and answers, nothing comes back by itself. */
static FILE *open_commands(void)
{
	struct termios tio;

	if (tcgetattr(STDOUT_FILENO, &tio))
		measure_fail("terminal");
	tio.c_lflag &= ~ECHO;
	if (tcsetattr(STDOUT_FILENO, TCSANOW, &tio))
		measure_fail("terminal");
	return fdopen(dup(STDOUT_FILENO), "r");
}

int main(void)
{
	FILE *commands = open_commands();
	char command[80];

	measure_load("/test/refcost.ko");
	do {
		puts("ready");
		fflush(stdout);
	} while (fgets(command, sizeof(command), commands) && obey(command));
	return 0;
}
