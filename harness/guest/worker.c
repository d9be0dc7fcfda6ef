// SPDX-License-Identifier: GPL-2.0
/*
 * What a worker does: operations while the board is open, sleep while it is not.
 * The functions that the kinds of traffic call are here too.
 */
#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "channel.h"
#include "explore.h"
#include "traffic.h"
#include "util.h"

#define MISS_US 200

/* Longest time something is held. Where time is virtual, waiting costs nothing. */
#define HOLD_US         5000
#define HOLD_VIRTUAL_US 1000000

/*
 * What a worker does in a cycle whose schedule is decided by the kernel: the operations
 * that are to come before the removal and so many more, of so many steps each.
 */
#define CYCLE_MORE  1
#define CYCLE_BATCH 2

/* Then there is one now and then, 5, 10, 20 and from then on 40 ms after the one before. */
#define LATER_OPS    10
#define LATER_US     5000
#define LATER_DOUBLE 3

/*
 * Workers take what processor time is left: the remover, and the kernel's own
 * threads that an unload waits for, come first.
 */
#define WORKER_NICE 10

static const struct traffic_ops *const kinds[] = {
	&udp_traffic,   &chardev_traffic, &sysfs_traffic,   &procfs_traffic,
	&bind_traffic,  &netlink_traffic, &kthread_traffic, &netdev_traffic,
	&usbfs_traffic, &files_traffic,   &link_traffic,    &inet_traffic,
};

/**
 * traffic_kind() - find a kind of traffic
 * @name: its name; ends the run as BROKEN if there is none of that name
 */
const struct traffic_ops *traffic_kind(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!strcmp(kinds[i]->name, name))
			return kinds[i];
	}
	guest_broken("traffic of type %s is not built into the guest", name);
}

/**
 * traffic_find_keys() - find the values of all keys that a worker's kind asks for
 * @t: the worker, with its section and its kind
 *
 * Ends the run as BROKEN, before anything is raced, if the section's type takes no
 * such key.
 */
void traffic_find_keys(struct traffic *t)
{
	const char *const *key = t->ops->keys;
	int i, at;

	for (i = 0; i < TRAFFIC_MAX_KEYS; i++) {
		if (!key[i])
			continue;
		at = traffic_key_index(t->spec->type, key[i]);
		if (at < 0)
			guest_broken("traffic of type %s asks for a key it does not take: %s",
				     t->ops->name, key[i]);
		t->value[i] = t->spec->value[at];
	}
}

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

static bool is_miss(int err)
{
	return is_absence(err) || is_refusal(err);
}

static void note_refusal(struct traffic *t, const char *what, int err)
{
	if (is_refusal(err))
		snprintf(t->slot->refusal, sizeof(t->slot->refusal), "%s: %s", what,
			 strerror(-err));
}

/* The first call named is kept: it is nearest to the cause. */
static void record_error(struct traffic *t, const char *what, int err)
{
	if (!*t->slot->error_what)
		snprintf(t->slot->error_what, sizeof(t->slot->error_what), "%s", what);
	t->slot->error = -err;
	doorbell_ring(&t->board->to_remover);
}

static bool may_run(const struct traffic *t)
{
	return t->board->open && !t->slot->error;
}

static void let_go(struct traffic *t)
{
	if (t->ops->park)
		t->ops->park(t);
}

static void park(struct traffic *t)
{
	struct doorbell *bell = &t->board->to_workers;
	uint32_t seen;

	let_go(t);
	t->slot->parked = true;
	doorbell_ring(&t->board->to_remover);
	for (;;) {
		seen = doorbell_rings(bell);
		if (may_run(t))
			break;
		doorbell_wait(bell, seen, DOORBELL_FOR_EVER);
	}
	t->slot->parked = false;
}

static void count_good(struct traffic *t, uint64_t start)
{
	struct traffic_slot *slot = t->slot;

	if (t->board->pace == PACE_FREE && !slot->held)
		slot->op_ticks = ticks_now() - start;
	if (++slot->ops == slot->goal)
		doorbell_ring(&t->board->to_remover);
}

/* One operation; false if it found nothing there. */
static bool work(struct traffic *t)
{
	struct traffic_slot *slot = t->slot;
	uint64_t start = t->board->pace == PACE_FREE ? ticks_now() : 0;
	int ret;

	slot->op_start = start;
	slot->started++;
	slot->in_op = true;
	ret = t->ops->op(t);
	slot->in_op = false;

	if (!ret)
		count_good(t, start);
	else if (is_miss(ret))
		slot->misses++;
	else
		traffic_fail(t, "operation", ret);
	slot->held = false;
	return !ret;
}

static void __attribute__((noreturn)) work_freely(struct traffic *t)
{
	for (;;) {
		if (!may_run(t)) {
			park(t);
			continue;
		}
		if (!work(t))
			nap_us(MISS_US);
		sched_yield();
	}
}

static void await_removal(struct traffic *t)
{
	struct doorbell *bell = &t->board->to_workers;
	uint32_t seen;

	do
		seen = doorbell_rings(bell);
	while (t->board->stage == BEFORE_REMOVAL && doorbell_wait(bell, seen, DOORBELL_FOR_EVER));
}

/* The removal waits for what others do. */
static void work_meanwhile(struct traffic *t)
{
	while (t->board->stage == PENDING_REMOVAL && !t->slot->error) {
		nap_us(LATER_US);
		work(t);
		let_go(t);
	}
}

/*
 * For as long as the removal takes, and once more when nothing should be found. A
 * decision to let timers fire brings the next one forward to where it is in the way.
 */
static void work_later(struct traffic *t)
{
	enum traffic_stage stage = DURING_REMOVAL;
	unsigned int i;

	await_removal(t);
	work_meanwhile(t);
	for (i = 0; i < LATER_OPS && stage != AFTER_REMOVAL && !t->slot->error; i++) {
		nap_us(LATER_US << (i < LATER_DOUBLE ? i : LATER_DOUBLE));
		stage = t->board->stage;
		work(t);
		let_go(t);
	}
}

static void __attribute__((noreturn)) work_on_schedule(struct traffic *t)
{
	unsigned int i;

	t->slot->parked = true;
	doorbell_ring(&t->board->to_remover);
	while (explore_next()) {
		for (i = 0; i < t->board->good_ops + CYCLE_MORE && !t->slot->error; i++)
			work(t);
		let_go(t);
		work_later(t);
	}
	_exit(0);
}

static int become(unsigned int uid)
{
	if (setgroups(0, NULL) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		return -errno;
	return 0;
}

/**
 * traffic_work() - be a worker
 * @t: which one
 */
void traffic_work(struct traffic *t)
{
	char name[16];
	int err;

	snprintf(name, sizeof(name), "%.11s/%u", t->spec->name, t->index);
	prctl(PR_SET_NAME, name);
	setpriority(PRIO_PROCESS, 0, WORKER_NICE);
	err = t->ops->setup ? t->ops->setup(t) : 0;
	if (t->board->pace == PACE_SCHEDULE)
		explore_join(explore_traffic_role(t->number));
	if (!err && t->spec->uid)
		err = become(t->spec->uid);
	if (err)
		record_error(t, "setup", err);

	if (t->board->pace == PACE_SCHEDULE)
		work_on_schedule(t);
	work_freely(t);
}

/**
 * traffic_str() - value of a key of the worker's section
 * @t: the worker
 * @key: position of one of the kind's keys
 */
const char *traffic_str(const struct traffic *t, unsigned int key)
{
	if (key >= ARRAY_SIZE(t->value) || !t->value[key])
		guest_broken("traffic of type %s has no key number %u", t->ops->name, key);
	return t->value[key];
}

/**
 * traffic_num() - value of a number key
 * @t: the worker
 * @key: position of one of the kind's keys
 */
long traffic_num(const struct traffic *t, unsigned int key)
{
	return strtol(traffic_str(t, key), NULL, 0);
}

/**
 * traffic_bool() - value of a yes/no key
 * @t: the worker
 * @key: position of one of the kind's keys
 */
bool traffic_bool(const struct traffic *t, unsigned int key)
{
	return !strcmp(traffic_str(t, key), "yes");
}

/**
 * traffic_fail() - name the call that failed, for the message that ends the run
 * @t: the worker
 * @what: the call; the first one named is kept
 * @err: negative errno
 *
 * Return: @err.
 */
int traffic_fail(struct traffic *t, const char *what, int err)
{
	if (is_miss(err)) {
		note_refusal(t, what, err);
		return err;
	}
	record_error(t, what, err);
	return err;
}

/**
 * traffic_hold() - keep what is held until the remover has tried to unload
 * @t: the worker
 *
 * Returns after the next attempt to unload, when the remover wants the workers
 * parked, after 5 ms (1 s of virtual time), or at once while this worker still
 * has to reach its goal.
 */
void traffic_hold(struct traffic *t)
{
	struct traffic_board *board = t->board;
	bool timed = board->pace == PACE_FREE;
	uint64_t deadline = doorbell_deadline(timed ? HOLD_US : HOLD_VIRTUAL_US);
	uint32_t seq = board->unload_seq;
	uint32_t seen;

	if (t->slot->ops < t->slot->goal)
		return;
	t->slot->held = true;
	do {
		seen = doorbell_rings(&board->to_workers);
		if (!board->open || board->unload_seq != seq)
			break;
	} while (doorbell_wait(&board->to_workers, seen, deadline));
}

/**
 * traffic_batch() - how many of something an operation is made of
 * @t: the worker
 * @key: position of one of the kind's number keys
 * @most: the most that the kind can do
 *
 * Return: the key's value, within 1 and @most; few where every step is
 * scheduled, since races need one of them and not many.
 */
long traffic_batch(const struct traffic *t, unsigned int key, long most)
{
	long value = traffic_num(t, key);

	if (t->board->pace == PACE_SCHEDULE && most > CYCLE_BATCH)
		most = CYCLE_BATCH;
	return value < 1 ? 1 : value > most ? most : value;
}

/**
 * traffic_hold_on() - keep what is held until the remover wants the workers parked
 * @t: the worker
 *
 * Returns at once while this worker still has to reach its goal.
 */
void traffic_hold_on(struct traffic *t)
{
	struct traffic_board *board = t->board;
	uint32_t seen;

	if (t->slot->ops < t->slot->goal)
		return;
	t->slot->held = true;
	doorbell_ring(&board->to_remover);
	do {
		seen = doorbell_rings(&board->to_workers);
		if (!board->open)
			break;
	} while (doorbell_wait(&board->to_workers, seen, DOORBELL_FOR_EVER));
}

/**
 * traffic_random() - next number of the worker's own pseudo-random sequence
 * @t: the worker
 */
uint64_t traffic_random(struct traffic *t)
{
	return next_random(&t->seed);
}
