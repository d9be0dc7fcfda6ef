// SPDX-License-Identifier: GPL-2.0
/*
 * What a worker does: operations while the board is open, sleep while it is not.
 */
#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "compiler.h"
#include "explore.h"
#include "traffic.h"
#include "util.h"

#define MISS_US 200

/*
 * What a worker does in a cycle whose schedule is decided by the kernel: the operations
 * that are to come before the removal and so many more.
 */
#define CYCLE_MORE 1

/* Then there is one now and then, 5, 10, 20 and from then on 40 ms after the one before. */
#define LATER_OPS    10
#define LATER_US     5000
#define LATER_DOUBLE 3

/*
 * Workers take what processor time is left: the remover, and the kernel's own
 * threads that an unload waits for, come first.
 */
#define WORKER_NICE 10

static bool may_run(const struct traffic *t)
{
	return t->board->open && !t->slot->error;
}

static void let_go(struct traffic *t)
{
	if (t->kind->park)
		t->kind->park(t);
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
	ret = t->kind->op(t);
	slot->in_op = false;

	if (!ret)
		count_good(t, start);
	else if (traffic_is_miss(ret))
		slot->misses++;
	else
		traffic_fail(t, "operation", ret);
	slot->held = false;
	return !ret;
}

static void __noreturn work_freely(struct traffic *t)
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

static void __noreturn work_on_schedule(struct traffic *t)
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
 * worker_main() - be a worker
 * @w: which one
 */
void worker_main(struct worker *w)
{
	struct traffic *t = &w->t;
	char name[16];
	int err;

	snprintf(name, sizeof(name), "%.11s/%u", w->spec->name, t->index);
	prctl(PR_SET_NAME, name);
	setpriority(PRIO_PROCESS, 0, WORKER_NICE);
	err = t->kind->setup ? t->kind->setup(t) : 0;
	if (t->board->pace == PACE_SCHEDULE)
		explore_join(explore_traffic_role(w->number));
	if (!err && w->spec->uid)
		err = become(w->spec->uid);
	if (err)
		traffic_give_up(t, "setup", err);

	if (t->board->pace == PACE_SCHEDULE)
		work_on_schedule(t);
	work_freely(t);
}
