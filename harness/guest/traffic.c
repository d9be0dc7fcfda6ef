// SPDX-License-Identifier: GPL-2.0
/*
 * The workers: forked once per boot, opened and parked around every cycle.
 *
 * Everything they and the remover tell each other goes through one shared
 * mapping, so that looking at a worker costs the remover no system call.
 */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "channel.h"
#include "explore.h"
#include "traffic.h"
#include "util.h"

#define MAX_WORKERS	(SCENARIO_MAX_TRAFFIC * SCENARIO_MAX_WORKERS)
#define POLL_US		50
#define VIRTUAL_POLL_US 1000
#define VIRTUAL_PARK_US 100000
#define MISS_US		200

/* Longest waits. Time limits are generous where time is virtual: it costs nothing. */
#define SETTLE_US	5000000
#define PARK_US		10000000
#define HOLD_US		5000
#define HOLD_VIRTUAL_US 10000000

/* What a worker does in a cycle whose schedule is controlled. */
#define CYCLE_OPS	2
#define CYCLE_BATCH	2

/* Naps in virtual time, from POLL_US to 100 ms. */
#define OPS_PER_DOUBLING 4
#define MAX_DOUBLINGS	11

/*
 * Workers take what processor time is left: the remover, and the kernel's own
 * threads that an unload waits for, come first.
 */
#define WORKER_NICE	10

static const struct traffic_ops *const kinds[] = {
	&udp_traffic,	 &chardev_traffic, &sysfs_traffic,   &procfs_traffic,
	&bind_traffic,	 &netlink_traffic, &kthread_traffic,
};

/**
 * struct shared - the mapping shared by the remover and all workers
 * @board: written by the remover
 * @slots: one for each worker, written by it
 */
struct shared {
	struct traffic_board board;
	struct traffic_slot slots[MAX_WORKERS];
};

/**
 * struct workers - the remover's own list of the workers
 * @shared: the shared mapping
 * @spec: section each worker belongs to
 * @base: each worker's good operations when the cycle was opened
 * @nr: how many there are
 */
static struct workers {
	struct shared *shared;
	const struct traffic_spec *spec[MAX_WORKERS];
	uint64_t base[MAX_WORKERS];
	unsigned int nr;
} workers;

static const struct traffic_ops *find_kind(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!strcmp(kinds[i]->name, name))
			return kinds[i];
	}
	guest_broken("traffic of type %s is not built into the guest", name);
}

static bool is_miss(int err)
{
	return err == -ENOENT || err == -ENODEV || err == -ENXIO || err == -ECONNREFUSED ||
	       err == -EAGAIN;
}

/**
 * struct wait - a wait by polling, bounded
 * @deadline: when to give up, microseconds of the guest's clock
 * @next: length of the next nap
 * @most: longest nap; in virtual time naps grow, since looking costs host time
 *	and sleeping does not
 */
struct wait {
	uint64_t deadline;
	unsigned int next;
	unsigned int most;
};

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000ull + now.tv_nsec / 1000;
}

static struct wait wait_begin(const struct traffic_board *board, unsigned int limit)
{
	return (struct wait){
		.deadline = now_us() + limit,
		.next = POLL_US,
		.most = board->pace == PACE_FREE ? POLL_US : VIRTUAL_POLL_US,
	};
}

/* Naps once; false when the time is up. */
static bool wait_more(struct wait *w)
{
	if (now_us() >= w->deadline)
		return false;
	nap_us(w->next);
	w->next = w->next * 2 < w->most ? w->next * 2 : w->most;
	return true;
}

/* The first call named is kept: it is nearest to the cause. */
static void record_error(struct traffic *t, const char *what, int err)
{
	if (!*t->slot->error_what)
		snprintf(t->slot->error_what, sizeof(t->slot->error_what), "%s", what);
	t->slot->error = -err;
}

static void worker_park(struct traffic *t)
{
	struct wait w = wait_begin(t->board, UINT_MAX);

	if (t->board->pace == PACE_VIRTUAL)
		w.most = VIRTUAL_PARK_US;
	if (t->ops->park)
		t->ops->park(t);
	t->slot->parked = true;
	while (!t->board->open)
		wait_more(&w);
	t->slot->parked = false;
}

/*
 * Lets the others have their turn; a tick of the guest is 10 ms, too long to be
 * waited for. In virtual time an unload may sleep for seconds that cost nothing
 * but the operations done meanwhile, so the naps between these grow.
 */
static void take_turns(struct traffic *t)
{
	unsigned int doublings;

	if (t->board->pace == PACE_FREE) {
		sched_yield();
		return;
	}
	if (t->epoch != t->board->epoch)
		t->streak = 0;
	t->epoch = t->board->epoch;
	doublings = t->streak++ / OPS_PER_DOUBLING;
	nap_us(POLL_US << (doublings < MAX_DOUBLINGS ? doublings : MAX_DOUBLINGS));
}

static void worker_op(struct traffic *t)
{
	struct traffic_slot *slot = t->slot;
	bool timed = t->board->pace == PACE_FREE;
	uint64_t start = timed ? ticks_now() : 0;
	int ret;

	slot->op_start = start;
	slot->started++;
	slot->in_op = true;
	ret = t->ops->op(t);
	slot->in_op = false;

	if (!ret) {
		if (timed && !slot->held)
			slot->op_ticks = ticks_now() - start;
		slot->ops++;
	} else if (is_miss(ret)) {
		slot->misses++;
	} else {
		traffic_fail(t, "operation", ret);
	}
	slot->held = false;
}

static void __attribute__((noreturn)) run_free(struct traffic *t)
{
	uint64_t misses;

	for (;;) {
		if (!t->board->open || t->slot->error) {
			worker_park(t);
			continue;
		}
		misses = t->slot->misses;
		worker_op(t);
		if (t->slot->misses != misses)
			nap_us(MISS_US);
		take_turns(t);
	}
}

static void __attribute__((noreturn)) run_scheduled(struct traffic *t, unsigned int worker)
{
	unsigned int i;

	explore_join(explore_traffic_role(worker));
	t->slot->parked = true;
	while (explore_next()) {
		for (i = 0; i < CYCLE_OPS && !t->slot->error; i++)
			worker_op(t);
		if (t->ops->park)
			t->ops->park(t);
	}
	_exit(0);
}

static void __attribute__((noreturn)) worker_main(struct traffic *t, unsigned int worker)
{
	char name[16];
	int err;

	snprintf(name, sizeof(name), "%.11s/%u", t->spec->name, t->index);
	prctl(PR_SET_NAME, name);
	setpriority(PRIO_PROCESS, 0, WORKER_NICE);
	err = t->ops->setup ? t->ops->setup(t) : 0;
	if (err)
		record_error(t, "setup", err);

	if (t->board->pace == PACE_SCHEDULE)
		run_scheduled(t, worker);
	run_free(t);
}

static void fork_worker(const struct traffic_spec *spec, unsigned int index, uint64_t seed)
{
	struct traffic t = {
		.spec = spec,
		.ops = find_kind(spec->type->name),
		.slot = &workers.shared->slots[workers.nr],
		.board = &workers.shared->board,
		.index = index,
		.seed = seed,
		.fd = -1,
	};
	pid_t pid;

	workers.spec[workers.nr++] = spec;
	pid = fork();
	guest_check(pid, "fork of a traffic worker");
	if (!pid)
		worker_main(&t, workers.nr - 1);
}

/**
 * traffic_start() - fork all workers of a scenario, parked
 * @s: the scenario; must stay where it is
 * @pace: what decides when operations are done
 * @seed: the run's seed, from which each worker's own is derived
 */
void traffic_start(const struct scenario *s, enum traffic_pace pace, uint64_t seed)
{
	unsigned int i, n;

	workers.shared = mmap(NULL, sizeof(*workers.shared), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (workers.shared == MAP_FAILED)
		guest_broken("mmap of the traffic board: %s", strerror(errno));
	workers.shared->board.pace = pace;

	for (i = 0; i < s->nr_traffic; i++) {
		for (n = 0; n < s->traffic[i].workers; n++)
			fork_worker(&s->traffic[i], n, next_random(&seed));
	}
	if (!traffic_park())
		guest_broken("a traffic worker did not come up");
}

/**
 * traffic_check() - end the run if a worker met an error that is no miss
 */
void traffic_check(void)
{
	unsigned int i;

	for (i = 0; i < workers.nr; i++) {
		const struct traffic_slot *slot = &workers.shared->slots[i];

		if (slot->error)
			guest_broken("traffic %s: %s: %s", workers.spec[i]->name, slot->error_what,
				     strerror(slot->error));
	}
}

/**
 * traffic_open() - let the workers run
 */
void traffic_open(void)
{
	unsigned int i;

	for (i = 0; i < workers.nr; i++)
		workers.base[i] = workers.shared->slots[i].ops;
	workers.shared->board.epoch++;
	workers.shared->board.open = true;
}

static const struct traffic_spec *find_idle(unsigned int good_ops)
{
	unsigned int i;

	for (i = 0; i < workers.nr; i++) {
		if (workers.shared->slots[i].ops - workers.base[i] < good_ops)
			return workers.spec[i];
	}
	return NULL;
}

/**
 * traffic_settle() - wait until every worker has reached the module
 * @good_ops: operations each must have completed since traffic_open()
 *
 * Return: false if one did not get there in time.
 */
bool traffic_settle(unsigned int good_ops)
{
	struct wait w = wait_begin(&workers.shared->board, SETTLE_US);

	while (find_idle(good_ops)) {
		traffic_check();
		if (!wait_more(&w))
			return false;
	}
	workers.shared->board.racing = true;
	return true;
}

/**
 * traffic_idle_section() - name a traffic section that has not reached the module
 * @good_ops: as for traffic_settle()
 *
 * Return: its name; valid until the guest ends.
 */
const char *traffic_idle_section(unsigned int good_ops)
{
	const struct traffic_spec *spec = find_idle(good_ops);

	return spec ? spec->name : "";
}

static bool all_parked(void)
{
	unsigned int i;

	for (i = 0; i < workers.nr; i++) {
		if (!workers.shared->slots[i].parked)
			return false;
	}
	return true;
}

/**
 * traffic_park() - make every worker let go of everything and wait
 *
 * Return: false if one did not come back from its operation in time.
 */
bool traffic_park(void)
{
	struct wait w = wait_begin(&workers.shared->board, PARK_US);

	workers.shared->board.open = false;
	workers.shared->board.racing = false;
	while (!all_parked()) {
		if (!wait_more(&w))
			return false;
	}
	traffic_check();
	return true;
}

/**
 * traffic_begin_attempt() - tell workers that an attempt to unload is near
 */
void traffic_begin_attempt(void)
{
	workers.shared->board.epoch++;
}

static void wake_holders(void)
{
	workers.shared->board.unload_seq++;
	if (workers.shared->board.pace == PACE_SCHEDULE)
		syscall(SYS_futex, &workers.shared->board.unload_seq, FUTEX_WAKE, INT_MAX, NULL,
			NULL, 0);
}

/**
 * traffic_end_attempt() - tell workers that hold something that it was made
 */
void traffic_end_attempt(void)
{
	wake_holders();
}

/**
 * traffic_expect_attempts() - tell workers that attempts to unload will follow
 */
void traffic_expect_attempts(void)
{
	unsigned int i;

	for (i = 0; i < workers.nr; i++)
		workers.base[i] = workers.shared->slots[i].ops;
	workers.shared->board.racing = true;
}

/**
 * traffic_last_attempt() - tell workers that no attempt to unload will follow
 */
void traffic_last_attempt(void)
{
	workers.shared->board.racing = false;
	wake_holders();
}

/**
 * traffic_look() - take down how busy the workers are now
 * @moment: filled in
 */
void traffic_look(struct traffic_moment *moment)
{
	unsigned int i;

	moment->held = false;
	for (i = 0; i < workers.nr; i++) {
		const struct traffic_slot *slot = &workers.shared->slots[i];

		moment->ops[i] = slot->ops;
		moment->held |= slot->held;
	}
}

/**
 * traffic_overlapped() - did traffic reach the module during an attempt to unload?
 * @before: taken just before the attempt
 * @after: taken just after it
 *
 * It did if something of the module's was held when the attempt began, or if an
 * operation that found the module completed while it was under way.
 */
bool traffic_overlapped(const struct traffic_moment *before, const struct traffic_moment *after)
{
	unsigned int i;

	if (before->held)
		return true;
	for (i = 0; i < workers.nr; i++) {
		if (after->ops[i] > before->ops[i])
			return true;
	}
	return false;
}

/**
 * traffic_lead() - the worker whose timing the next unload is swept against
 * @pick: pseudo-random number that chooses among the workers
 *
 * Return: the worker's slot.
 */
const struct traffic_slot *traffic_lead(uint64_t pick)
{
	return &workers.shared->slots[pick % workers.nr];
}

/**
 * traffic_send_totals() - send what each section has done so far
 */
void traffic_send_totals(void)
{
	struct wire_record r = { .kind = WIRE_TRAFFIC };
	unsigned int i;

	for (i = 0; i < workers.nr; i++) {
		const struct traffic_slot *slot = &workers.shared->slots[i];

		if (i && workers.spec[i] != workers.spec[i - 1])
			r.ops = r.misses = 0;
		r.ops += slot->ops;
		r.misses += slot->misses;
		if (i + 1 < workers.nr && workers.spec[i + 1] == workers.spec[i])
			continue;
		snprintf(r.name, sizeof(r.name), "%s", workers.spec[i]->name);
		channel_send(&r);
	}
}

/**
 * traffic_str() - value of a key of the worker's section
 * @t: the worker
 * @key: one of the kind's keys
 */
const char *traffic_str(const struct traffic *t, const char *key)
{
	return t->spec->value[traffic_key_index(t->spec->type, key)];
}

/**
 * traffic_num() - value of a number key
 * @t: the worker
 * @key: one of the kind's keys
 */
long traffic_num(const struct traffic *t, const char *key)
{
	return strtol(traffic_str(t, key), NULL, 0);
}

/**
 * traffic_bool() - value of a yes/no key
 * @t: the worker
 * @key: one of the kind's keys
 */
bool traffic_bool(const struct traffic *t, const char *key)
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
	if (is_miss(err))
		return err;
	record_error(t, what, err);
	return err;
}

/* Who sleeps here takes no part in the schedule: no naps, no looks at a clock. */
static void wait_for_attempt(const struct traffic_board *board, uint32_t seq)
{
	static const struct timespec limit = { .tv_sec = HOLD_VIRTUAL_US / 1000000 };

	if (board->racing)
		syscall(SYS_futex, &board->unload_seq, FUTEX_WAIT, seq, &limit, NULL, 0);
}

/**
 * traffic_batch() - how many of something an operation is made of
 * @t: the worker
 * @key: one of the kind's number keys
 * @most: the most that the kind can do
 *
 * Return: the key's value, within 1 and @most; few where every step is
 * scheduled, since races need one of them and not many.
 */
long traffic_batch(const struct traffic *t, const char *key, long most)
{
	long value = traffic_num(t, key);

	if (t->board->pace == PACE_SCHEDULE && most > CYCLE_BATCH)
		most = CYCLE_BATCH;
	return value < 1 ? 1 : value > most ? most : value;
}

/**
 * traffic_hold() - keep what is held until the remover has tried to unload
 * @t: the worker
 *
 * Returns after the next attempt to unload, when the remover wants the workers
 * parked, after 5 ms (10 s of virtual time), or at once while no attempt is
 * near.
 */
void traffic_hold(struct traffic *t)
{
	bool timed = t->board->pace == PACE_FREE;
	struct wait w = wait_begin(t->board, timed ? HOLD_US : HOLD_VIRTUAL_US);
	uint32_t seq = t->board->unload_seq;

	t->slot->held = true;
	if (t->board->pace == PACE_SCHEDULE) {
		wait_for_attempt(t->board, seq);
		return;
	}
	while (t->board->racing && t->board->unload_seq == seq && wait_more(&w))
		;
}

/**
 * traffic_random() - next number of the worker's own pseudo-random sequence
 * @t: the worker
 */
uint64_t traffic_random(struct traffic *t)
{
	return next_random(&t->seed);
}
