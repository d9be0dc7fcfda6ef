/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Modes: the ways in which a run is carried out. A mode is one row of the table in
 * modes.c; whoever else wants to know something of a run's mode asks its row.
 *
 *	runner			mode_ops			guest
 *	a run begins	->	begin
 *	a boot begins	->	boot_begins, init_arguments ->	is started
 *	news of a guest	->	serve			  <->	asks what to do next
 *	a boot is over	->	boot_over		  <-	has ended
 *	the run is over	->	through, trials, describe
 *	none needs it	->	end
 *
 * Another way to race takes: a value of enum run_mode, with its name; a row; a file
 * with its mode_ops, unless those of another mode will do; and what the guest does in
 * that mode. The kernel that a mode boots is handed over by the mode's name (--kernel
 * MODE=DIR), so that several modes may boot the same one.
 */
#ifndef MODRACE_MODE_H
#define MODRACE_MODE_H

#include "plan/run.h"

struct boot;
struct diagnosis;
struct guest_arguments;
struct guest_config;
struct runner_options;

/**
 * struct mode_ops - the course of a run
 * @init_arguments: adds to the guest program's part of the command line, seed and cycles
 *	among it
 * @begin: a run begins, or goes on since it is to have more trials; may be NULL
 * @boot_begins: a guest is about to be started; a negative errno keeps it from that;
 *	may be NULL
 * @serve: a guest may want to know what to do next; may be NULL
 * @hangs: a guest has not been heard of for too long; false if it is to be ended; may be
 *	NULL
 * @counts: does what a guest does now count for the run, and not for a proof?
 * @boot_over: a guest has ended, or a turn of it, perhaps in a failure, or NULL; its console
 *	has been decoded
 * @finished: no guest is needed any more
 * @through: all trials that were asked for have been made
 * @trials: how many have been made
 * @describe: how a run that passes went, for its verdict
 * @end: lets go of what @begin made; may be NULL
 */
struct mode_ops {
	void (*init_arguments)(struct guest_arguments *args, const struct run *run);
	void (*begin)(struct run *run, const struct runner_options *how);
	int (*boot_begins)(struct boot *boot);
	void (*serve)(struct boot *boot);
	bool (*hangs)(struct boot *boot);
	bool (*counts)(const struct run *run);
	void (*boot_over)(struct boot *boot, const struct diagnosis *diagnosis,
			  const struct failure *failure);
	bool (*finished)(const struct run *run);
	bool (*through)(const struct run *run);
	uint64_t (*trials)(const struct run *run);
	void (*describe)(const struct run *run, char *text, size_t size);
	void (*end)(struct run *run);
};

/**
 * struct mode - one mode
 * @ops: the course of its runs
 * @kernel_arguments: adds to the kernel's part of the command line
 * @one_cpu: its kernel has one virtual processor, which the host program keeps on one
 *	of the host; other kernels place theirs themselves
 * @controlled: what takes place is chosen and not left to chance: a trial is a
 *	schedule, a failure is worked upon until it is one that fails whenever it is
 *	carried out, and no host is too busy for it
 * @few: it looks for what a few cycles show; that they miss a rare race does not matter
 * @pass_share: a variant that is to pass gets a part of its cycles, one in so many
 * @knob: how the user says how many trials there are to be
 */
struct mode {
	const struct mode_ops *ops;
	void (*kernel_arguments)(struct guest_arguments *args, const struct guest_config *config);
	bool one_cpu;
	bool controlled;
	bool few;
	unsigned int pass_share;
	const char *knob;
};

extern const struct mode_ops stress_ops, explore_ops;
extern const struct mode modes[NR_MODES];

/**
 * mode_of() - the mode of a run
 * @run: the run
 */
static inline const struct mode *mode_of(const struct run *run)
{
	return &modes[run->spec.mode];
}

#endif /* MODRACE_MODE_H */
