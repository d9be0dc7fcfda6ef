// SPDX-License-Identifier: GPL-2.0
/*
 * The functions of kit.h, called by workers from within an operation.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "compiler.h"
#include "kit.h"

/* Longest time something is held. Where time is virtual, waiting costs nothing. */
#define HOLD_US         5000
#define HOLD_VIRTUAL_US 1000000

/* After so long a call that waits is interrupted, and then again. */
#define PATIENCE_US 2000

/* Steps of an operation where each of them is scheduled: races need few. */
#define CYCLE_BATCH 2ul

#define READ_SIZE 1024

const char *const traffic_hold_words[] = {
	[TRAFFIC_HOLD_NO] = "no",
	[TRAFFIC_HOLD_YES] = "yes",
	[TRAFFIC_HOLD_FOREVER] = "forever",
	NULL,
};

/* The module is not there, or not ready. */
static bool is_absence(int err)
{
	return err == -ENOENT || err == -ENODEV || err == -ENXIO || err == -ECONNREFUSED ||
	       err == -EAGAIN;
}

/* It is, and does not want to, or cannot now; of others' modules that is to be expected. */
static bool is_refusal(int err)
{
	static const int refusals[] = {
		EBUSY,      EEXIST, EINVAL, EIO,    ENOSPC,    ENOTTY,
		EOPNOTSUPP, ESPIPE, ERANGE, EDQUOT, ETIMEDOUT, EINTR,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(refusals); i++) {
		if (err == -refusals[i])
			return true;
	}
	return false;
}

/**
 * traffic_is_miss() - does an error say that the module is not there, or does not want to?
 * @err: negative errno
 */
bool traffic_is_miss(int err)
{
	return is_absence(err) || is_refusal(err);
}

/**
 * traffic_give_up() - have the remover end the run as BROKEN
 * @t: the worker
 * @what: the call that failed; the first one named is kept, it is nearest to the cause
 * @err: negative errno
 */
void traffic_give_up(struct traffic *t, const char *what, int err)
{
	if (!*t->slot->error_what)
		snprintf(t->slot->error_what, sizeof(t->slot->error_what), "%s", what);
	t->slot->error = -err;
	doorbell_ring(&t->board->to_remover);
}

/**
 * traffic_fail() - name the call that failed, for the message that ends the run
 * @t: the worker
 * @what: the call
 * @err: negative errno; the run goes on if it is a miss
 *
 * Return: @err.
 */
int traffic_fail(struct traffic *t, const char *what, int err)
{
	if (is_refusal(err))
		snprintf(t->slot->refusal, sizeof(t->slot->refusal), "%s: %s", what,
			 strerror(-err));
	else if (!is_absence(err))
		traffic_give_up(t, what, err);
	return err;
}

/**
 * traffic_hold() - keep what has been opened
 * @t: the worker
 * @hold: for how long, not TRAFFIC_HOLD_NO
 *
 * As traffic_hold_in(), with nothing under way.
 */
void traffic_hold(struct traffic *t, enum traffic_hold hold)
{
	traffic_hold_in(t, hold, NULL);
}

/* Until the attempt after @seq was made. */
static void wait_inside(struct traffic *t, uint32_t seq, void (*call)(struct traffic *t))
{
	/* Who is to wake it up looks at @waits only after it has changed the board. */
	t->slot->waits = true;
	if (t->board->open && t->board->unload_seq == seq)
		call(t);
	t->slot->waits = false;
	traffic_be_patient(false);
}

/**
 * traffic_hold_in() - keep what has been opened, and wait in a call meanwhile
 * @t: the worker; traffic_wakes() was called in its setup
 * @hold: for how long, not TRAFFIC_HOLD_NO
 * @call: makes a call that waits, and returns if it is interrupted; NULL for none
 *
 * Returns when the remover wants the workers parked and, unless it is for ever, after the
 * next attempt to unload or after 5 ms (1 s of virtual time), but not from @call before
 * the attempt has ended: if the module waits for that call, both do. Returns at once
 * while this worker still has to reach its goal.
 */
void traffic_hold_in(struct traffic *t, enum traffic_hold hold, void (*call)(struct traffic *t))
{
	struct traffic_board *board = t->board;
	bool forever = hold == TRAFFIC_HOLD_FOREVER, timed = board->pace == PACE_FREE;
	uint64_t deadline = forever ? DOORBELL_FOR_EVER :
				      doorbell_deadline(timed ? HOLD_US : HOLD_VIRTUAL_US);
	uint32_t seq = board->unload_seq;
	uint32_t seen;

	if (t->slot->ops < t->slot->goal)
		return;
	t->slot->held = true;
	if (forever)
		doorbell_ring(&board->to_remover);
	if (call)
		wait_inside(t, seq, call);
	do {
		seen = doorbell_rings(&board->to_workers);
		if (!board->open || (!forever && board->unload_seq != seq))
			break;
	} while (doorbell_wait(&board->to_workers, seen, deadline));
}

/* Once is not enough: the call may not have begun yet, or another one follows it. */
static void wake_up(int number)
{
	if (number == TRAFFIC_WAKE_SIGNAL)
		traffic_be_patient(true);
}

/**
 * traffic_wakes() - have signals interrupt the calls of this process
 *
 * Return: 0 or a negative errno.
 */
int traffic_wakes(void)
{
	struct sigaction action = { .sa_handler = wake_up };

	signal(SIGPIPE, SIG_IGN);
	if (sigaction(SIGALRM, &action, NULL) || sigaction(TRAFFIC_WAKE_SIGNAL, &action, NULL))
		return -errno;
	return 0;
}

/**
 * traffic_be_patient() - interrupt calls that wait, every 2 ms, or no more
 * @patient: do so
 */
void traffic_be_patient(bool patient)
{
	struct itimerval timer = { .it_value.tv_usec = patient ? PATIENCE_US : 0,
				   .it_interval.tv_usec = patient ? PATIENCE_US : 0 };

	setitimer(ITIMER_REAL, &timer, NULL);
}

/**
 * traffic_read_files() - read the beginning of each file of a directory
 * @path: the directory; that it is not there, or a file not readable, is nobody's fault
 * @most: entries to look at
 */
void traffic_read_files(const char *path, unsigned int most)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	char data[READ_SIZE];
	int fd;

	while (dir && most-- && (entry = readdir(dir))) {
		fd = openat(dirfd(dir), entry->d_name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0)
			continue;
		(void)!read(fd, data, sizeof(data));
		close(fd);
	}
	if (dir)
		closedir(dir);
}

/**
 * traffic_turn() - the number of this operation
 * @t: the worker
 *
 * Return: how often the worker has been here: since ever, or where each cycle is to be
 * like the others since it began.
 */
unsigned long traffic_turn(const struct traffic *t)
{
	const struct traffic_slot *slot = t->slot;

	if (t->board->pace == PACE_FREE)
		return slot->started;
	return slot->ops + t->board->good_ops - slot->goal;
}

/**
 * traffic_batch() - how many steps of a kind an operation is made of
 * @t: the worker
 * @nr: what the scenario says
 *
 * Return: @nr, or few where every step is scheduled, since races need one of them and
 * not many.
 */
unsigned long traffic_batch(const struct traffic *t, unsigned long nr)
{
	return t->board->pace == PACE_SCHEDULE && nr > CYCLE_BATCH ? CYCLE_BATCH : nr;
}
