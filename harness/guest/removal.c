// SPDX-License-Identifier: GPL-2.0
/*
 * The ways to remove a module: flags of delete_module(2), and how each step of
 * removal_steps.c is carried out. Others who have a part in it are told to act,
 * see actor.h.
 *
 * Where the kernel decides who runs the steps are the same. Time is virtual there:
 * waiting costs nothing, and what is to happen meanwhile happens at all only if
 * somebody waits.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor.h"
#include "channel.h"
#include "event.h"
#include "module.h"
#include "removal.h"
#include "removal_steps.h"
#include "stuck.h"
#include "traffic.h"
#include "util.h"

/* How long a module may stay referenced with all traffic parked. */
#define DRAIN_MS      2000
#define DRAIN_POLL_US 1000

/* How long somebody is watched waiting. On a schedule traffic comes by less often. */
#define IN_VAIN_MS           5
#define IN_VAIN_SCHEDULED_MS 50

/* How long somebody may take to get as far as to wait, and how often one looks. */
#define BEGIN_MS 20000
#define LOOK_MS  2

/* Who sleeps for a lock does so at one look, not at as many in a row. */
#define LOOKS 2

/* How long somebody may take to end once nothing keeps it. */
#define END_MS 20000

/* Between two attempts on a schedule, for the others to go on. */
#define ATTEMPT_US 1000

/* Operations of others that must go on while a removal is pending. */
#define OTHERS_OPS 4

/**
 * struct strategy - one way to remove a module
 * @flags: of delete_module(2)
 * @cast: bit per actor that has a part in it
 * @pending: traffic has to go on meanwhile, for as long as it takes
 */
struct strategy {
	unsigned int flags;
	unsigned int cast;
	bool pending;
};

static const struct strategy strategies[NR_REMOVALS] = {
	[REMOVAL_NONBLOCK] = { .flags = O_NONBLOCK },
	[REMOVAL_FORCE] = { .flags = O_NONBLOCK | O_TRUNC },
	[REMOVAL_UNREG] = { .flags = MODULE_DELETE_UNREG },
	[REMOVAL_UNREG_WAIT] = { .flags = MODULE_DELETE_UNREG | MODULE_DELETE_WAIT },
	[REMOVAL_TWO_REMOVERS] = {
		.flags = MODULE_DELETE_UNREG | MODULE_DELETE_WAIT,
		.cast = 1u << ACTOR_REMOVER2 | 1u << ACTOR_REMOVER3,
	},
	[REMOVAL_UNREG_PENDING] = { .flags = MODULE_DELETE_UNREG, .pending = true },
	[REMOVAL_GIVEUP_REENABLE] = {
		.flags = MODULE_DELETE_UNREG,
		.cast = 1u << ACTOR_VICTIM | 1u << ACTOR_WAITER | 1u << ACTOR_POLLER,
		.pending = true,
	},
	[REMOVAL_UNBIND] = { .flags = O_NONBLOCK },
	[REMOVAL_DELETE] = { .flags = O_NONBLOCK },
	[REMOVAL_RELOAD] = { .flags = O_NONBLOCK },
};

/* How busy the traffic was when two removers began. */
static struct traffic_moment begun;

static bool refused(int err)
{
	return err == -EWOULDBLOCK || err == -EBUSY || err == -EINPROGRESS;
}

static bool scheduled(const struct removal_run *r)
{
	return r->pace == PACE_SCHEDULE;
}

/* A module that could not be removed, nor taken back, may go by itself. */
static int delete_it(struct removal_run *r)
{
	int err = module_remove(r->module, strategies[r->how].flags);

	r->left_disabled |= err == -EINPROGRESS;
	if (err == -ENOENT && r->left_disabled)
		err = 0;
	r->left_disabled &= err != 0;
	return err;
}

static const char *reason(int err)
{
	return err == EEXIST ? "the wait ended before the module was gone" : strerror(err);
}

__printf(2, 3) static bool fail(const struct removal_run *r, const char *fmt, ...)
{
	char text[WIRE_TEXT_LEN];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	channel_failure(PHASE_UNLOAD, r->counts->cycle, "%s", text);
	return false;
}

/* Counts what came of it. */
static void try_now(struct removal_run *r)
{
	struct traffic_moment before, after;

	traffic_look(&before);
	r->result = delete_it(r);
	traffic_look(&after);
	traffic_end_attempt();

	/* 1 says that somebody was in, whatever the workers have noticed. */
	if (r->result == 1 || traffic_overlapped(&before, &after))
		r->counts->overlaps++;
	if (refused(r->result) || r->result == 1)
		r->counts->refused++;
}

/* The sweep chooses the moment of the first attempt and of each one after it. */
static bool step_attempt(struct removal_run *r)
{
	unsigned int tries = 0;

	for (;;) {
		if (!scheduled(r))
			sweep_wait(r->sweep);
		try_now(r);
		if (!refused(r->result) || ++tries >= r->attempts)
			return true;
		if (scheduled(r))
			nap_us(ATTEMPT_US);
	}
}

/* Who has no such device, or file, cannot be raced; traffic may be faster at any time. */
static int happen_now(struct removal_run *r)
{
	struct traffic_moment before, after;
	int err;

	traffic_look(&before);
	err = event_happen(r);
	traffic_look(&after);
	traffic_end_attempt();
	if (traffic_overlapped(&before, &after))
		r->counts->overlaps++;
	if (refused(err))
		r->counts->refused++;
	else if (err && err != -ENODEV)
		guest_broken("event: %s: %s", r->event_path, strerror(-err));
	return err;
}

/* The module stays, or comes back, and is removed in the end. */
static bool step_event(struct removal_run *r)
{
	unsigned int tries;
	int err;

	r->result = -EWOULDBLOCK;
	for (tries = 0; tries < r->attempts; tries++) {
		if (!scheduled(r))
			sweep_wait(r->sweep);
		err = happen_now(r);
		if (event_is_final(r))
			break;
		if (!err)
			err = event_undo(r);
		if (err && !refused(err) && err != -ENODEV)
			return fail(r, "after event %u: %s", tries + 1, strerror(-err));
		if (scheduled(r))
			nap_us(ATTEMPT_US);
	}
	return true;
}

/* On a schedule the traffic goes on for a while, holding nothing. */
static bool step_park(struct removal_run *r)
{
	if (scheduled(r)) {
		if (strategies[r->how].pending)
			traffic_tell(DURING_REMOVAL);
		traffic_close();
		return true;
	}
	channel_beat(PHASE_PARK, r->counts);
	if (traffic_park())
		return true;
	stuck_report();
	channel_failure(PHASE_PARK, r->counts->cycle, "traffic hangs: an operation never returned");
	return false;
}

/* Once the traffic is parked nobody may be left that needs the module. */
static int drain(struct removal_run *r)
{
	unsigned int waited = 0;
	int err;

	do {
		err = delete_it(r);
		if (!refused(err))
			break;
		nap_us(DRAIN_POLL_US);
		waited += DRAIN_POLL_US;
	} while (waited < DRAIN_MS * 1000u);
	return err;
}

/*
 * The files of a module vanish a moment before its name becomes free. Who asks
 * for a module that is gone already is told so, or that there was none.
 */
static int await_end(const struct removal_run *r)
{
	int err = module_await_change(r->module, NULL, DRAIN_MS);

	if (err != -ENODEV)
		return err ? err : -EWOULDBLOCK;
	err = module_delete(r->module, MODULE_DELETE_UNREG | MODULE_DELETE_WAIT);
	return err == -ENOENT ? 0 : err;
}

static bool step_finish(struct removal_run *r)
{
	if (r->result == 1)
		r->result = await_end(r);
	else if (refused(r->result))
		r->result = drain(r);
	if (!r->result)
		return true;
	return fail(r, "%s",
		    refused(r->result) || r->result == -ETIMEDOUT ?
			    "reference count never returned to 0" :
			    reason(-r->result));
}

static bool step_two_removers(struct removal_run *r)
{
	if (!scheduled(r))
		sweep_wait(r->sweep);
	traffic_look(&begun);
	actors_tell(strategies[r->how].cast);
	traffic_end_attempt();
	return true;
}

static bool step_both_through(struct removal_run *r)
{
	static const enum actor both[] = { ACTOR_REMOVER2, ACTOR_REMOVER3 };
	struct traffic_moment through;
	unsigned int i;
	int status;

	for (i = 0; i < ARRAY_SIZE(both); i++) {
		if (!actor_done(both[i], END_MS, &status))
			return fail(r, "one of two removers hangs");
		if (status)
			return fail(r, "one of two removers: %s", reason(status));
	}
	traffic_look(&through);
	r->counts->overlaps += traffic_overlapped(&begun, &through);
	r->result = 0;
	return true;
}

static bool step_await_holder(struct removal_run *r)
{
	if (traffic_await_holder())
		return true;
	guest_broken("nothing holds %s, so there is nothing to give up waiting for", r->module);
}

static bool step_disabled(struct removal_run *r)
{
	if (r->result != 1)
		return fail(r, "disabling a module that is held: %s, not 1",
			    r->result ? strerror(-r->result) : "0");
	if (!module_state_is(r->module, "disabled", "Disabled"))
		return fail(r, "a disabled module does not show that it is");
	return true;
}

/* The first operation awaited may have begun before the module was disabled. */
static bool step_others_go_on(struct removal_run *r)
{
	unsigned int i;

	for (i = 0; i < OTHERS_OPS + 1; i++) {
		if (!traffic_await_ops(1))
			return fail(r, "nothing else goes on while the removal is pending");
	}
	return true;
}

static bool step_namesake(struct removal_run *r)
{
	int err = module_load(r->fd, r->params);

	if (err == -EBUSY)
		return true;
	return fail(r, "loading a disabled module again: %s, not EBUSY",
		    err ? strerror(-err) : "0");
}

/* Nobody finds the module any more; who was on the way in may have got there. */
static bool step_closed(struct removal_run *r)
{
	struct traffic_moment before, after;
	int err;

	traffic_look(&before);
	err = module_await_change(r->module, "disabled",
				  scheduled(r) ? IN_VAIN_SCHEDULED_MS : IN_VAIN_MS);
	traffic_look(&after);
	if (err != -ETIMEDOUT)
		return fail(r, "a disabled module that is held does not stay so");
	if (traffic_most_ops(&before, &after) > 1)
		return fail(r, "new users get into a disabled module");
	return true;
}

static bool did_not_wait(const struct removal_run *r, int status)
{
	return fail(r, "a remover did not wait for the holder: %s", strerror(status));
}

static bool step_kill_waiter(struct removal_run *r)
{
	int status;

	actors_tell(1u << ACTOR_VICTIM);
	if (actor_done(ACTOR_VICTIM, IN_VAIN_MS, &status))
		return did_not_wait(r, status);
	actor_kill(ACTOR_VICTIM);
	if (!actor_died(ACTOR_VICTIM, END_MS))
		return fail(r, "a remover that waits cannot be killed");
	return true;
}

/*
 * Somebody who waits for the end of a module that is enabled again instead. Who
 * came later would disable it once more.
 */
static bool step_wait(struct removal_run *r)
{
	unsigned int ms, looks = 0;
	int status;

	actors_tell(1u << ACTOR_WAITER);
	for (ms = 0; ms < BEGIN_MS; ms += LOOK_MS) {
		looks = actor_waits(ACTOR_WAITER) ? looks + 1 : 0;
		if (looks == LOOKS)
			return true;
		if (actor_done(ACTOR_WAITER, LOOK_MS, &status))
			return did_not_wait(r, status);
	}
	return fail(r, "a remover does not get as far as to wait for the holder");
}

static bool step_told(struct removal_run *r)
{
	int status;

	if (!actor_done(ACTOR_WAITER, END_MS, &status))
		return fail(r, "a remover waits on for a module that was enabled again");
	if (status != ECANCELED)
		return fail(r, "waiting for a module that was enabled again: %s, not ECANCELED",
			    strerror(status));
	return true;
}

/* Somebody who sleeps in poll(2) when the last reference goes. */
static bool step_poll(struct removal_run *r)
{
	int status;

	actors_tell(1u << ACTOR_POLLER);
	if (actor_done(ACTOR_POLLER, IN_VAIN_MS, &status))
		return fail(r, "poll(2) does not wait for a module that is held: %s",
			    strerror(status));
	return true;
}

static bool step_polled(struct removal_run *r)
{
	int status;

	if (!actor_done(ACTOR_POLLER, END_MS, &status))
		return fail(r, "poll(2) does not return although the module is gone");
	if (status)
		return fail(r, "poll(2) on the state of a module: %s", strerror(status));
	return true;
}

static bool step_reenable(struct removal_run *r)
{
	int err = module_delete(r->module, MODULE_DELETE_REENABLE);

	if (err)
		return fail(r, "enabling again: %s", strerror(-err));
	if (!module_state_is(r->module, "live", "Live"))
		return fail(r, "a module that was enabled again does not show that it is live");
	if (!traffic_await_ops(1))
		return fail(r, "no traffic reaches a module that was enabled again");
	return true;
}

static bool (*const carry_out[NR_STEPS])(struct removal_run *r) = {
	[STEP_ATTEMPT] = step_attempt,
	[STEP_TWO_REMOVERS] = step_two_removers,
	[STEP_PARK] = step_park,
	[STEP_FINISH] = step_finish,
	[STEP_BOTH_THROUGH] = step_both_through,
	[STEP_AWAIT_HOLDER] = step_await_holder,
	[STEP_DISABLED] = step_disabled,
	[STEP_OTHERS_GO_ON] = step_others_go_on,
	[STEP_NAMESAKE] = step_namesake,
	[STEP_CLOSED] = step_closed,
	[STEP_KILL_WAITER] = step_kill_waiter,
	[STEP_WAIT] = step_wait,
	[STEP_REENABLE] = step_reenable,
	[STEP_TOLD] = step_told,
	[STEP_POLL] = step_poll,
	[STEP_POLLED] = step_polled,
	[STEP_EVENT] = step_event,
};

static bool all_steps(struct removal_run *r)
{
	const unsigned char *step;

	for (step = removal_steps[r->how]; *step != STEP_NONE; step++) {
		if (!carry_out[*step](r))
			return false;
		r->steps->done[*step]++;
	}
	r->counts->unloads++;
	return true;
}

/**
 * removal_prepare() - make ready for what a way needs
 * @r: what and how
 */
void removal_prepare(const struct removal_run *r)
{
	actors_init(r->module, strategies[r->how].cast, r->pace);
}

/**
 * removal_go() - remove the module, with the traffic open, and park the traffic
 * @r: what and how
 *
 * Return: false after a failure was sent.
 */
bool removal_go(struct removal_run *r)
{
	channel_beat(PHASE_UNLOAD, r->counts);
	return all_steps(r);
}

/**
 * removal_on_schedule() - remove the module while the kernel decides who runs
 * @r: what and how
 *
 * Whatever came of it, all who take part get back to the gate.
 *
 * Return: false after a failure was sent.
 */
bool removal_on_schedule(struct removal_run *r)
{
	bool done;

	traffic_tell(strategies[r->how].pending ? PENDING_REMOVAL : DURING_REMOVAL);
	done = all_steps(r);
	traffic_close();
	traffic_tell(AFTER_REMOVAL);
	actors_dismiss();
	return done;
}

/**
 * removal_of_unused() - remove a module that nobody uses
 * @r: what; of the way only the flags are used
 *
 * Return: false after a failure was sent.
 */
bool removal_of_unused(struct removal_run *r)
{
	r->result = delete_it(r);
	return step_finish(r);
}
