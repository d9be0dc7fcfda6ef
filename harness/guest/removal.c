// SPDX-License-Identifier: GPL-2.0
/*
 * The ways to remove a module. Each is a row of the table at the end: flags of
 * delete_module(2), and steps. The shortest,
 *
 *	traffic   |--op--| |--op--| |--op--|      parked
 *	remover        |attempt| |attempt|   park         finish
 *
 * and the longest, which gives up and comes back while somebody holds the module:
 *
 *	holder    |------------------------------- held -----------------------|
 *	traffic   ops      none                            ops      none
 *	remover      unreg   waits in vain, is killed  reenable  unreg  park  finish
 *	another                           |waits ...... told|
 *
 * A module that is disabled is waited for with poll(2) on its files in sysfs: once it
 * is parked, and in the longest from before that by a process of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel.h"
#include "module.h"
#include "removal.h"
#include "traffic.h"
#include "util.h"

/* How long a module may stay referenced with all traffic parked. */
#define DRAIN_MS      2000
#define DRAIN_POLL_US 1000

/* How long a remover is watched waiting, before it is killed. */
#define IN_VAIN_MS 5

/* How long a remover may take to end once nothing keeps it. */
#define END_MS 20000

/* Operations of others that must go on while a removal is pending. */
#define OTHERS_OPS 4

#define MAX_STEPS   16
#define NR_REMOVERS 2

/**
 * struct strategy - one way to remove a module
 * @flags: of delete_module(2)
 * @steps: in their order; each returns false after a failure was sent
 */
struct strategy {
	unsigned int flags;
	bool (*steps[MAX_STEPS])(struct removal_run *r);
};

static const struct strategy strategies[NR_REMOVALS];

/* Children of step_two_removers(), reaped by step_both_through(). */
static pid_t removers[NR_REMOVERS];

/* Child of step_poll(), reaped by step_polled(). */
static pid_t poller;

/* Child of step_wait(), reaped by step_told(). */
static pid_t waiter;

static bool refused(int err)
{
	return err == -EWOULDBLOCK || err == -EBUSY || err == -EINPROGRESS;
}

/* Who waits is not to return before the module is gone. No removal says EEXIST itself. */
static int delete_with(const struct removal_run *r, unsigned int flags)
{
	int err = module_delete(r->module, flags);

	return !err && flags & MODULE_DELETE_WAIT && module_present(r->module) ? -EEXIST : err;
}

/* A module that could not be removed, nor taken back, may go by itself. */
static int delete_it(struct removal_run *r)
{
	int err = delete_with(r, strategies[r->how].flags);

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

__attribute__((format(printf, 2, 3))) static bool fail(const struct removal_run *r, const char *fmt,
						       ...)
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

/* At the moment the sweep chose. */
static void try_once(struct removal_run *r)
{
	sweep_wait(r->sweep);
	try_now(r);
}

static bool step_attempt(struct removal_run *r)
{
	unsigned int tries = 0;

	do
		try_once(r);
	while (refused(r->result) && ++tries < r->attempts);
	return true;
}

static bool step_park(struct removal_run *r)
{
	channel_beat(PHASE_PARK, r->counts);
	if (traffic_park())
		return true;
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

static pid_t fork_remover(const struct removal_run *r, unsigned int flags)
{
	pid_t pid = fork();
	int err;

	guest_check(pid, "fork of a remover");
	if (pid)
		return pid;
	err = delete_with(r, flags);
	_exit(err == -ENOENT ? 0 : -err);
}

/* Whether a child ends within some time; @status is that of waitpid(2). */
static bool child_ended(pid_t pid, unsigned int ms, int *status)
{
	int fd = pidfd_open(pid, 0);
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	bool ended;

	guest_check(fd, "pidfd_open");
	ended = poll(&pfd, 1, ms) == 1;
	close(fd);
	if (ended)
		waitpid(pid, status, 0);
	return ended;
}

static bool step_two_removers(struct removal_run *r)
{
	struct traffic_moment before, after;
	unsigned int i;

	sweep_wait(r->sweep);
	traffic_look(&before);
	for (i = 0; i < NR_REMOVERS; i++)
		removers[i] = fork_remover(r, strategies[r->how].flags);
	traffic_look(&after);
	traffic_end_attempt();
	r->counts->overlaps += traffic_overlapped(&before, &after);
	return true;
}

static bool step_both_through(struct removal_run *r)
{
	unsigned int i;
	int status;

	for (i = 0; i < NR_REMOVERS; i++) {
		if (!child_ended(removers[i], END_MS, &status))
			return fail(r, "one of two removers hangs");
		if (status)
			return fail(r, "one of two removers: %s", reason(WEXITSTATUS(status)));
	}
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

static bool step_refuse_namesake(struct removal_run *r)
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
	err = module_await_change(r->module, "disabled", IN_VAIN_MS);
	traffic_look(&after);
	if (err != -ETIMEDOUT)
		return fail(r, "a disabled module that is held does not stay so");
	if (traffic_most_ops(&before, &after) > 1)
		return fail(r, "new users get into a disabled module");
	return true;
}

static bool did_not_wait(const struct removal_run *r, int status)
{
	return fail(r, "a remover did not wait for the holder: %s", strerror(WEXITSTATUS(status)));
}

static bool step_kill_waiter(struct removal_run *r)
{
	pid_t pid = fork_remover(r, MODULE_DELETE_UNREG | MODULE_DELETE_WAIT);
	int status;

	if (child_ended(pid, IN_VAIN_MS, &status))
		return did_not_wait(r, status);
	kill(pid, SIGKILL);
	if (!child_ended(pid, END_MS, &status))
		return fail(r, "a remover that waits cannot be killed");
	return true;
}

/* In a wait that only its end or a fatal signal ends: proc_pid_stat(5), "pid (name) D". */
static bool waits_killably(pid_t pid)
{
	char path[32], state = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = 0;
	fclose(file);
	return state == 'D';
}

/*
 * Somebody who waits for the end of a module that is enabled again instead. Who
 * came later would disable it once more.
 */
static bool step_wait(struct removal_run *r)
{
	unsigned int ms;
	int status;

	waiter = fork_remover(r, MODULE_DELETE_UNREG | MODULE_DELETE_WAIT);
	for (ms = 0; ms < END_MS && !waits_killably(waiter); ms++) {
		if (child_ended(waiter, 1, &status))
			return did_not_wait(r, status);
	}
	return ms < END_MS || fail(r, "a remover does not get as far as to wait for the holder");
}

static bool step_told(struct removal_run *r)
{
	int status;

	if (!child_ended(waiter, END_MS, &status)) {
		kill(waiter, SIGKILL);
		return fail(r, "a remover waits on for a module that was enabled again");
	}
	if (WEXITSTATUS(status) != ECANCELED)
		return fail(r, "waiting for a module that was enabled again: %s, not ECANCELED",
			    strerror(WEXITSTATUS(status)));
	return true;
}

/*
 * Somebody who sleeps in poll(2) when the last reference goes. What is polled is
 * looked at again when the time is up, so there has to be enough of it.
 */
static bool step_poll(struct removal_run *r)
{
	int status, err;

	poller = fork();
	guest_check(poller, "fork of a poller");
	if (!poller) {
		err = module_await_change(r->module, NULL, 3 * END_MS);
		_exit(err == -ENODEV ? 0 : -err);
	}
	if (child_ended(poller, IN_VAIN_MS, &status))
		return fail(r, "poll(2) does not wait for a module that is held: %s",
			    strerror(WEXITSTATUS(status)));
	return true;
}

static bool step_polled(struct removal_run *r)
{
	int status;

	if (!child_ended(poller, END_MS, &status)) {
		kill(poller, SIGKILL);
		return fail(r, "poll(2) does not return although the module is gone");
	}
	if (status)
		return fail(r, "poll(2) on the state of a module: %s",
			    strerror(WEXITSTATUS(status)));
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

static const struct strategy strategies[NR_REMOVALS] = {
	[REMOVAL_NONBLOCK] = {
		.flags = O_NONBLOCK,
		.steps = { step_attempt, step_park, step_finish },
	},
	[REMOVAL_FORCE] = {
		.flags = O_NONBLOCK | O_TRUNC,
		.steps = { step_attempt, step_park, step_finish },
	},
	[REMOVAL_UNREG] = {
		.flags = MODULE_DELETE_UNREG,
		.steps = { step_attempt, step_park, step_finish },
	},
	[REMOVAL_UNREG_WAIT] = {
		.flags = MODULE_DELETE_UNREG | MODULE_DELETE_WAIT,
		.steps = { step_attempt, step_park, step_finish },
	},
	[REMOVAL_TWO_REMOVERS] = {
		.flags = MODULE_DELETE_UNREG | MODULE_DELETE_WAIT,
		.steps = { step_two_removers, step_park, step_both_through },
	},
	[REMOVAL_UNREG_PENDING] = {
		.flags = MODULE_DELETE_UNREG,
		.steps = {
			step_await_holder, step_attempt, step_disabled, step_others_go_on,
			step_park, step_finish,
		},
	},
	[REMOVAL_GIVEUP_REENABLE] = {
		.flags = MODULE_DELETE_UNREG,
		.steps = {
			step_await_holder,    step_attempt,     step_disabled,
			step_refuse_namesake, step_closed,	step_kill_waiter,
			step_disabled,	      step_wait,	step_reenable,
			step_told,	      step_attempt,	step_disabled,
			step_poll,	      step_park,	step_finish,
			step_polled,
		},
	},
};

/**
 * removal_go() - remove the module, with the traffic open, and park the traffic
 * @r: what and how
 *
 * Return: false after a failure was sent.
 */
bool removal_go(struct removal_run *r)
{
	unsigned int i;

	channel_beat(PHASE_UNLOAD, r->counts);
	for (i = 0; i < MAX_STEPS && strategies[r->how].steps[i]; i++) {
		if (!strategies[r->how].steps[i](r))
			return false;
	}
	r->counts->unloads++;
	return true;
}

/**
 * removal_on_schedule() - remove the module while the kernel decides who runs
 * @r: what and how; of the way only the flags are used, since the traffic has a
 *	few operations to do and does not wait for the remover
 *
 * Return: false after a failure was sent.
 */
bool removal_on_schedule(struct removal_run *r)
{
	bool done;

	traffic_tell(DURING_REMOVAL);
	try_now(r);
	traffic_close();
	done = step_finish(r);
	traffic_tell(AFTER_REMOVAL);
	r->counts->unloads += done;
	return done;
}
