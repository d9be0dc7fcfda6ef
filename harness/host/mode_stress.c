// SPDX-License-Identifier: GPL-2.0
/*
 * See mode_stress.h.
 */
#include <inttypes.h>

#include "boot.h"
#include "mode_stress.h"

/**
 * stress_kernel_arguments() - what a kernel of several processors is told
 * @args: the command line
 * @config: what is booted
 */
void stress_kernel_arguments(struct guest_arguments *args, const struct guest_config *config)
{
	guest_argument(args, "ncpus=%u", GUEST_CPUS);
	guest_argument(args, "steal_clock");
	if (config->cpus[0] >= 0)
		guest_argument(args, "pin_cpus=%d,%d", config->cpus[0], config->cpus[1]);
}

/**
 * stress_init_arguments() - each boot goes on where the one before it ended
 * @args: the command line
 * @run: the run
 */
void stress_init_arguments(struct guest_arguments *args, const struct run *run)
{
	guest_argument(args, "seed=%" PRIu64, run->spec.seed + run->tally.boots);
	guest_argument(args, "first=%" PRIu64, run->tally.next_cycle);
	guest_argument(args, "last=%" PRIu64, run->spec.cycles);
}

/**
 * stress_counts() - all that a guest does counts
 * @run: the run
 */
bool stress_counts(const struct run *run)
{
	(void)run;
	return true;
}

/**
 * stress_boot_over() - credit a run with what its guest did
 * @boot: the boot
 * @diagnosis: its console
 * @failure: what it ended in, NULL for nothing
 */
void stress_boot_over(struct boot *boot, const struct diagnosis *diagnosis,
		      const struct failure *failure)
{
	struct run_tally *tally = &boot->run->tally;

	(void)diagnosis;
	tally->unloads += boot->said.counts.unloads;
	tally->overlaps += boot->said.counts.overlaps;
	if (failure)
		run_add_failure(boot->run, failure->cycle, failure->phase, failure->title);
}

/**
 * stress_finished() - all cycles have been begun, or have failed often enough
 * @run: the run
 */
bool stress_finished(const struct run *run)
{
	return run->tally.next_cycle > run->spec.cycles ||
	       run->outcome.nr_failures >= run->spec.max_failures;
}

/**
 * stress_through() - all cycles have been carried out
 * @run: the run
 */
bool stress_through(const struct run *run)
{
	return run->tally.unloads >= run->spec.cycles;
}

/**
 * stress_trials() - cycles begun and not tried again since, failures included
 * @run: the run
 */
uint64_t stress_trials(const struct run *run)
{
	return run->tally.next_cycle - 1;
}

/**
 * stress_describe() - how many cycles went well
 * @run: the run
 * @text: filled in
 * @size: of @text
 */
void stress_describe(const struct run *run, char *text, size_t size)
{
	snprintf(text, size, "%" PRIu64 " unloads, %" PRIu64 " attempts overlapped by traffic",
		 run->tally.unloads, run->tally.overlaps);
}
