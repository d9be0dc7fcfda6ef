// SPDX-License-Identifier: GPL-2.0
/*
 * The remover's side of the traffic: the workers are forked once per boot, and
 * opened and parked around every cycle.
 *
 * Everything they and the remover tell each other goes through one shared
 * mapping, so that looking at a worker costs the remover no system call.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "channel.h"
#include "traffic.h"
#include "util.h"

#define MAX_WORKERS (SCENARIO_MAX_TRAFFIC * SCENARIO_MAX_WORKERS)

/* Longest waits for the workers, microseconds of the guest's clock. */
#define SETTLE_US 5000000
#define PARK_US   10000000

/* How long one is waited for that need not reach the module; after that no more. */
#define LATE_US 200000

/* Workers do not tell of every operation. */
#define AWAIT_US 500

/* A schedule may have time pass while nobody gets on, which is to use up one such part. */
#define HOLDER_US 50000

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
 * @absent: it did not reach the module when it was waited for last
 * @nr: how many there are
 * @one_will_do: of all workers one has to reach the module, not each
 */
static struct workers {
	struct shared *shared;
	const struct traffic_spec *spec[MAX_WORKERS];
	bool absent[MAX_WORKERS];
	unsigned int nr;
	bool one_will_do;
} workers;

static void fork_worker(const struct traffic_spec *spec, unsigned int index)
{
	struct worker w = {
		.t = {
			.kind = spec->kind,
			.params = spec->params,
			.slot = &workers.shared->slots[workers.nr],
			.board = &workers.shared->board,
			.fd = -1,
			.index = index,
			.workers = spec->workers,
		},
		.spec = spec,
		.number = workers.nr,
	};
	pid_t pid;

	workers.spec[workers.nr++] = spec;
	pid = fork();
	guest_check(pid, "fork of a traffic worker");
	if (!pid)
		worker_main(&w);
	w.t.slot->pid = pid;
}

/* Who waits in a call hears no doorbell. */
static void wake_workers(void)
{
	unsigned int i;

	for (i = 0; i < workers.nr; i++) {
		const struct traffic_slot *slot = &workers.shared->slots[i];

		if (slot->waits)
			kill(slot->pid, TRAFFIC_WAKE_SIGNAL);
	}
}

/**
 * traffic_start() - fork all workers of a scenario, parked
 * @s: the scenario; must stay where it is
 * @pace: what decides when operations are done
 */
void traffic_start(const struct scenario *s, enum traffic_pace pace)
{
	unsigned int i, n;

	workers.shared = mmap(NULL, sizeof(*workers.shared), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (workers.shared == MAP_FAILED)
		guest_broken("mmap of the traffic board: %s", strerror(errno));
	workers.shared->board.pace = pace;
	workers.one_will_do = s->reach == REACH_ANY;

	for (i = 0; i < s->nr_traffic; i++) {
		for (n = 0; n < s->traffic[i].workers; n++)
			fork_worker(&s->traffic[i], n);
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

/* Waits until @done(); false if the time is up first. */
static bool wait_for(bool (*done)(void), uint64_t us)
{
	struct doorbell *bell = &workers.shared->board.to_remover;
	uint64_t deadline = doorbell_deadline(us);
	bool in_time = true, is_done;
	uint32_t seen;

	for (;;) {
		seen = doorbell_rings(bell);
		is_done = done();
		traffic_check();
		if (is_done || !in_time)
			return is_done;
		in_time = doorbell_wait(bell, seen, deadline);
	}
}

static bool has_targets(const struct traffic_spec *spec)
{
	const struct traffic_key *key;

	for (key = spec->kind->keys; key->name; key++) {
		if (key->type == TRAFFIC_KEY_FILE &&
		    access((const char *)spec->params + key->offset, F_OK))
			return false;
	}
	return true;
}

/**
 * traffic_has_targets() - do the files exist that the sections are about?
 *
 * Those of one section will do if one worker will.
 */
bool traffic_has_targets(void)
{
	unsigned int i;

	for (i = 0; i < workers.nr; i++) {
		if (has_targets(workers.spec[i]) == workers.one_will_do)
			return workers.one_will_do;
	}
	return !workers.one_will_do;
}

/**
 * traffic_open() - let the workers run
 * @good_ops: operations each has to complete before the traffic has settled
 */
void traffic_open(unsigned int good_ops)
{
	struct traffic_board *board = &workers.shared->board;
	unsigned int i;

	for (i = 0; i < workers.nr; i++)
		workers.shared->slots[i].goal = workers.shared->slots[i].ops + good_ops;
	board->good_ops = good_ops;
	board->stage = BEFORE_REMOVAL;
	board->open = true;
	doorbell_ring(&board->to_workers);
}

/**
 * traffic_close() - tell workers, if they do not know yet, that no attempt will follow
 */
void traffic_close(void)
{
	struct traffic_board *board = &workers.shared->board;

	if (!board->open)
		return;
	board->open = false;
	doorbell_ring(&board->to_workers);
	wake_workers();
}

/**
 * traffic_tell() - tell workers on a schedule how far the removal is
 * @stage: it has got to this one
 */
void traffic_tell(enum traffic_stage stage)
{
	struct traffic_board *board = &workers.shared->board;

	board->stage = stage;
	doorbell_ring(&board->to_workers);
}

static bool is_idle(unsigned int i)
{
	return workers.shared->slots[i].ops < workers.shared->slots[i].goal;
}

/* The number of a worker that has not reached the module and has to, or -1. */
static int find_idle(void)
{
	int idle = -1;
	unsigned int i;

	for (i = 0; i < workers.nr; i++) {
		if (!is_idle(i) && workers.one_will_do)
			return -1;
		if (is_idle(i) && idle < 0)
			idle = i;
	}
	return idle;
}

static bool all_settled(void)
{
	return find_idle() < 0;
}

static bool nobody_late(void)
{
	unsigned int i;

	for (i = 0; i < workers.nr; i++) {
		if (is_idle(i) && !workers.absent[i])
			return false;
	}
	return true;
}

/* Who was late once is not waited for any more until it has been there. */
static void await_late(void)
{
	unsigned int i;

	wait_for(nobody_late, LATE_US);
	for (i = 0; i < workers.nr; i++)
		workers.absent[i] = is_idle(i);
}

/**
 * traffic_settle() - wait until every worker that has to has reached the module
 *
 * Return: false if one did not get there in time.
 */
bool traffic_settle(void)
{
	if (workers.one_will_do)
		await_late();
	return wait_for(all_settled, SETTLE_US);
}

/**
 * traffic_idle_section() - name a traffic section that has not reached the module
 *
 * Return: its name; valid until the guest ends.
 */
const char *traffic_idle_section(void)
{
	int idle = find_idle();

	return idle < 0 ? "" : workers.spec[idle]->name;
}

/**
 * traffic_idle_refusal() - say why that section has not reached the module
 *
 * Return: ", last " and the call that was refused last, or nothing if none was; valid
 * until the next call.
 */
const char *traffic_idle_refusal(void)
{
	static char text[96];
	int idle = find_idle();

	if (idle < 0 || !*workers.shared->slots[idle].refusal)
		return "";
	snprintf(text, sizeof(text), ", last %s", workers.shared->slots[idle].refusal);
	return text;
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
	traffic_close();
	return wait_for(all_parked, PARK_US);
}

/**
 * traffic_end_attempt() - tell workers that hold something that it was made
 */
void traffic_end_attempt(void)
{
	workers.shared->board.unload_seq++;
	doorbell_ring(&workers.shared->board.to_workers);
	wake_workers();
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
 * traffic_most_ops() - operations of the busiest worker between two moments
 * @before: the earlier one
 * @after: the later one
 */
unsigned int traffic_most_ops(const struct traffic_moment *before,
			      const struct traffic_moment *after)
{
	uint64_t most = 0;
	unsigned int i;

	for (i = 0; i < workers.nr; i++) {
		uint64_t ops = after->ops[i] - before->ops[i];

		if (ops > most)
			most = ops;
	}
	return most;
}

static bool any_held(void)
{
	struct traffic_moment now;

	traffic_look(&now);
	return now.held;
}

/**
 * traffic_await_holder() - wait until a worker holds something of the module's
 *
 * Return: false if none does in time.
 */
bool traffic_await_holder(void)
{
	unsigned int parts;

	for (parts = 0; parts < SETTLE_US / HOLDER_US; parts++) {
		if (wait_for(any_held, HOLDER_US))
			return true;
	}
	return false;
}

/**
 * traffic_await_ops() - wait until a worker has completed good operations
 * @nr: how many
 *
 * The workers have so many naps to themselves, however long each of them lasts.
 *
 * Return: false if none has in time.
 */
bool traffic_await_ops(unsigned int nr)
{
	struct traffic_moment before, now;
	unsigned int naps;

	traffic_look(&before);
	for (naps = 0; naps < SETTLE_US / AWAIT_US; naps++) {
		nap_us(AWAIT_US);
		traffic_check();
		traffic_look(&now);
		if (traffic_most_ops(&before, &now) >= nr)
			return true;
	}
	return false;
}

/**
 * traffic_lead() - the worker whose timing the next unload is swept against
 * @pick: pseudo-random number that chooses among the workers that reach the module
 *
 * Return: the worker's slot.
 */
const struct traffic_slot *traffic_lead(uint64_t pick)
{
	unsigned int i, left = workers.nr;

	do
		i = pick++ % workers.nr;
	while (workers.absent[i] && --left);
	return &workers.shared->slots[i];
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
