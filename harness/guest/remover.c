// SPDX-License-Identifier: GPL-2.0
/*
 * Attempts to unload, and the process that makes them when the kernel decides
 * who runs:
 *
 *	gate |delete_module: refused|nap|delete_module: refused|nap| ...  gate
 *	traffic            |op|..held..|op|      done, holds nothing
 *
 * The traffic of a cycle is bounded, so a module that is still referenced after
 * a while will stay so.
 */
#include <errno.h>
#include <linux/modrace_explore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "channel.h"
#include "explore.h"
#include "module.h"
#include "remover.h"
#include "traffic.h"
#include "util.h"

/* How long a module may stay referenced, and the nap between two attempts. */
#define DRAIN_US 2000000
#define NAP_US	 1000

static struct remover_report *report;

/**
 * remover_refused() - was an attempt refused because the module is in use?
 * @err: what module_delete() returned
 */
bool remover_refused(int err)
{
	return err == -EWOULDBLOCK || err == -EBUSY;
}

/**
 * remover_attempt() - try to unload, and count
 * @s: the scenario
 * @counts: attempts refused and overlapped are added here
 *
 * Return: 0 or a negative errno.
 */
int remover_attempt(const struct scenario *s, struct wire_counts *counts)
{
	struct traffic_moment before, after;
	int err;

	traffic_look(&before);
	err = module_delete(s->module, s->flags);
	traffic_look(&after);
	traffic_end_attempt();

	if (traffic_overlapped(&before, &after))
		counts->overlaps++;
	if (remover_refused(err))
		counts->refused++;
	return err;
}

static void unload(const struct scenario *s)
{
	unsigned int waited = 0;

	for (;;) {
		report->err = remover_attempt(s, &report->counts);
		if (!remover_refused(report->err) || waited >= DRAIN_US)
			break;
		nap_us(NAP_US);
		waited += NAP_US;
	}
	traffic_close();
}

static void __attribute__((noreturn)) remover_main(const struct scenario *s)
{
	prctl(PR_SET_NAME, "remover");
	explore_join(EXPLORE_ROLE_REMOVER);
	report->joined = true;
	while (explore_next())
		unload(s);
	_exit(0);
}

/**
 * remover_start() - fork the remover; it waits at the gate
 * @s: the scenario; must stay where it is
 */
void remover_start(const struct scenario *s)
{
	pid_t pid;

	report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (report == MAP_FAILED)
		guest_broken("mmap of the remover's report: %s", strerror(errno));
	pid = fork();
	guest_check(pid, "fork of the remover");
	if (!pid)
		remover_main(s);
	while (!report->joined)
		nap_us(NAP_US);
}

/**
 * remover_report() - what the remover has done so far
 *
 * Return: the report; it changes while a cycle is under way.
 */
const struct remover_report *remover_report(void)
{
	return report;
}
