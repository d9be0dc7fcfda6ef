// SPDX-License-Identifier: GPL-2.0
/*
 * The steps of removals, against a kernel, traffic and actors that are made up: which
 * steps each way carries out, what each of them asks the kernel, and what it makes of an
 * answer that is not as it should be.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../guest/actor.h"
#include "../guest/channel.h"
#include "../guest/event.h"
#include "../guest/explore.h"
#include "../guest/module.h"
#include "../guest/removal.h"
#include "../guest/stuck.h"
#include "testing.h"

/**
 * struct world - what is made up
 * @removals: results of the first delete_module(2)s, after them 0
 * @nr_removals: how many there have been
 * @flags: of the last one
 * @state: of the module
 * @silent: the module does not show that it is disabled
 * @load: result of finit_module(2)
 * @await: result of a wait for the module's end
 * @overlap: traffic was in the module meanwhile
 * @stuck: a worker does not come back
 * @starved: traffic does not go on
 * @held: something of the module's is held
 * @intruders: operations that get in
 * @actor: errno that actors have acted with, or -1 if they have not
 * @events: results of the first events
 * @nr_events: how many there have been
 * @undone: how often one was undone
 * @undo: result of that
 * @failure: what was said
 */
static struct world {
	int removals[4];
	unsigned int nr_removals;
	unsigned int flags;
	const char *state;
	bool silent;
	int load;
	int await;
	bool overlap;
	bool stuck;
	bool starved;
	bool held;
	unsigned int intruders;
	int actor;
	int events[4];
	unsigned int nr_events;
	unsigned int undone;
	int undo;
	char failure[WIRE_TEXT_LEN];
} world;

int module_remove(const char *name, unsigned int flags)
{
	unsigned int nr = world.nr_removals++;

	assert_string_equal(name, "m");
	world.flags = flags;
	world.state = world.silent ? "live" : "disabled";
	return nr < ARRAY_SIZE(world.removals) ? world.removals[nr] : 0;
}

int module_delete(const char *name, unsigned int flags)
{
	assert_string_equal(name, "m");
	if (flags == MODULE_DELETE_REENABLE)
		world.state = "live";
	return 0;
}

bool module_state_is(const char *name, const char *lifecycle, const char *proc)
{
	(void)name;
	(void)proc;
	return !strcmp(lifecycle, world.state);
}

/* A held module that is disabled stays so; after that, its end is waited for. */
int module_await_change(const char *name, const char *state, int ms)
{
	(void)name;
	(void)ms;
	return state ? -ETIMEDOUT : world.await;
}

int module_load(int fd, const char *params)
{
	(void)fd;
	(void)params;
	return world.load;
}

int event_happen(const struct removal_run *r)
{
	unsigned int nr = world.nr_events++;

	assert_true(r->how >= REMOVAL_EVENTS);
	return nr < ARRAY_SIZE(world.events) ? world.events[nr] : 0;
}

int event_undo(const struct removal_run *r)
{
	(void)r;
	world.undone++;
	return world.undo;
}

bool event_is_final(const struct removal_run *r)
{
	return r->how == REMOVAL_DELETE;
}

void traffic_look(struct traffic_moment *moment)
{
	memset(moment, 0, sizeof(*moment));
}

bool traffic_overlapped(const struct traffic_moment *before, const struct traffic_moment *after)
{
	(void)before;
	(void)after;
	return world.overlap;
}

unsigned int traffic_most_ops(const struct traffic_moment *before,
			      const struct traffic_moment *after)
{
	(void)before;
	(void)after;
	return world.intruders;
}

bool traffic_await_ops(unsigned int nr)
{
	(void)nr;
	return !world.starved;
}

bool traffic_await_holder(void)
{
	return world.held;
}

bool traffic_park(void)
{
	return !world.stuck;
}

void traffic_close(void)
{
}

void traffic_end_attempt(void)
{
}

void traffic_tell(enum traffic_stage stage)
{
	(void)stage;
}

const struct traffic_slot *traffic_lead(uint64_t pick)
{
	static const struct traffic_slot slot;

	(void)pick;
	return &slot;
}

void actors_init(const char *module, unsigned int cast, enum traffic_pace pace)
{
	(void)module;
	(void)cast;
	(void)pace;
}

void actors_tell(unsigned int who)
{
	(void)who;
}

void actors_dismiss(void)
{
}

/* The waiter waits, and is told in the end; two removers and the poller are through. */
bool actor_done(enum actor actor, unsigned int ms, int *status)
{
	bool vain = ms < 1000 && world.actor <= 0;

	*status = world.actor > 0 ? world.actor : actor == ACTOR_WAITER ? ECANCELED : 0;
	return world.actor >= 0 && !vain;
}

bool actor_waits(enum actor actor)
{
	return actor == ACTOR_WAITER;
}

void actor_kill(enum actor actor)
{
	(void)actor;
}

bool actor_died(enum actor actor, unsigned int ms)
{
	(void)actor;
	(void)ms;
	return true;
}

void channel_beat(enum phase phase, const struct wire_counts *counts)
{
	(void)phase;
	(void)counts;
}

void stuck_report(void)
{
}

void channel_failure(enum phase phase, uint64_t cycle, const char *fmt, ...)
{
	va_list args;

	(void)phase;
	(void)cycle;
	va_start(args, fmt);
	vsnprintf(world.failure, sizeof(world.failure), fmt, args);
	va_end(args);
}

void channel_send(const struct wire_record *record)
{
	(void)record;
}

void guest_broken(const char *fmt, ...)
{
	(void)fmt;
	fail();
	__builtin_unreachable();
}

/* ---- the tests ---- */

static struct wire_counts counts;
static struct step_counts steps;

/* Makes up a world in which a module that is held is removed without fault. */
static void make_world(void)
{
	world = (struct world){
		.state = "live",
		.load = -EBUSY,
		.await = -ENODEV,
		.held = true,
	};
}

/* Removes a module one way. */
static bool remove_module(enum removal how, enum traffic_pace pace)
{
	struct sweep sweep;
	struct removal_run r = {
		.module = "m",
		.params = "",
		.how = how,
		.pace = pace,
		.attempts = 3,
		.sweep = &sweep,
		.counts = &counts,
		.steps = &steps,
	};

	sweep_init(&sweep, 1);
	memset(&counts, 0, sizeof(counts));
	memset(&steps, 0, sizeof(steps));
	return pace == PACE_SCHEDULE ? removal_on_schedule(&r) : removal_go(&r);
}

/* How often a way has a step. */
static unsigned int steps_of(enum removal how, enum removal_step step)
{
	const unsigned char *s;
	unsigned int nr = 0;

	for (s = removal_steps[how]; *s != STEP_NONE; s++)
		nr += *s == step;
	return nr;
}

static void assert_all_steps(enum removal how)
{
	unsigned int step;

	for (step = STEP_NONE + 1; step < NR_STEPS; step++)
		assert_int_equal(steps.done[step], steps_of(how, step));
}

/* Each way carries out all of its steps, once each time that it has it, in both paces. */
static void test_all_ways(void **state)
{
	enum removal how;
	unsigned int pace;

	(void)state;
	for (how = 0; how < NR_REMOVALS; how++) {
		for (pace = PACE_FREE; pace <= PACE_SCHEDULE; pace++) {
			make_world();
			if (steps_of(how, STEP_DISABLED))
				world.removals[0] = world.removals[1] = 1;
			if (!remove_module(how, pace))
				fail_msg("way %u: %s", how, world.failure);
			assert_all_steps(how);
			assert_int_equal(counts.unloads, 1);
		}
	}
}

/* What traffic keeps from being removed is tried again, so often; then once it is parked. */
static void test_refused(void **state)
{
	(void)state;
	make_world();
	world.removals[0] = world.removals[1] = world.removals[2] = -EWOULDBLOCK;
	assert_true(remove_module(REMOVAL_NONBLOCK, PACE_FREE));
	assert_int_equal(world.nr_removals, 4);
	assert_int_equal(counts.refused, 3);
	assert_int_equal(world.flags, O_NONBLOCK);

	make_world();
	world.removals[0] = -EBUSY;
	assert_true(remove_module(REMOVAL_FORCE, PACE_FREE));
	assert_int_equal(world.nr_removals, 2);
	assert_int_equal(world.flags, O_NONBLOCK | O_TRUNC);
}

/* Traffic that was in meanwhile counts, and so does a module that somebody still has. */
static void test_overlaps(void **state)
{
	(void)state;
	make_world();
	assert_true(remove_module(REMOVAL_NONBLOCK, PACE_FREE));
	assert_int_equal(counts.overlaps, 0);
	world.overlap = true;
	assert_true(remove_module(REMOVAL_NONBLOCK, PACE_FREE));
	assert_int_equal(counts.overlaps, 1);
	make_world();
	world.removals[0] = 1;
	assert_true(remove_module(REMOVAL_UNREG, PACE_FREE));
	assert_int_equal(counts.overlaps, 1);
	assert_int_equal(counts.refused, 1);
}

/* A removal that fails says why, and the steps after that are not carried out. */
static void assert_failure(enum removal how, const char *text, enum removal_step last)
{
	assert_false(remove_module(how, PACE_FREE));
	assert_string_equal(world.failure, text);
	assert_int_equal(counts.unloads, 0);
	assert_int_equal(steps.done[last], steps_of(how, last));
	assert_int_equal(steps.done[STEP_FINISH], 0);
}

static void test_failures(void **state)
{
	(void)state;
	make_world();
	world.removals[0] = -EINVAL;
	assert_failure(REMOVAL_NONBLOCK, "Invalid argument", STEP_PARK);
	make_world();
	world.removals[0] = 1;
	world.await = -ETIMEDOUT;
	assert_failure(REMOVAL_UNREG, "reference count never returned to 0", STEP_PARK);
	make_world();
	world.stuck = true;
	assert_failure(REMOVAL_NONBLOCK, "traffic hangs: an operation never returned",
		       STEP_ATTEMPT);
	make_world();
	assert_failure(REMOVAL_UNREG_PENDING, "disabling a module that is held: 0, not 1",
		       STEP_ATTEMPT);
	make_world();
	world.removals[0] = 1;
	world.silent = true;
	assert_failure(REMOVAL_UNREG_PENDING, "a disabled module does not show that it is",
		       STEP_ATTEMPT);
	make_world();
	world.removals[0] = 1;
	world.starved = true;
	assert_failure(REMOVAL_UNREG_PENDING, "nothing else goes on while the removal is pending",
		       STEP_DISABLED);
}

static void test_failures_of_the_longest(void **state)
{
	(void)state;
	make_world();
	world.removals[0] = 1;
	world.load = 0;
	assert_failure(REMOVAL_GIVEUP_REENABLE, "loading a disabled module again: 0, not EBUSY",
		       STEP_AWAIT_HOLDER);
	make_world();
	world.removals[0] = 1;
	world.intruders = 2;
	assert_failure(REMOVAL_GIVEUP_REENABLE, "new users get into a disabled module",
		       STEP_NAMESAKE);
	make_world();
	world.removals[0] = 1;
	world.actor = EPERM;
	assert_failure(REMOVAL_GIVEUP_REENABLE,
		       "a remover did not wait for the holder: Operation not permitted",
		       STEP_CLOSED);
	make_world();
	world.removals[0] = 1;
	world.actor = -1;
	assert_failure(REMOVAL_GIVEUP_REENABLE,
		       "a remover waits on for a module that was enabled again", STEP_WAIT);
}

static void test_two_removers(void **state)
{
	(void)state;
	make_world();
	world.actor = -1;
	assert_failure(REMOVAL_TWO_REMOVERS, "one of two removers hangs", STEP_PARK);
	make_world();
	world.actor = EEXIST;
	assert_failure(REMOVAL_TWO_REMOVERS,
		       "one of two removers: the wait ended before the module was gone", STEP_PARK);
}

/* An event happens as often as there are attempts, or once, and then the module is removed. */
static void test_events(void **state)
{
	(void)state;
	make_world();
	world.overlap = true;
	world.events[1] = -ENODEV;
	world.events[2] = -EWOULDBLOCK;
	assert_true(remove_module(REMOVAL_UNBIND, PACE_FREE));
	assert_int_equal(world.nr_events, 3);
	assert_int_equal(world.undone, 1);
	assert_int_equal(world.nr_removals, 1);
	assert_int_equal(world.flags, O_NONBLOCK);
	assert_int_equal(counts.overlaps, 3);
	assert_int_equal(counts.refused, 1);
	make_world();
	assert_true(remove_module(REMOVAL_DELETE, PACE_SCHEDULE));
	assert_int_equal(world.nr_events, 1);
	assert_int_equal(world.undone, 0);
	make_world();
	world.undo = -EBUSY;
	assert_true(remove_module(REMOVAL_UNBIND, PACE_FREE));
	assert_int_equal(world.undone, 3);
	make_world();
	world.undo = -ENOMEM;
	assert_failure(REMOVAL_RELOAD, "after event 1: Cannot allocate memory", STEP_AWAIT_HOLDER);
	assert_int_equal(steps.done[STEP_EVENT], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_ways),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_overlaps),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_failures_of_the_longest),
		cmocka_unit_test(test_two_removers),
		cmocka_unit_test(test_events),
	};

	return cmocka_run_group_tests_name("removal", tests, NULL, NULL);
}
