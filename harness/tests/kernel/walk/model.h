/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WALK_MODEL_H
#define WALK_MODEL_H

#include <stdbool.h>

/**
 * enum op - what can be done to a module
 * @OP_LOAD: load it if it is not there
 * @OP_AGAIN: load it although it is there
 * @OP_PLAIN: delete_module() without flags
 * @OP_UNREG: with MODULE_DELETE_UNREG
 * @OP_WAIT: and MODULE_DELETE_WAIT, in a process of its own
 * @OP_REENABLE: with MODULE_DELETE_REENABLE
 * @OP_OPEN: open its device
 * @OP_CLOSE: close one that was opened
 * @OP_TRY: try_module_get()
 * @OP_GET: __module_get()
 * @OP_PUT: module_put() for one of these two
 * @OP_FAIL: unreg is to fail from now on, or not
 * @OP_REFUSE: exit_try is to refuse from now on, or not
 * @OP_OWN: exit_try is to acquire and to drop a reference itself, or not
 * @OP_NO_RETURN: reenable is to fail from now on, or not
 * @OP_SESSIONS: the module counts users of its own, or none
 * @OP_KILL: kill a process that waits
 * @N_OPS: how many
 */
enum op {
	OP_LOAD,
	OP_AGAIN,
	OP_PLAIN,
	OP_UNREG,
	OP_WAIT,
	OP_REENABLE,
	OP_OPEN,
	OP_CLOSE,
	OP_TRY,
	OP_GET,
	OP_PUT,
	OP_FAIL,
	OP_REFUSE,
	OP_OWN,
	OP_NO_RETURN,
	OP_SESSIONS,
	OP_KILL,
	N_OPS,
};

/* The modules, those that use others behind them. */
enum {
	M_FULL,
	M_TRY,
	M_UNREG,
	M_PLAIN,
	M_A,
	M_B,
	N_MODULES
};

#define NOBODY       (-1)
#define MAX_USERS    4
#define EVENTS_SIZE  256
#define NOT_POSSIBLE (-1000) /* as things are, there is nothing to do */
#define BLOCKS       (-1001) /* the call does not return */

/**
 * struct kind - what a module is able to do
 * @name: its name
 * @unreg: it has module_unreg()
 * @exit_try: it has module_exit_try()
 * @reenable: it has module_reenable()
 * @params: the operations among OP_FAIL ... OP_SESSIONS that it has, as bits
 * @uses: the module whose symbols it needs, or NOBODY
 */
struct kind {
	const char *name;
	bool unreg;
	bool exit_try;
	bool reenable;
	unsigned int params;
	int uses;
};

/**
 * struct module_model - one module, according to the documentation
 * @loaded: it is there
 * @disabled: and disabled
 * @opens: how often its device is open
 * @gets: references of the control module
 * @dependents: modules that use it
 * @waiters: processes that wait for its end
 * @unreg_ret: what its unreg returns
 * @try_ret: what its exit_try returns
 * @own: its exit_try acquires a reference itself
 * @reenable_ret: what its reenable returns
 * @sessions: users it counts itself
 */
struct module_model {
	bool loaded;
	bool disabled;
	int opens;
	int gets;
	int dependents;
	int waiters;
	int unreg_ret;
	int try_ret;
	bool own;
	int reenable_ret;
	int sessions;
};

/**
 * struct expectation - what a step is to lead to
 * @result: of the call
 * @events: what the modules and the notifiers see, by module
 * @ended: those who wait for the module have ended
 * @ended_ret: with this
 */
struct expectation {
	int result;
	char events[N_MODULES][EVENTS_SIZE];
	bool ended[N_MODULES];
	int ended_ret[N_MODULES];
};

/**
 * struct step - a step of a walk
 * @module: which module
 * @op: what is done to it
 * @arg: which of the possible values, for some
 */
struct step {
	unsigned char module;
	unsigned char op;
	unsigned char arg;
};

extern const struct kind kinds[N_MODULES];

int model_value(enum op op, int arg);
int model_refs(const struct module_model *model);
void model_step(struct module_model *all, struct step step, struct expectation *expect);

#endif
