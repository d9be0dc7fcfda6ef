// SPDX-License-Identifier: GPL-2.0
/*
 * rmmod for kernels with the lifecycle series: removes modules in one step or in
 * two, waits for them, takes them back, and says in one line why one does not go.
 *
 *	rmmod MODULE...			unload or fail, as ever
 *	rmmod --unreg MODULE...		disable; the last user removes the module
 *	rmmod --wait MODULE...		disable, and wait until it is gone
 *	rmmod --timeout SECONDS ...	the same, but not for ever
 *	rmmod --reenable MODULE...	take a disabled module back into use
 *	rmmod --status MODULE...	only say how it is
 *
 * It waits in poll(2) on /sys/module/MODULE/lifecycle. What it waits for happens
 * without it, so it can be killed at any time. A kernel that does not know the
 * flags of the series would take them for an ordinary unload: a module that has
 * no file "lifecycle" is never asked to be enabled again.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <math.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "holders.h"
#include "sysmodule.h"

/**
 * enum status - exit statuses
 * @DONE: as asked
 * @NOT_DONE: the module is in use, refused, or did not go in time
 * @CANNOT: no such module, not permitted, not understood
 */
enum status {
	DONE,
	NOT_DONE,
	CANNOT,
};

/**
 * struct request - what the user asks for
 * @unreg: disable the module
 * @wait: wait until it is gone
 * @reenable: take it back
 * @status: only look
 * @seconds: how long to wait, or INFINITY
 */
struct request {
	bool unreg;
	bool wait;
	bool reenable;
	bool status;
	double seconds;
};

static const char usage[] =
	"usage: rmmod [--unreg] [--wait] [--timeout SECONDS] MODULE...\n"
	"       rmmod --reenable MODULE...\n"
	"       rmmod --status MODULE...\n"
	"exit status: 0 done, 1 the module is in use or did not go, 2 cannot be done\n";

static void say(const char *module, const char *what)
{
	fprintf(stderr, "rmmod: %s: %s\n", module, what);
}

/* Returns 0, 1 or a negative errno. */
static int delete_module(const char *module, unsigned int flags)
{
	long ret = syscall(SYS_delete_module, module, flags);

	return ret < 0 ? -errno : ret;
}

/* One line on what keeps a module. */
static void explain(const char *module, const char *what)
{
	char line[1024];

	holders_describe(module, line, sizeof(line));
	fprintf(stderr, "rmmod: %s: %s; %s\n", module, what, line);
}

static enum status report(const char *module, int err)
{
	switch (-err) {
	case EWOULDBLOCK:
	case EBUSY:
		explain(module, err == -EBUSY ? "busy" : "in use");
		return NOT_DONE;
	case EINPROGRESS:
		explain(module, "not removed, and has no way back: disabled");
		return NOT_DONE;
	case ENOENT:
		say(module, "no such module");
		return CANNOT;
	case EPERM:
		say(module, "not permitted; only root may do this");
		return CANNOT;
	default:
		say(module, strerror(-err));
		return NOT_DONE;
	}
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* Milliseconds for poll(2), rounded up so as not to wake too early. */
static int milliseconds_until(double deadline)
{
	double left = deadline - now();

	if (isinf(deadline))
		return -1;
	return left <= 0 ? 0 : (int)ceil(left * 1000);
}

/*
 * The files of a module vanish a moment before its name becomes free. The wait
 * for that is bounded, nobody holds the module any more.
 */
static enum status wait_for_name(const char *module)
{
	int err = delete_module(module, MODULE_DELETE_UNREG | MODULE_DELETE_WAIT);

	return !err || err == -ENOENT ? DONE : report(module, err);
}

static enum status wait_until_gone(const char *module, double deadline)
{
	struct pollfd pfd = { .events = POLLPRI };
	char state[SYSMODULE_TEXT];
	int ret;

	pfd.fd = sysmodule_open(module, "lifecycle");
	for (;;) {
		if (pfd.fd < 0 || sysmodule_reread(pfd.fd, state) < 0) {
			close(pfd.fd);
			return wait_for_name(module);
		}
		if (!strcmp(state, "live")) {
			say(module, "somebody has enabled it again");
			break;
		}
		ret = poll(&pfd, 1, milliseconds_until(deadline));
		if (!ret) {
			explain(module, "disabled, but did not go in time");
			break;
		}
	}
	close(pfd.fd);
	return NOT_DONE;
}

static enum status remove_module(const char *module, const struct request *request)
{
	double deadline = now() + request->seconds;
	int err = delete_module(module, request->unreg ? MODULE_DELETE_UNREG : O_NONBLOCK);

	if (!err)
		return DONE;
	if (err != 1)
		return report(module, err);
	if (request->wait)
		return wait_until_gone(module, deadline);
	explain(module, "disabled, the last user removes it");
	return DONE;
}

static enum status reenable(const char *module)
{
	int err;

	if (!sysmodule_has(module, "lifecycle")) {
		say(module, sysmodule_has(module, "refcnt") ?
				    "cannot be disabled, nor enabled again" :
				    "no such module");
		return CANNOT;
	}
	err = delete_module(module, MODULE_DELETE_REENABLE);
	if (err == -EOPNOTSUPP) {
		say(module, "has no way back");
		return CANNOT;
	}
	return err ? report(module, err) : DONE;
}

static enum status show(const char *module)
{
	char state[SYSMODULE_TEXT], line[1024];

	if (sysmodule_read(module, "lifecycle", state) < 0 &&
	    sysmodule_read(module, "initstate", state) < 0)
		return report(module, -ENOENT);
	holders_describe(module, line, sizeof(line));
	printf("%s: %s; %s\n", module, state, line);
	return DONE;
}

static enum status serve(const char *module, const struct request *request)
{
	if (request->status)
		return show(module);
	if (request->reenable)
		return reenable(module);
	return remove_module(module, request);
}

static double parse_seconds(const char *text)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end || !(seconds >= 0) || seconds > 1e6) {
		fprintf(stderr, "rmmod: --timeout %s: not a number of seconds\n", text);
		exit(CANNOT);
	}
	return seconds;
}

static void bad_usage(void)
{
	fputs(usage, stderr);
	exit(CANNOT);
}

static struct request parse(int argc, char **argv)
{
	static const struct option options[] = {
		{ "unreg", no_argument, NULL, 'u' },         { "wait", no_argument, NULL, 'w' },
		{ "timeout", required_argument, NULL, 't' }, { "reenable", no_argument, NULL, 'r' },
		{ "status", no_argument, NULL, 's' },        { 0 },
	};
	struct request request = { .seconds = INFINITY };
	int id;

	while ((id = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		request.unreg |= id == 'u' || id == 'w' || id == 't';
		request.wait |= id == 'w' || id == 't';
		request.reenable |= id == 'r';
		request.status |= id == 's';
		if (id == 't')
			request.seconds = parse_seconds(optarg);
		if (id == '?')
			bad_usage();
	}
	if (optind == argc || request.unreg + request.reenable + request.status > 1)
		bad_usage();
	return request;
}

/* The kernel writes - as _ in the names of modules. */
static void underscore(char *module)
{
	for (; *module; module++) {
		if (*module == '-')
			*module = '_';
	}
}

int main(int argc, char **argv)
{
	struct request request = parse(argc, argv);
	enum status worst = DONE;

	for (; optind < argc; optind++) {
		enum status status;

		underscore(argv[optind]);
		status = serve(argv[optind], &request);
		if (status > worst)
			worst = status;
	}
	return worst;
}
