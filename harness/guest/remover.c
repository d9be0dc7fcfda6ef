// SPDX-License-Identifier: GPL-2.0
/*
 * The remover's process:
 *
 *	gate |delete_module: refused|nap|delete_module: refused|nap| ...       gate
 *	traffic            |op|..held..|op|     |op|           |op| ... |op|
 *
 * The traffic of a cycle is bounded, and after the first attempt it holds nothing
 * between operations that become ever rarer, so a module that is still referenced
 * after a while will stay so.
 */
#include <errno.h>
#include <linux/modrace_explore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "channel.h"
#include "explore.h"
#include "remover.h"
#include "util.h"

#define JOIN_POLL_US 1000

/* In the first cycle the traffic has to reach the module, whatever it sleeps for. */
#define HEAD_START_US 2000000

/**
 * struct report - what the remover shares with PID 1
 * @joined: it is on its way to the gate
 * @succeeded: the module is gone; else a failure was sent
 * @counts: totals of this boot, handed to and fro
 * @steps: the same, by step
 */
struct report {
	_Atomic bool joined;
	bool succeeded;
	struct wire_counts counts;
	struct step_counts steps;
};

static struct report *report;

static void __attribute__((noreturn)) remover_main(struct removal_run removal)
{
	unsigned int head_start;

	removal.counts = &report->counts;
	removal.steps = &report->steps;
	prctl(PR_SET_NAME, "remover");
	explore_join(EXPLORE_ROLE_REMOVER);
	report->joined = true;
	for (head_start = HEAD_START_US; explore_next(); head_start = 0) {
		if (head_start)
			nap_us(head_start);
		report->succeeded = removal_on_schedule(&removal);
	}
	_exit(0);
}

/**
 * remover_start() - fork the remover; it waits at the gate
 * @removal: what to remove, and how
 */
void remover_start(const struct removal_run *removal)
{
	pid_t pid;

	report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (report == MAP_FAILED)
		guest_broken("mmap of the remover's report: %s", strerror(errno));
	pid = fork();
	guest_check(pid, "fork of the remover");
	if (!pid)
		remover_main(*removal);
	while (!report->joined)
		nap_us(JOIN_POLL_US);
	explore_open();
}

/**
 * remover_expect() - a cycle is about to begin
 * @counts: totals so far
 */
void remover_expect(const struct wire_counts *counts)
{
	report->counts = *counts;
}

/**
 * remover_succeeded() - what came of the cycle
 * @counts: totals, the cycle's included
 * @steps: the same, by step
 *
 * Return: false after a failure was sent.
 */
bool remover_succeeded(struct wire_counts *counts, struct step_counts *steps)
{
	*counts = report->counts;
	*steps = report->steps;
	return report->succeeded;
}
