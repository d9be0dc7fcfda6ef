// SPDX-License-Identifier: GPL-2.0
/*
 * The modes; see mode.h. What several of them do alike is a function that their rows
 * share.
 */
#include "mode_explore.h"
#include "mode_stress.h"

/*
 * lockdep learns the order of locks from a few cycles, so what is to pass is given so
 * many times fewer of them in lockdep mode. To see a race takes as many as ever.
 */
#define LOCKDEP_SHARE 5

/* Those who leave the race to chance do so alike. */
#define AS_STRESS                                                                              \
	.knob = "CYCLES", .kernel_arguments = stress_kernel_arguments,                         \
	.init_arguments = stress_init_arguments, .counts = stress_counts,                      \
	.boot_over = stress_boot_over, .finished = stress_finished, .through = stress_through, \
	.trials = stress_trials, .describe = stress_describe

/* clang-format off */
const struct mode modes[NR_MODES] = {
	[MODE_STRESS] = {
		AS_STRESS,
		.pass_share = 1,
	},
	[MODE_EXPLORE] = {
		.controlled = true,
		.pass_share = 1,
		.knob = "SCHEDULES",
		.one_cpu = true,
		.kernel_arguments = explored_kernel_arguments,
		.init_arguments = explored_init_arguments,
		.begin = explored_begin,
		.boot_begins = explored_boot_begins,
		.serve = explored_serve,
		.counts = explored_counts,
		.boot_over = explored_boot_over,
		.finished = explored_finished,
		.through = explored_finished,
		.trials = explored_trials,
		.describe = explored_describe,
		.end = explored_end,
	},
	[MODE_LOCKDEP] = {
		AS_STRESS,
		.few = true,
		.pass_share = LOCKDEP_SHARE,
	},
};

/* clang-format on */
