// SPDX-License-Identifier: GPL-2.0
/*
 * See mode_explore.h.
 *
 * A guest that can go back to a checkpoint does so here, where it would be ended now
 * because a fresh boot is wanted: explored_serve() asks it to, cuts its transcript back
 * and calls explore_turn_begins(). To the explorer that is the same as a boot.
 */
#include <inttypes.h>

#include "boot.h"
#include "diagnosis.h"
#include "explore.h"
#include "mode_explore.h"
#include "runner.h"

/* Explored guests begin at one fixed time, or their clock would be the host's. */
#define EPOCH_NS "1700000000000000000"

/* They go on until they are told to stop. */
#define LAST_CYCLE UINT64_C(1000000000)

/**
 * explored_kernel_arguments() - what a kernel in virtual time is told
 * @args: the command line
 * @config: what is booted
 */
void explored_kernel_arguments(struct guest_arguments *args, const struct guest_config *config)
{
	(void)config;
	guest_argument(args, "time-travel=inf-cpu");
	guest_argument(args, "time-travel-start=" EPOCH_NS);
	guest_argument(args, "modrace_explore=/proc/self/fd/%d,%d,%d", GUEST_LINK_FILE_FD,
		       GUEST_LINK_GO_FD, GUEST_LINK_WANT_FD);
}

/**
 * explored_init_arguments() - all boots are the same guest: it is told what to do as it goes
 * @args: the command line
 * @run: the run
 */
void explored_init_arguments(struct guest_arguments *args, const struct run *run)
{
	guest_argument(args, "seed=%" PRIu64, run->spec.seed);
	guest_argument(args, "first=1");
	guest_argument(args, "last=%" PRIu64, LAST_CYCLE);
}

/**
 * explored_begin() - make a run's explorer, or have it go on
 * @run: the run
 * @how: what the user wants
 */
void explored_begin(struct run *run, const struct runner_options *how)
{
	const struct explore_config config = {
		.kernel = &how->kernels[run->spec.mode],
		.memory_mb = how->memory_mb,
		.only = how->strategy,
		.repro = how->repro,
		.replay = how->replay,
	};

	if (!run->state)
		run->state = explore_create(run, &config);
	explore_begin(run->state, run->spec.after ? run->spec.after->state : NULL);
}

/**
 * explored_boot_begins() - make the line to a guest
 * @boot: the boot; its link is opened
 *
 * Return: 0, or a negative errno if there can be none.
 */
int explored_boot_begins(struct boot *boot)
{
	int err = link_open(&boot->link);

	if (!err)
		explore_turn_begins(boot->run->state);
	return err;
}

/*
 * What does not stop the kernel, like a report of lockdep, belongs to the cycle that
 * has just ended: the guest waits, so it has said all there is to say about it.
 */
static bool ended_by_report(struct boot *boot)
{
	boot_read_channel(boot);
	boot_read_console(boot);
	if (transcript_reported(&boot->said))
		boot_end(boot, ENDED_REPORT);
	return boot->ending != ENDED_ITSELF;
}

/**
 * explored_serve() - tell a guest that asks what to do next
 * @boot: the boot
 */
void explored_serve(struct boot *boot)
{
	const struct explore_view view = { .shm = boot->link.shm, .said = &boot->said };
	const struct explore_plan *plan;

	while (boot->ending == ENDED_ITSELF && link_wanted(&boot->link)) {
		if (ended_by_report(boot))
			return;
		plan = explore_next(boot->run->state, &view);
		if (plan)
			link_release(&boot->link, plan);
		else
			boot_end(boot, ENDED_ENOUGH);
	}
}

/**
 * explored_counts() - what a guest does counts while a schedule that fails is searched
 * @run: the run
 */
bool explored_counts(const struct run *run)
{
	return explore_searching(run->state);
}

/**
 * explored_boot_over() - tell the explorer how a boot ended
 * @boot: the boot
 * @diagnosis: its console
 * @failure: what it ended in, NULL for nothing
 */
void explored_boot_over(struct boot *boot, const struct diagnosis *diagnosis,
			const struct failure *failure)
{
	const struct explore_view view = {
		.shm = boot->link.shm,
		.said = &boot->said,
		.diagnosis = diagnosis,
	};

	explore_boot_over(boot->run->state, &view, failure);
}

/**
 * explored_finished() - the explorer has nothing more to carry out
 * @run: the run
 */
bool explored_finished(const struct run *run)
{
	return run->state && explore_over(run->state);
}

/**
 * explored_trials() - schedules of the search
 * @run: the run
 */
uint64_t explored_trials(const struct run *run)
{
	return run->explored.schedules;
}

/**
 * explored_describe() - how many schedules went well
 * @run: the run
 * @text: filled in
 * @size: of @text
 */
void explored_describe(const struct run *run, char *text, size_t size)
{
	snprintf(text, size, "%" PRIu64 " schedules, %" PRIu64 " of them those of the twin",
		 run->explored.schedules, run->explored.same);
}

/**
 * explored_end() - let go of a run's explorer
 * @run: the run
 */
void explored_end(struct run *run)
{
	if (run->state)
		explore_free(run->state);
	run->state = NULL;
}
