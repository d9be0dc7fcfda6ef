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
 */
#ifndef MODRACE_BOOT_H
#define MODRACE_BOOT_H

#include "guest.h"
#include "link.h"
#include "pulse.h"
#include "run.h"

#define MAX_LOADS 32

struct diagnosis;
struct kernel;

/**
 * struct load - where a module was loaded
 * @module: the module
 * @sections: "name=address" for each of its sections, blanks between
 */
struct load {
	char module[WIRE_NAME_LEN];
	char sections[WIRE_TEXT_LEN];
};

/**
 * struct mark - where the console stood when a heartbeat had come
 * @offset: of the first console byte after it
 * @cycle: the heartbeat's cycle
 * @phase: the heartbeat's phase
 */
struct mark {
	size_t offset;
	uint64_t cycle;
	enum phase phase;
};

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
 * @linked: it is explored
 * @link: then, the line to its explorer
 * @console_eof: the console has been read to its end
 * @channel_eof: the channel has been read to its end
 * @console_log: file descriptor of the run's console.log
 * @channel_log: file descriptor of the run's channel.log
 * @console_start: where its console starts in console.log, bytes
 * @console: the console text of this boot
 * @console_size: its size
 * @console_judged: how much of it boot_reported() has seen
 * @marks: heartbeats by console offset
 * @nr_marks: how many
 * @loads: the last places modules were loaded to, a ring: something may still
 *	run in one that is not the last
 * @nr_loads: how many there have been
 * @line: channel bytes that do not make a line yet
 * @line_size: how many
 * @hello: the guest has reported for work
 * @done: the guest has gone through all its cycles
 * @failed: the guest has sent a failure
 * @failure: that failure
 * @phase: phase of the last heartbeat
 * @counts: totals of the last heartbeat
 * @traffic: last totals by section
 * @nr_traffic: entries used of @traffic
 * @steps: last totals by step of the removal
 * @sweep: last histogram
 * @started: when it was started, now_seconds()
 * @pulse: what it gets of the host's processors
 * @heard_got: what it had got when it was last heard of
 * @ending: whether the host ended it
 * @diagnosis: what its console says, NULL while the guest runs
 */
struct boot {
	struct run *run;
	const struct kernel *kernel;
	struct guest guest;
	bool linked;
	struct link link;
	bool console_eof;
	bool channel_eof;
	int console_log;
	int channel_log;
	size_t console_start;
	char *console;
	size_t console_size;
	size_t console_judged;
	struct mark *marks;
	size_t nr_marks;
	struct load loads[MAX_LOADS];
	size_t nr_loads;
	char line[WIRE_LINE_MAX];
	size_t line_size;
	bool hello;
	bool done;
	bool failed;
	struct wire_record failure;
	enum phase phase;
	struct wire_counts counts;
	struct traffic_total traffic[SCENARIO_MAX_TRAFFIC];
	unsigned int nr_traffic;
	uint64_t steps[NR_STEPS];
	uint64_t sweep[WIRE_BUCKETS];
	double started;
	struct pulse pulse;
	double heard_got;
	enum ending ending;
	const struct diagnosis *diagnosis;
};

bool boot_start(struct boot *boot, struct run *run, const struct kernel *kernel,
		const struct guest_config *config);
void boot_read_channel(struct boot *boot);
void boot_read_console(struct boot *boot);
double boot_silence(struct boot *boot);
double boot_got(struct boot *boot);
void boot_end(struct boot *boot, enum ending why);
bool boot_over(const struct boot *boot);
const char *boot_word(const struct boot *boot);
void boot_finish(struct boot *boot);

#endif /* MODRACE_BOOT_H */
