// SPDX-License-Identifier: GPL-2.0
/*
 * Explore mode: between an explorer, which knows plans and schedules, and the boots in
 * which they are carried out.
 *
 *	explorer (explore.h)	    this			guest
 *				    serve()		<-	wants a plan
 *	explore_next()		<-  reads all it has said
 *	plan, or no more	->  releases or ends it	->	carries it out
 *	explore_boot_over()	<-  end_boot()		<-	has ended
 *
 * A guest that can go back to a checkpoint does so here, where it would be ended now
 * because a fresh boot is wanted: serve() asks it to, cuts its transcript back
 * and calls explore_turn_begins(). To the explorer that is the same as a boot.
 */
#include <inttypes.h>

#include "decode/diagnosis.h"
#include "explore/explore.h"
#include "plan/mode.h"
#include "run/boot.h"
#include "run/runner.h"

/* They go on until they are told to stop. */
#define LAST_CYCLE UINT64_C(1000000000)

/* All boots are the same guest: it is told what to do as it goes. */
static void init_arguments(struct guest_arguments *args, const struct run *run)
{
	guest_argument(args, "seed=%" PRIu64, run->spec.seed);
	guest_argument(args, "first=1");
	guest_argument(args, "last=%" PRIu64, LAST_CYCLE);
}

static void begin(struct run *run, const struct runner_options *how)
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

static int begin_boot(struct boot *boot)
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

static void serve(struct boot *boot)
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

static bool counts(const struct run *run)
{
	return explore_searching(run->state);
}

static void end_boot(struct boot *boot, const struct diagnosis *diagnosis,
		     const struct failure *failure)
{
	const struct explore_view view = {
		.shm = boot->link.shm,
		.said = &boot->said,
		.diagnosis = diagnosis,
	};

	explore_boot_over(boot->run->state, &view, failure);
}

static bool finished(const struct run *run)
{
	return run->state && explore_over(run->state);
}

static uint64_t trials(const struct run *run)
{
	return run->explored.schedules;
}

static void describe(const struct run *run, char *text, size_t size)
{
	snprintf(text, size, "%" PRIu64 " schedules, %" PRIu64 " of them those of the twin",
		 run->explored.schedules, run->explored.same);
}

static void end(struct run *run)
{
	if (run->state)
		explore_free(run->state);
	run->state = NULL;
}

const struct mode_ops explore_ops = {
	.init_arguments = init_arguments,
	.begin = begin,
	.boot_begins = begin_boot,
	.serve = serve,
	.counts = counts,
	.boot_over = end_boot,
	.finished = finished,
	.through = finished,
	.trials = trials,
	.describe = describe,
	.end = end,
};
