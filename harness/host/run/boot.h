/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One boot of a run: a guest, what it says, and what is made of it.
 *
 *	guest  --channel-->  records: heartbeat, sections, failures, totals
 *	       --console-->  kernel text, decoded once the guest has ended; in explore
 *			     mode it is looked through after each cycle, too
 *
 * Both are also written to files in the run's directory as they come, so that
 * nothing learned is lost with the runner.
 *
 *	boot_start() ... boot_read_*(), mode's serve() ... boot_over()? boot_finish()
 *
 * A boot has turns. A guest that can go back to a checkpoint does so in place of being
 * ended, and what it has said and done since belongs to a turn, which is settled as if
 * the boot were over:
 *
 *	boot 1  |--to the checkpoint--|--turn 0--x  |--turn 1------x  |--turn 2--...
 *			    boot_checkpoint()	 boot_settle()   boot_turn_begins()
 */
#ifndef MODRACE_BOOT_H
#define MODRACE_BOOT_H

#include <poll.h>

#include "decode/transcript.h"
#include "vm/checkpoint.h"
#include "vm/guest.h"
#include "vm/link.h"
#include "vm/pulse.h"

/* Descriptors to wait for, at most. */
#define BOOT_FDS 3

struct kernel;

/**
 * enum ending - why a boot ended, as far as the host had a part in it
 * @ENDED_ITSELF: the guest's own doing
 * @ENDED_HANG: no heartbeat for too long
 * @ENDED_TIMEOUT: the run's time was up
 * @ENDED_STARVED: it was, by the wall clock, long ago
 * @ENDED_FLOOD: it would not stop printing
 * @ENDED_REPORT: its kernel has reported something and would have gone on
 * @ENDED_INTERRUPT: the user
 * @ENDED_ENOUGH: it has done what it was booted for
 * @ENDED_BROKEN: what it says cannot be kept
 */
enum ending {
	ENDED_ITSELF,
	ENDED_HANG,
	ENDED_TIMEOUT,
	ENDED_STARVED,
	ENDED_FLOOD,
	ENDED_REPORT,
	ENDED_INTERRUPT,
	ENDED_ENOUGH,
	ENDED_BROKEN,
};

/**
 * struct boot - one boot
 * @run: the run it serves
 * @kernel: what it boots
 * @guest: the guest
 * @link: the line to its explorer, link_closed if there is none
 * @console_eof: the console has been read to its end
 * @channel_eof: the channel has been read to its end
 * @console_log: file descriptor of the run's console.log
 * @channel_log: file descriptor of the run's channel.log
 * @said: what the guest has said
 * @started: when it was started, now_seconds()
 * @pulse: what it gets of the host's processors
 * @heard_got: what it had got when it was last heard of
 * @ending: whether the host ended it
 * @checkpoint: what the guest could go back to
 * @kept: @said as it was there, without what it points to
 * @settled: what the guest has done in this turn has been credited to the run
 */
struct boot {
	struct run *run;
	const struct kernel *kernel;
	struct guest guest;
	struct link link;
	bool console_eof;
	bool channel_eof;
	int console_log;
	int channel_log;
	struct transcript said;
	double started;
	struct pulse pulse;
	double heard_got;
	enum ending ending;
	struct checkpoint checkpoint;
	struct transcript kept;
	bool settled;
};

bool boot_start(struct boot *boot, struct run *run, const struct kernel *kernel,
		const struct guest_config *config);
unsigned int boot_fds(const struct boot *boot, struct pollfd fds[BOOT_FDS]);
void boot_read_channel(struct boot *boot);
void boot_read_console(struct boot *boot);
double boot_silence(struct boot *boot);
double boot_got(struct boot *boot);
void boot_end(struct boot *boot, enum ending why);
void boot_checkpoint(struct boot *boot);
void boot_no_checkpoint(struct boot *boot);
void boot_settle(struct boot *boot, enum ending why);
void boot_turn_begins(struct boot *boot);
bool boot_over(const struct boot *boot);
void boot_finish(struct boot *boot);

#endif /* MODRACE_BOOT_H */
