// SPDX-License-Identifier: GPL-2.0
/*
 * Explore mode: between an explorer, which knows plans and schedules, and the boots in
 * which they are carried out.
 *
 *	explorer (explore.h)	    this			guest
 *				    serve()		<-	wants a plan
 *	explore_next()		<-  reads all it has said
 *	plan			->  releases it		->	carries it out
 *	no more			->  end_turn()		->	goes back, or is ended
 *	explore_boot_over()	<-  end_boot()		<-	panics, powers off, hangs
 *
 * At the end of a turn, whatever it is, a guest that has a checkpoint goes back to it, unless
 * the explorer wants a boot. To the explorer that is the same as a boot. A guest that
 * panics or wants to power off asks first; one that hangs is called back by a signal.
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
		.restore = how->restore,
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
		explore_turn_begins(boot->run->state, true);
	return err;
}

static void read_all(struct boot *boot)
{
	boot_read_channel(boot);
	boot_read_console(boot);
}

/*
 * The turn is over. If a guest can go on with the next one, it is to go back; if not, it has
 * done what it was booted for. Returns whether it goes back.
 */
static bool end_turn(struct boot *boot, enum ending why)
{
	if (boot->checkpoint.state != CHECKPOINT_KEPT) {
		boot_end(boot, why);
		return false;
	}
	boot_settle(boot, why);
	if (run_finished(boot->run) || !explore_may_go_back(boot->run->state)) {
		boot_end(boot, ENDED_ENOUGH);
		return false;
	}
	checkpoint_go_back(&boot->checkpoint);
	return true;
}

static void go_back(struct boot *boot, enum ending why)
{
	if (end_turn(boot, why))
		link_command(&boot->link, EXPLORE_F_BACK);
}

/* A guest that asks for nothing any more is called back. */
static bool hangs(struct boot *boot)
{
	if (boot->checkpoint.state != CHECKPOINT_KEPT)
		return false;
	read_all(boot);
	if (end_turn(boot, ENDED_HANG)) {
		boot->heard_got = boot->pulse.got;
		guest_call_back(&boot->guest);
	}
	return true;
}

/*
 * What does not stop the kernel, like a report of lockdep, belongs to the cycle that
 * has just ended: the guest waits, so it has said all there is to say about it.
 */
static void answer(struct boot *boot)
{
	const struct explore_view view = { .shm = boot->link.shm, .said = &boot->said };
	struct explore *e = boot->run->state;
	unsigned int checkpoint = explore_checkpoint_wanted(e);
	const struct explore_plan *plan;

	if (boot->link.shm->ask != EXPLORE_ASK_PLAN) {
		go_back(boot, ENDED_ITSELF);
	} else if (transcript_reported(&boot->said)) {
		go_back(boot, ENDED_REPORT);
	} else if (boot->checkpoint.state == CHECKPOINT_NONE && checkpoint) {
		checkpoint_ask(&boot->checkpoint);
		link_command(&boot->link, checkpoint);
	} else {
		plan = explore_next(e, &view);
		if (plan)
			link_release(&boot->link, plan);
		else
			go_back(boot, ENDED_ENOUGH);
	}
}

/* Returns false if there is nothing to be answered yet. */
static bool hear_of_checkpoint(struct boot *boot)
{
	switch (checkpoint_hear(&boot->checkpoint, &boot->link.shm->checkpoint)) {
	case CHECKPOINT_TAKEN:
		boot_checkpoint(boot);
		explore_checkpoint_taken(boot->run->state);
		break;
	case CHECKPOINT_REFUSED:
		boot_no_checkpoint(boot);
		break;
	case CHECKPOINT_ARRIVED:
		boot_turn_begins(boot);
		explore_turn_begins(boot->run->state, false);
		break;
	case CHECKPOINT_UNDER_WAY:
		return false;
	default:
		break;
	}
	return true;
}

static void serve(struct boot *boot)
{
	while (boot->ending == ENDED_ITSELF && link_wanted(&boot->link)) {
		read_all(boot);
		if (!hear_of_checkpoint(boot))
			return;
		answer(boot);
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
	.hangs = hangs,
	.counts = counts,
	.boot_over = end_boot,
	.finished = finished,
	.through = finished,
	.trials = trials,
	.describe = describe,
	.end = end,
};
