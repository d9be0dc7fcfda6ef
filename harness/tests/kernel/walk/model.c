// SPDX-License-Identifier: GPL-2.0
/*
 * The end of a module, as the kernel's documentation has it: what each operation
 * returns in each state, what the module and the notifiers get to see of it, and
 * what becomes of those who wait. Nothing here knows how the kernel does it.
 *
 * What happens by itself, when the last reference is dropped, belongs to the step
 * that causes it. So there is no GOING: between two steps nothing is under way.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "model.h"

#define BIT(n) (1U << (n))
#define FULL_OPS \
	(BIT(OP_FAIL) | BIT(OP_REFUSE) | BIT(OP_OWN) | BIT(OP_NO_RETURN) | BIT(OP_SESSIONS))

const struct kind kinds[N_MODULES] = {
	[M_FULL] = { .name = "tml_full",
		     .unreg = true,
		     .exit_try = true,
		     .reenable = true,
		     .params = FULL_OPS,
		     .uses = NOBODY },
	[M_TRY] = { .name = "tml_try",
		    .unreg = true,
		    .exit_try = true,
		    .params = BIT(OP_REFUSE),
		    .uses = NOBODY },
	[M_UNREG] = { .name = "tml_unreg", .unreg = true, .params = BIT(OP_FAIL), .uses = NOBODY },
	[M_PLAIN] = { .name = "tml_plain", .uses = NOBODY },
	[M_A] = { .name = "tml_a", .unreg = true, .uses = NOBODY },
	[M_B] = { .name = "tml_b", .unreg = true, .uses = M_A },
};

/**
 * struct here - a step under way
 * @all: the modules
 * @expect: what it leads to
 */
struct here {
	struct module_model *all;
	struct expectation *expect;
};

static void event(struct here *here, int m, const char *what)
{
	char *events = here->expect->events[m];
	size_t len = strlen(events);

	snprintf(events + len, EVENTS_SIZE - len, "%s%s", len ? " " : "", what);
}

static void end_waits(struct here *here, int m, int ret)
{
	if (!here->all[m].waiters)
		return;
	here->expect->ended[m] = true;
	here->expect->ended_ret[m] = ret;
	here->all[m].waiters = 0;
}

/**
 * model_refs() - the reference count of a module
 * @model: the module
 */
int model_refs(const struct module_model *model)
{
	return model->opens + model->gets + model->dependents;
}

static void dropped(struct here *here, int m);

static void gone(struct here *here, int m)
{
	int used = kinds[m].uses;

	event(here, m, "exit");
	event(here, m, "notify_going");
	end_waits(here, m, 0);
	here->all[m] = (struct module_model){ 0 };
	if (used != NOBODY) {
		here->all[used].dependents--;
		dropped(here, used);
	}
}

/* A positive result of one of the module's functions is an error in it. */
static int as_error(int ret)
{
	return ret > 0 ? -EINVAL : ret;
}

/* The last step of a disabled module without references. Returns why not. */
static int last_step(struct here *here, int m)
{
	struct module_model *model = &here->all[m];
	int ret = 0;

	if (kinds[m].exit_try) {
		event(here, m, "exit_try");
		ret = as_error(model->try_ret);
		if (!ret && model->sessions)
			ret = -EBUSY;
	}
	if (!ret) {
		gone(here, m);
		return 0;
	}
	event(here, m, "notify_refused");
	if (ret != -EBUSY)
		end_waits(here, m, ret);
	return ret;
}

/* The count has gone down, or the module says that it wants to be asked. */
static void dropped(struct here *here, int m)
{
	if (here->all[m].disabled && !model_refs(&here->all[m]))
		last_step(here, m);
}

static int close_entries(struct here *here, int m)
{
	struct module_model *model = &here->all[m];

	event(here, m, "unreg");
	if (model->unreg_ret)
		return as_error(model->unreg_ret);
	model->disabled = true;
	event(here, m, "notify_disabled");
	return 0;
}

static int open_entries(struct here *here, int m, int outcome)
{
	struct module_model *model = &here->all[m];

	event(here, m, "reenable");
	if (model->reenable_ret)
		return as_error(model->reenable_ret);
	model->disabled = false;
	event(here, m, "notify_reenabled");
	end_waits(here, m, outcome);
	return 0;
}

static int remove_in_one_step(struct here *here, int m)
{
	if (model_refs(&here->all[m]))
		return -EWOULDBLOCK;
	gone(here, m);
	return 0;
}

/* Unload or fail. What has no way back, or does not find it, stays disabled. */
static int plain_live(struct here *here, int m)
{
	int ret;

	if (model_refs(&here->all[m]))
		return -EWOULDBLOCK;
	ret = close_entries(here, m);
	if (ret)
		return ret;
	ret = last_step(here, m);
	if (!ret || (kinds[m].reenable && !open_entries(here, m, ret)))
		return ret;
	return ret == -EBUSY ? -EINPROGRESS : ret;
}

static int op_plain(struct here *here, int m, int arg)
{
	struct module_model *model = &here->all[m];

	(void)arg;
	if (!model->loaded)
		return -ENOENT;
	if (!kinds[m].unreg)
		return remove_in_one_step(here, m);
	if (!model->disabled)
		return plain_live(here, m);
	return model_refs(model) ? -EWOULDBLOCK : last_step(here, m);
}

static int op_unreg(struct here *here, int m, int arg)
{
	struct module_model *model = &here->all[m];
	const bool was_disabled = model->disabled;
	int ret;

	(void)arg;
	if (!model->loaded)
		return -ENOENT;
	if (!kinds[m].unreg)
		return remove_in_one_step(here, m);
	ret = was_disabled ? 0 : close_entries(here, m);
	if (ret)
		return ret;
	if (model_refs(model))
		return 1;
	ret = last_step(here, m);
	return was_disabled || ret == -EBUSY ? 1 : ret;
}

static int op_wait(struct here *here, int m, int arg)
{
	struct module_model *model = &here->all[m];
	int ret;

	(void)arg;
	if (model->waiters == MAX_USERS)
		return NOT_POSSIBLE;
	if (!model->loaded)
		return -ENOENT;
	if (!kinds[m].unreg)
		return remove_in_one_step(here, m);
	ret = model->disabled ? 0 : close_entries(here, m);
	if (ret)
		return ret;
	ret = model_refs(model) ? -EBUSY : last_step(here, m);
	if (ret != -EBUSY)
		return ret;
	model->waiters++;
	return BLOCKS;
}

static int op_reenable(struct here *here, int m, int arg)
{
	struct module_model *model = &here->all[m];

	(void)arg;
	if (!model->loaded)
		return -ENOENT;
	if (!model->disabled)
		return 0;
	return kinds[m].reenable ? open_entries(here, m, -ECANCELED) : -EOPNOTSUPP;
}

static int op_load(struct here *here, int m, int arg)
{
	int used = kinds[m].uses;

	(void)arg;
	if (here->all[m].loaded)
		return NOT_POSSIBLE;
	if (used != NOBODY) {
		if (!here->all[used].loaded || here->all[used].disabled)
			return -ENOENT;
		here->all[used].dependents++;
	}
	here->all[m].loaded = true;
	return 0;
}

static int op_again(struct here *here, int m, int arg)
{
	(void)arg;
	if (!here->all[m].loaded)
		return NOT_POSSIBLE;
	return here->all[m].disabled ? -EBUSY : -EEXIST;
}

static int op_open(struct here *here, int m, int arg)
{
	struct module_model *model = &here->all[m];

	(void)arg;
	if (model->opens == MAX_USERS)
		return NOT_POSSIBLE;
	if (!model->loaded || model->disabled)
		return -ENOENT;
	model->opens++;
	return 0;
}

static int op_close(struct here *here, int m, int arg)
{
	(void)arg;
	if (!here->all[m].opens)
		return NOT_POSSIBLE;
	here->all[m].opens--;
	dropped(here, m);
	return 0;
}

static int op_get(struct here *here, int m, int arg)
{
	struct module_model *model = &here->all[m];

	(void)arg;
	if (model->gets == MAX_USERS)
		return NOT_POSSIBLE;
	if (!model->loaded)
		return -ENOENT;
	model->gets++;
	return 0;
}

static int op_try(struct here *here, int m, int arg)
{
	const struct module_model *model = &here->all[m];

	if (model->gets < MAX_USERS && model->loaded && model->disabled)
		return -ENODEV;
	return op_get(here, m, arg);
}

static int op_put(struct here *here, int m, int arg)
{
	(void)arg;
	if (!here->all[m].gets)
		return NOT_POSSIBLE;
	here->all[m].gets--;
	dropped(here, m);
	return 0;
}

static int op_fail(struct here *here, int m, int arg)
{
	here->all[m].unreg_ret = model_value(OP_FAIL, arg);
	return 0;
}

static int op_refuse(struct here *here, int m, int arg)
{
	here->all[m].try_ret = model_value(OP_REFUSE, arg);
	return 0;
}

/* Makes no difference: it knows of its own reference. */
static int op_own(struct here *here, int m, int arg)
{
	here->all[m].own = model_value(OP_OWN, arg);
	return 0;
}

static int op_no_return(struct here *here, int m, int arg)
{
	here->all[m].reenable_ret = model_value(OP_NO_RETURN, arg);
	return 0;
}

static int op_sessions(struct here *here, int m, int arg)
{
	here->all[m].sessions = model_value(OP_SESSIONS, arg);
	if (!here->all[m].sessions)
		dropped(here, m);
	return 0;
}

static int op_kill(struct here *here, int m, int arg)
{
	(void)arg;
	if (!here->all[m].waiters)
		return NOT_POSSIBLE;
	here->all[m].waiters--;
	return 0;
}

static int (*const ops[N_OPS])(struct here *here, int m, int arg) = {
	[OP_LOAD] = op_load,         [OP_AGAIN] = op_again, [OP_PLAIN] = op_plain,
	[OP_UNREG] = op_unreg,       [OP_WAIT] = op_wait,   [OP_REENABLE] = op_reenable,
	[OP_OPEN] = op_open,         [OP_CLOSE] = op_close, [OP_TRY] = op_try,
	[OP_GET] = op_get,           [OP_PUT] = op_put,     [OP_FAIL] = op_fail,
	[OP_REFUSE] = op_refuse,     [OP_OWN] = op_own,     [OP_NO_RETURN] = op_no_return,
	[OP_SESSIONS] = op_sessions, [OP_KILL] = op_kill,
};

/**
 * model_value() - what a parameter of a module is set to
 * @op: one of OP_FAIL ... OP_SESSIONS
 * @arg: of the step
 */
int model_value(enum op op, int arg)
{
	static const int values[N_OPS][4] = {
		[OP_FAIL] = { 0, -EPROTO, 0, 7 }, [OP_REFUSE] = { 0, -EBUSY, -EIO, -EBUSY },
		[OP_OWN] = { 0, 1, 0, 1 },        [OP_NO_RETURN] = { 0, -EIO, 0, 0 },
		[OP_SESSIONS] = { 0, 2, 0, 1 },
	};

	return values[op][arg % 4];
}

/**
 * model_step() - take a step
 * @all: the modules
 * @step: what is done, to which of them
 * @expect: what it leads to; the result is NOT_POSSIBLE if nothing is to be done
 */
void model_step(struct module_model *all, struct step step, struct expectation *expect)
{
	struct here here = { .all = all, .expect = expect };
	const bool is_param = step.op >= OP_FAIL && step.op <= OP_SESSIONS;

	memset(expect, 0, sizeof(*expect));
	if (is_param && (!all[step.module].loaded || !(kinds[step.module].params & BIT(step.op))))
		expect->result = NOT_POSSIBLE;
	else
		expect->result = ops[step.op](&here, step.module, step.arg);
}
