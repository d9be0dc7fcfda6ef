// SPDX-License-Identifier: GPL-2.0
/*
 * The processes described in actor.h: PID 1 forks them, the remover tells them to
 * act, and what they tell each other goes through one shared mapping. Who was
 * killed is replaced before the next cycle.
 *
 * Waits are cut into slices, each of which the others have to themselves. A schedule
 * may have virtual time pass while somebody runs; that uses up one slice, not the
 * whole wait.
 */
#include <errno.h>
#include <linux/modrace_explore.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor.h"
#include "channel.h"
#include "explore.h"
#include "module.h"
#include "util.h"

#define JOIN_POLL_US 1000
#define SLICE_MS     5u

/**
 * enum call - how far an actor is in a cycle
 * @NOT_CALLED: it waits to be told
 * @CALLED: it has been told to act
 * @DONE: it has acted, or was killed
 * @NOT_NEEDED: the removal is over, it will not be told any more
 */
enum call {
	NOT_CALLED,
	CALLED,
	DONE,
	NOT_NEEDED,
};

/**
 * struct actor_slot - what an actor shares with PID 1 and the remover
 * @pid: of its process, 0 if there is none
 * @ready: the process is on its way to wait
 * @call: how far it is
 * @status: errno that it has acted with, 0 for none
 */
struct actor_slot {
	_Atomic pid_t pid;
	_Atomic bool ready;
	_Atomic enum call call;
	_Atomic int status;
};

/**
 * struct stage - the mapping that all share
 * @to_actors: rung when somebody has been told to act, or will not be
 * @to_remover: rung when somebody has acted
 * @slots: by actor
 */
struct stage {
	struct doorbell to_actors;
	struct doorbell to_remover;
	struct actor_slot slots[NR_ACTORS];
};

/**
 * struct actors - what every process knows of them
 * @stage: NULL if there are none
 * @module: the module that is removed
 * @cast: bit per actor that takes part
 * @pace: what decides who runs
 */
static struct actors {
	struct stage *stage;
	const char *module;
	unsigned int cast;
	enum traffic_pace pace;
} actors;

/* Who is not the first to ask may find the module gone. */
static int remove_and_wait(void)
{
	int err = module_remove(actors.module, MODULE_DELETE_UNREG | MODULE_DELETE_WAIT);

	return err == -ENOENT ? 0 : err;
}

/* What is polled is looked at again when the time is up, so there is no end to it. */
static int await_end(void)
{
	int err = module_await_change(actors.module, NULL, MODULE_AWAIT_FOR_EVER);

	return err == -ENODEV ? 0 : err;
}

static const struct part {
	const char *name;
	enum explore_role role;
	int (*act)(void);
} parts[NR_ACTORS] = {
	[ACTOR_REMOVER2] = { "remover2", EXPLORE_ROLE_REMOVER2, remove_and_wait },
	[ACTOR_REMOVER3] = { "remover3", EXPLORE_ROLE_REMOVER3, remove_and_wait },
	[ACTOR_VICTIM] = { "victim", EXPLORE_ROLE_VICTIM, remove_and_wait },
	[ACTOR_WAITER] = { "waiter", EXPLORE_ROLE_WAITER, remove_and_wait },
	[ACTOR_POLLER] = { "poller", EXPLORE_ROLE_POLLER, await_end },
};

/* False if it is not told to act in this cycle. */
static bool await_call(const struct actor_slot *slot)
{
	struct doorbell *bell = &actors.stage->to_actors;
	uint32_t seen;

	for (;;) {
		seen = doorbell_rings(bell);
		if (slot->call == CALLED)
			return true;
		if (slot->call == NOT_NEEDED)
			return false;
		doorbell_wait(bell, seen, DOORBELL_FOR_EVER);
	}
}

static void act(const struct part *part, struct actor_slot *slot)
{
	slot->status = -part->act();
	slot->call = DONE;
	doorbell_ring(&actors.stage->to_remover);
}

static void __attribute__((noreturn)) actor_main(const struct part *part, struct actor_slot *slot)
{
	bool on_schedule = actors.pace == PACE_SCHEDULE;

	prctl(PR_SET_NAME, part->name);
	if (on_schedule)
		explore_join(part->role);
	slot->ready = true;
	while (!on_schedule || explore_next()) {
		if (await_call(slot))
			act(part, slot);
	}
	_exit(0);
}

static void raise_actor(enum actor actor)
{
	struct actor_slot *slot = &actors.stage->slots[actor];
	pid_t pid;

	if (slot->pid && waitpid(slot->pid, NULL, WNOHANG) == slot->pid)
		slot->pid = 0;
	slot->call = NOT_CALLED;
	if (slot->pid)
		return;
	slot->ready = false;
	pid = fork();
	guest_check(pid, "fork of an actor");
	if (!pid)
		actor_main(&parts[actor], slot);
	slot->pid = pid;
	while (!slot->ready)
		nap_us(JOIN_POLL_US);
}

/**
 * actors_init() - prepare for removals with these actors
 * @module: what is removed
 * @cast: bit per enum actor
 * @pace: what decides who runs
 */
void actors_init(const char *module, unsigned int cast, enum traffic_pace pace)
{
	actors = (struct actors){ .module = module, .cast = cast, .pace = pace };
	if (!cast)
		return;
	actors.stage = mmap(NULL, sizeof(*actors.stage), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (actors.stage == MAP_FAILED)
		guest_broken("mmap of the actors' stage: %s", strerror(errno));
}

/**
 * actors_raise() - have all actors wait for what they are told in the next cycle
 *
 * For PID 1, between two cycles.
 */
void actors_raise(void)
{
	enum actor actor;

	for (actor = 0; actor < NR_ACTORS; actor++) {
		if (actors.cast & 1u << actor)
			raise_actor(actor);
	}
}

/**
 * actors_tell() - tell actors to act now
 * @who: bit per enum actor
 */
void actors_tell(unsigned int who)
{
	enum actor actor;

	for (actor = 0; actor < NR_ACTORS; actor++) {
		if (who & 1u << actor)
			actors.stage->slots[actor].call = CALLED;
	}
	doorbell_ring(&actors.stage->to_actors);
}

/**
 * actor_done() - wait until an actor has acted
 * @actor: which one; it has been told to
 * @ms: limit, at least a millisecond
 * @status: set if it has, to 0 or an errno
 *
 * Return: false if the time is up first.
 */
bool actor_done(enum actor actor, unsigned int ms, int *status)
{
	const struct actor_slot *slot = &actors.stage->slots[actor];
	struct doorbell *bell = &actors.stage->to_remover;
	unsigned int slice = ms < SLICE_MS ? ms : SLICE_MS;
	unsigned int left = ms / slice;
	uint32_t seen;

	for (;;) {
		seen = doorbell_rings(bell);
		if (slot->call == DONE) {
			*status = slot->status;
			return true;
		}
		if (!left)
			return false;
		if (!doorbell_wait(bell, seen, doorbell_deadline(slice * 1000)))
			left--;
	}
}

/**
 * actor_waits() - does an actor wait for what only its end or a fatal signal ends?
 * @actor: which one
 *
 * proc_pid_stat(5): "pid (name) D".
 */
bool actor_waits(enum actor actor)
{
	char path[32], state = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)actors.stage->slots[actor].pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = 0;
	fclose(file);
	return state == 'D';
}

/**
 * actor_kill() - kill an actor
 * @actor: which one
 */
void actor_kill(enum actor actor)
{
	kill(actors.stage->slots[actor].pid, SIGKILL);
}

/**
 * actor_died() - wait until an actor that was killed has ended
 * @actor: which one
 * @ms: limit
 *
 * Return: false if the time is up first.
 */
bool actor_died(enum actor actor, unsigned int ms)
{
	int fd = pidfd_open(actors.stage->slots[actor].pid, 0);
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	unsigned int left = ms / SLICE_MS;
	bool ended;

	guest_check(fd, "pidfd_open");
	do
		ended = poll(&pfd, 1, SLICE_MS) == 1;
	while (!ended && --left);
	close(fd);
	if (ended)
		actors.stage->slots[actor].call = DONE;
	return ended;
}

/* Who still acts would keep the cycle from ending. */
static void dismiss_actor(enum actor actor)
{
	struct actor_slot *slot = &actors.stage->slots[actor];

	if (slot->call == NOT_CALLED)
		slot->call = NOT_NEEDED;
	else if (slot->call == CALLED)
		actor_kill(actor);
}

/**
 * actors_dismiss() - the removal is over, send all actors back to the gate
 */
void actors_dismiss(void)
{
	enum actor actor;

	if (!actors.cast)
		return;
	for (actor = 0; actor < NR_ACTORS; actor++) {
		if (actors.cast & 1u << actor)
			dismiss_actor(actor);
	}
	doorbell_ring(&actors.stage->to_actors);
}
