// SPDX-License-Identifier: GPL-2.0
/*
 * What the modes do that leave the race to chance: as many cycles as were asked for, on
 * several processors at once. Each boot goes on behind the cycle that ended the one
 * before it.
 */
#include <inttypes.h>

#include "plan/mode.h"
#include "run/boot.h"

static void init_arguments(struct guest_arguments *args, const struct run *run)
{
	guest_argument(args, "seed=%" PRIu64, run->spec.seed + run->tally.boots);
	guest_argument(args, "first=%" PRIu64, run->tally.next_cycle);
	guest_argument(args, "last=%" PRIu64, run->spec.cycles);
}

static bool counts(const struct run *run)
{
	(void)run;
	return true;
}

static void end_boot(struct boot *boot, const struct diagnosis *diagnosis,
		     const struct failure *failure)
{
	struct run_tally *tally = &boot->run->tally;

	(void)diagnosis;
	tally->unloads += boot->said.counts.unloads;
	tally->overlaps += boot->said.counts.overlaps;
	if (failure)
		run_add_failure(boot->run, failure->cycle, failure->phase, failure->title);
}

static bool finished(const struct run *run)
{
	return run->tally.next_cycle > run->spec.cycles ||
	       run->outcome.nr_failures >= run->spec.max_failures;
}

static bool through(const struct run *run)
{
	return run->tally.unloads >= run->spec.cycles;
}

static uint64_t trials(const struct run *run)
{
	return run->tally.next_cycle - 1;
}

static void describe(const struct run *run, char *text, size_t size)
{
	snprintf(text, size, "%" PRIu64 " unloads, %" PRIu64 " attempts overlapped by traffic",
		 run->tally.unloads, run->tally.overlaps);
}

const struct mode_ops stress_ops = {
	.init_arguments = init_arguments,
	.counts = counts,
	.boot_over = end_boot,
	.finished = finished,
	.through = through,
	.trials = trials,
	.describe = describe,
};
