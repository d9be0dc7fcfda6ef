// SPDX-License-Identifier: GPL-2.0
/*
 * The steps of the ways to remove a module, see removal_steps.h. The shortest,
 *
 *	traffic   |--op--| |--op--| |--op--|      parked
 *	remover        |attempt| |attempt|   park         finish
 *
 * and the longest, which gives up and comes back while somebody holds the module:
 *
 *	holder    |------------------------------- held -----------------------|
 *	traffic   ops      none                            ops      none
 *	remover      unreg                         reenable  unreg     park  finish
 *	victim            |waits in vain, is killed
 *	waiter                            |waits ...... told|
 *	poller                                                  |sleeps .......... told|
 */
#include <string.h>

#include "removal_steps.h"

const char *const removal_step_names[NR_STEPS] = {
	[STEP_ATTEMPT] = "attempt",
	[STEP_TWO_REMOVERS] = "two-removers",
	[STEP_PARK] = "park",
	[STEP_FINISH] = "finish",
	[STEP_BOTH_THROUGH] = "both-through",
	[STEP_AWAIT_HOLDER] = "await-holder",
	[STEP_DISABLED] = "disabled",
	[STEP_OTHERS_GO_ON] = "others-go-on",
	[STEP_NAMESAKE] = "namesake",
	[STEP_CLOSED] = "closed",
	[STEP_KILL_WAITER] = "kill-waiter",
	[STEP_WAIT] = "wait",
	[STEP_REENABLE] = "reenable",
	[STEP_TOLD] = "told",
	[STEP_POLL] = "poll",
	[STEP_POLLED] = "polled",
	[STEP_EVENT] = "event",
};

const unsigned char removal_steps[NR_REMOVALS][MAX_STEPS] = {
	[REMOVAL_NONBLOCK] = { STEP_ATTEMPT, STEP_PARK, STEP_FINISH },
	[REMOVAL_FORCE] = { STEP_ATTEMPT, STEP_PARK, STEP_FINISH },
	[REMOVAL_UNREG] = { STEP_ATTEMPT, STEP_PARK, STEP_FINISH },
	[REMOVAL_UNREG_WAIT] = { STEP_ATTEMPT, STEP_PARK, STEP_FINISH },
	[REMOVAL_TWO_REMOVERS] = { STEP_TWO_REMOVERS, STEP_PARK, STEP_BOTH_THROUGH },
	[REMOVAL_UNREG_PENDING] = {
		STEP_AWAIT_HOLDER, STEP_ATTEMPT, STEP_DISABLED, STEP_OTHERS_GO_ON,
		STEP_PARK, STEP_FINISH,
	},
	[REMOVAL_GIVEUP_REENABLE] = {
		STEP_AWAIT_HOLDER, STEP_ATTEMPT, STEP_DISABLED, STEP_NAMESAKE,
		STEP_CLOSED, STEP_KILL_WAITER, STEP_DISABLED, STEP_WAIT,
		STEP_REENABLE, STEP_TOLD, STEP_ATTEMPT, STEP_DISABLED,
		STEP_POLL, STEP_PARK, STEP_FINISH, STEP_POLLED,
	},
	[REMOVAL_UNBIND] = { STEP_EVENT, STEP_PARK, STEP_FINISH },
	[REMOVAL_DELETE] = { STEP_EVENT, STEP_PARK, STEP_FINISH },
	[REMOVAL_RELOAD] = { STEP_EVENT, STEP_PARK, STEP_FINISH },
};

/**
 * removal_step_parse() - the step of a name
 * @name: the name
 *
 * Return: enum removal_step, or -1.
 */
int removal_step_parse(const char *name)
{
	int step;

	for (step = STEP_NONE + 1; step < NR_STEPS; step++) {
		if (!strcmp(removal_step_names[step], name))
			return step;
	}
	return -1;
}
