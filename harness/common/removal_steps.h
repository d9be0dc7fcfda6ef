/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What each way to remove a module consists of. The guest carries the steps out and
 * counts them, the host looks whether a verdict may speak of all of them.
 */
#ifndef MODRACE_REMOVAL_STEPS_H
#define MODRACE_REMOVAL_STEPS_H

#include "scenario.h"

/**
 * enum removal_step - one step of a removal
 * @STEP_ATTEMPT: try to remove the module under traffic
 * @STEP_TWO_REMOVERS: two at once disable it and wait for its end
 * @STEP_PARK: stop the traffic
 * @STEP_FINISH: wait until the module is gone, or try again until it is
 * @STEP_BOTH_THROUGH: both removers have been told
 * @STEP_AWAIT_HOLDER: wait until somebody holds the module
 * @STEP_DISABLED: look whether it is disabled
 * @STEP_OTHERS_GO_ON: other traffic goes on
 * @STEP_NAMESAKE: loading it again is refused
 * @STEP_CLOSED: nobody new gets in
 * @STEP_KILL_WAITER: somebody waits for its end in vain and is killed
 * @STEP_WAIT: somebody begins to wait for its end
 * @STEP_REENABLE: enable it again
 * @STEP_TOLD: who waited has been told
 * @STEP_POLL: somebody begins to sleep in poll(2)
 * @STEP_POLLED: who slept has been woken up
 * @STEP_EVENT: something else happens to the module under traffic
 */
enum removal_step {
	STEP_NONE,
	STEP_ATTEMPT,
	STEP_TWO_REMOVERS,
	STEP_PARK,
	STEP_FINISH,
	STEP_BOTH_THROUGH,
	STEP_AWAIT_HOLDER,
	STEP_DISABLED,
	STEP_OTHERS_GO_ON,
	STEP_NAMESAKE,
	STEP_CLOSED,
	STEP_KILL_WAITER,
	STEP_WAIT,
	STEP_REENABLE,
	STEP_TOLD,
	STEP_POLL,
	STEP_POLLED,
	STEP_EVENT,
	NR_STEPS,
};

#define MAX_STEPS 17 /* of one removal, STEP_NONE at its end included */

extern const char *const removal_step_names[NR_STEPS];
extern const unsigned char removal_steps[NR_REMOVALS][MAX_STEPS];

int removal_step_parse(const char *name);

#endif /* MODRACE_REMOVAL_STEPS_H */
