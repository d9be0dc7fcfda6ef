// SPDX-License-Identifier: GPL-2.0
/*
 * The modes, and what their kernels are told; see mode.h.
 */
#include "plan/mode.h"
#include "vm/guest.h"

/* Explored guests begin at one fixed time, or their clock would be the host's. */
#define EPOCH_NS "1700000000000000000"

/*
 * Longer than a cycle may take of virtual time, so that the guest says first who hangs in
 * it; the kernel's detector is left with those who have no part in a cycle.
 */
#define HUNG_TASK_S 600

/*
 * lockdep learns the order of locks from a few cycles, so what is to pass is given so
 * many times fewer of them in lockdep mode. To see a race takes as many as ever.
 */
#define LOCKDEP_SHARE 5

static void real_time(struct guest_arguments *args, const struct guest_config *config)
{
	guest_argument(args, "ncpus=%u", GUEST_CPUS);
	guest_argument(args, "steal_clock");
	if (config->cpus[0] >= 0)
		guest_argument(args, "pin_cpus=%d,%d", config->cpus[0], config->cpus[1]);
}

static void virtual_time(struct guest_arguments *args, const struct guest_config *config)
{
	(void)config;
	guest_argument(args, "time-travel=inf-cpu");
	guest_argument(args, "time-travel-start=" EPOCH_NS);
	guest_argument(args, "sysctl.kernel.hung_task_timeout_secs=%d", HUNG_TASK_S);
	guest_argument(args, "modrace_explore=/proc/self/fd/%d,%d,%d", GUEST_LINK_FILE_FD,
		       GUEST_LINK_GO_FD, GUEST_LINK_WANT_FD);
}

const struct mode modes[NR_MODES] = {
	[MODE_STRESS] = {
		.ops = &stress_ops,
		.kernel_arguments = real_time,
		.pass_share = 1,
		.knob = "CYCLES",
	},
	[MODE_EXPLORE] = {
		.ops = &explore_ops,
		.kernel_arguments = virtual_time,
		.one_cpu = true,
		.controlled = true,
		.pass_share = 1,
		.knob = "SCHEDULES",
	},
	[MODE_LOCKDEP] = {
		.ops = &stress_ops,
		.kernel_arguments = real_time,
		.few = true,
		.pass_share = LOCKDEP_SHARE,
		.knob = "CYCLES",
	},
};
