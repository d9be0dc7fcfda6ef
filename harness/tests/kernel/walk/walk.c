// SPDX-License-Identifier: GPL-2.0
/*
 * A random walk: loads, disables, takes back, holds and removes the modules of the
 * lifecycle selftests, thousands of times, and compares what the kernel makes of
 * each step (results, states, counts, what the modules get to see, who goes on
 * waiting) with a model of what is documented. At the first difference it stops,
 * and looks for the shortest walk that leads to one.
 *
 *	walk [-n STEPS] [-s SEED] [-l MS] [-w WORD,...]
 *
 * -l is how long the kernel may take for a step. -w leaves out operations, or
 * events, by name: for kernels that do not have them. Prints KTAP.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/module.h>

#include "act.h"
#include "model.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define WHY_SIZE      1024
#define MODULES       "/test/test_modules"

static const struct {
	const char *name;
	unsigned int weight;
	const char *param;
	unsigned int flags;
} ops[N_OPS] = {
	[OP_LOAD] = { "load", 14 },
	[OP_AGAIN] = { "again", 3 },
	[OP_PLAIN] = { "plain", 8, .flags = O_NONBLOCK },
	[OP_UNREG] = { "unreg", 8, .flags = MODULE_DELETE_UNREG },
	[OP_WAIT] = { "wait", 5, .flags = MODULE_DELETE_UNREG | MODULE_DELETE_WAIT },
	[OP_REENABLE] = { "reenable", 8, .flags = MODULE_DELETE_REENABLE },
	[OP_OPEN] = { "open", 8 },
	[OP_CLOSE] = { "close", 8 },
	[OP_TRY] = { "try", 5 },
	[OP_GET] = { "get", 6 },
	[OP_PUT] = { "put", 10 },
	[OP_FAIL] = { "fail", 3, .param = "unreg_ret" },
	[OP_REFUSE] = { "refuse", 6, .param = "try_ret" },
	[OP_OWN] = { "own", 2, .param = "try_get" },
	[OP_NO_RETURN] = { "no_return", 3, .param = "reenable_ret" },
	[OP_SESSIONS] = { "sessions", 4, .param = "sessions" },
	[OP_KILL] = { "kill", 2 },
};

/**
 * struct world - what the walk holds at the moment
 * @models: what the modules are to be like
 * @fds: their devices, opened; 0 stands for none
 * @gets: references that the control module has for it
 * @waiters: children that wait; 0 stands for none
 */
struct world {
	struct module_model models[N_MODULES];
	int fds[N_MODULES][MAX_USERS];
	int gets[N_MODULES];
	pid_t waiters[N_MODULES][MAX_USERS];
};

static struct world world;
static const char *without = "";
static long limit_ms = 10000;
static uint64_t random_state;

static unsigned int draw(unsigned int n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (random_state >> 32) % n;
}

/* Is this one of the words given with -w? */
static bool left_out(const char *word, size_t len)
{
	const char *at = without;

	while ((at = strstr(at, word))) {
		if ((at == without || at[-1] == ',') && (!at[len] || at[len] == ','))
			return true;
		at += len;
	}
	return false;
}

static enum op draw_op(void)
{
	unsigned int sum = 0, i, at;

	for (i = 0; i < N_OPS; i++)
		sum += ops[i].weight;
	for (;;) {
		at = draw(sum);
		for (i = 0; at >= ops[i].weight; i++)
			at -= ops[i].weight;
		if (!left_out(ops[i].name, strlen(ops[i].name)))
			return i;
	}
}

static struct step draw_step(void)
{
	static const unsigned char modules[] = {
		M_FULL, M_FULL, M_FULL, M_TRY, M_TRY, M_UNREG, M_PLAIN, M_A, M_B,
	};
	struct step step = { .module = modules[draw(ARRAY_SIZE(modules))] };

	step.op = draw_op();
	step.arg = draw(4);
	return step;
}

/* Users of a module are kept in slots; 0 is nobody. The model knows that there is one. */
static void put_in(int *slots, int user)
{
	while (*slots)
		slots++;
	*slots = user;
}

static int take_out(int *slots)
{
	int user;

	while (!*slots)
		slots++;
	user = *slots;
	*slots = 0;
	return user;
}

/* Have somebody wait, and go on when they do. */
static int do_wait(int m)
{
	pid_t pid = act_start_delete(kinds[m].name, ops[OP_WAIT].flags);

	if (!act_sleeps(pid, limit_ms))
		return act_join(pid, limit_ms);
	put_in(world.waiters[m], pid);
	return BLOCKS;
}

static int do_open(int m)
{
	int fd = act_open(kinds[m].name);

	if (fd < 0)
		return fd;
	put_in(world.fds[m], fd);
	return 0;
}

static int do_close(int m)
{
	close(take_out(world.fds[m]));
	return 0;
}

static int do_ctl(const char *command, int m)
{
	int ret = act_ctl(command, kinds[m].name);

	if (!ret)
		world.gets[m] += strcmp(command, "put") ? 1 : -1;
	return ret;
}

static int do_kill(int m)
{
	act_kill(take_out(world.waiters[m]));
	return 0;
}

/* What the kernel says to a step. */
static int perform(struct step step, bool blocks)
{
	const char *name = kinds[step.module].name;

	if (blocks)
		return do_wait(step.module);

	switch ((enum op)step.op) {
	case OP_LOAD:
	case OP_AGAIN:
		return act_load(name);
	case OP_OPEN:
		return do_open(step.module);
	case OP_CLOSE:
		return do_close(step.module);
	case OP_TRY:
	case OP_GET:
	case OP_PUT:
		return do_ctl(ops[step.op].name, step.module);
	case OP_KILL:
		return do_kill(step.module);
	default:
		break;
	}
	if (ops[step.op].param)
		return act_param(name, ops[step.op].param, model_value(step.op, step.arg));
	return act_delete(name, ops[step.op].flags);
}

/* Events that the kernel does not have are not expected of it. */
static void keep_known(char *events)
{
	char all[EVENTS_SIZE], *rest = all, *word;

	strcpy(all, events);
	events[0] = '\0';
	while ((word = strsep(&rest, " "))) {
		if (left_out(word, strlen(word)))
			continue;
		if (events[0])
			strcat(events, " ");
		strcat(events, word);
	}
}

static bool differs(char *why, const char *what, const char *module, const char *is,
		    const char *expected)
{
	if (!strcmp(is, expected))
		return false;
	snprintf(why, WHY_SIZE, "%s of %s: '%s', expected '%s'", what, module, is, expected);
	return true;
}

/* The files of a module vanish some time before its name is free. */
static bool name_is_free(const char *name)
{
	return act_delete(name, ops[OP_WAIT].flags) == -ENOENT;
}

static bool module_differs(int m, const struct expectation *expect, char *why)
{
	const struct module_model *model = &world.models[m];
	const char *name = kinds[m].name;
	char events[EVENTS_SIZE], is[32], refs[32] = "";

	act_events(name, events, sizeof(events));
	if (differs(why, "events", name, events, expect->events[m]))
		return true;
	act_attr(name, kinds[m].unreg ? "lifecycle" : "initstate", is, sizeof(is));
	if (differs(why, "state", name, is,
		    !model->loaded  ? "" :
		    model->disabled ? "disabled" :
				      "live"))
		return true;
	if (model->loaded)
		snprintf(refs, sizeof(refs), "%d", model_refs(model));
	act_attr(name, "refcnt", is, sizeof(is));
	if (differs(why, "references", name, is, refs))
		return true;
	if (model->loaded || name_is_free(name))
		return false;
	snprintf(why, WHY_SIZE, "%s: gone, but its name is not free", name);
	return true;
}

/* Those who wait go on, or have ended as they should; then they are forgotten. */
static bool waiters_differ(int m, const struct expectation *expect, char *why)
{
	const int expected = expect->ended[m] ? expect->ended_ret[m] : HANGS;
	int i, ret;

	for (i = 0; i < MAX_USERS; i++) {
		if (!world.waiters[m][i])
			continue;
		ret = act_join(world.waiters[m][i], expect->ended[m] ? limit_ms : 0);
		if (ret != HANGS)
			world.waiters[m][i] = 0;
		if (ret == expected)
			continue;
		snprintf(why, WHY_SIZE,
			 "one who waits for %s: %d, expected %d (%d: goes on waiting)",
			 kinds[m].name, ret, expected, HANGS);
		return true;
	}
	return false;
}

static bool anything_differs(int m, const struct expectation *expect, char *why)
{
	int used = kinds[m].uses;

	return module_differs(m, expect, why) ||
	       (used != NOBODY && module_differs(used, expect, why));
}

/* Wait for the kernel to get where the model is. */
static bool never_agrees(int m, const struct expectation *expect, char *why)
{
	long end = act_now() + limit_ms, pause = 1;
	int used = kinds[m].uses;

	while (anything_differs(m, expect, why)) {
		if (act_now() > end)
			return true;
		act_sleep(pause);
		pause = pause < 50 ? 2 * pause : pause;
	}
	return waiters_differ(m, expect, why) ||
	       (used != NOBODY && waiters_differ(used, expect, why));
}

/* Nothing more is to have happened since the last step. */
static struct {
	int module;
	char events[EVENTS_SIZE];
} last;

static bool last_differs(char *why)
{
	char events[EVENTS_SIZE];

	act_events(kinds[last.module].name, events, sizeof(events));
	return differs(why, "events after the last step", kinds[last.module].name, events,
		       last.events);
}

static void last_set(int m, const char *events)
{
	last.module = m;
	strcpy(last.events, events);
	act_ctl("clear", "");
}

/* Take a step. Returns whether something is not as it should be. */
static bool step_differs(struct step step, char *why)
{
	struct expectation expect;
	int ret, m;

	model_step(world.models, step, &expect);
	if (expect.result == NOT_POSSIBLE)
		return false;
	if (last_differs(why))
		return true;
	for (m = 0; m < N_MODULES; m++)
		keep_known(expect.events[m]);

	last_set(step.module, expect.events[step.module]);
	ret = perform(step, expect.result == BLOCKS);
	if (ret != expect.result) {
		snprintf(why, WHY_SIZE, "result: %d, expected %d (%d: waits, %d: does not return)",
			 ret, expect.result, BLOCKS, HANGS);
		return true;
	}
	return never_agrees(step.module, &expect, why);
}

/* Let go of all that is held. */
static void let_go(int m)
{
	int i;

	for (i = 0; i < MAX_USERS; i++) {
		if (world.waiters[m][i])
			act_kill(world.waiters[m][i]);
		if (world.fds[m][i])
			close(world.fds[m][i]);
	}
	for (i = OP_FAIL; i <= OP_SESSIONS; i++) {
		if (kinds[m].params & (1U << i))
			act_param(kinds[m].name, ops[i].param, 0);
	}
	while (world.gets[m]-- > 0)
		act_ctl("put", kinds[m].name);
}

/* Begin anew, without modules. Returns whether that is possible. */
static bool start_over(void)
{
	long end = act_now() + limit_ms;
	int m, ret;

	for (m = N_MODULES - 1; m >= 0; m--)
		let_go(m);
	memset(&world, 0, sizeof(world));
	for (m = N_MODULES - 1; m >= 0; m--) {
		do {
			ret = act_delete(kinds[m].name, O_NONBLOCK);
		} while (ret != -ENOENT && act_now() < end);
		if (ret != -ENOENT)
			return false;
	}
	last_set(M_FULL, "");
	return true;
}

/*
 * Virtual time stands still unless somebody waits, and with it grace periods: without a
 * pause what is freed after one fills the guest's memory.
 */
#define PAUSE_STEPS 64

/* Walk. Returns the number of the step that went wrong, or how many there are. */
static size_t walk(const struct step *steps, size_t n, char *why)
{
	size_t i;

	if (!start_over()) {
		snprintf(why, WHY_SIZE, "what was left from before cannot be removed");
		return 0;
	}
	for (i = 0; i < n; i++) {
		if (i % PAUSE_STEPS == 0)
			act_sleep(1);
		if (step_differs(steps[i], why))
			break;
	}
	return i;
}

/* Copies all steps but those from @from to @to. */
static size_t without_part(struct step *copy, const struct step *steps, size_t n, size_t from,
			   size_t to)
{
	memcpy(copy, steps, from * sizeof(*steps));
	memcpy(copy + from, steps + to, (n - to) * sizeof(*steps));
	return n - (to - from);
}

/* Only what is done to the module that went wrong, and to the one it uses. */
static size_t same_module(struct step *copy, const struct step *steps, size_t n)
{
	const int m = steps[n - 1].module, used = kinds[m].uses;
	size_t i, left = 0;

	for (i = 0; i < n; i++) {
		if (steps[i].module == m || steps[i].module == used)
			copy[left++] = steps[i];
	}
	return left;
}

/* Does this part of a walk go wrong, too? Then it takes the walk's place. */
static bool try_shorter(struct step *steps, size_t *n, struct step *copy, size_t left, char *why)
{
	char other[WHY_SIZE];
	size_t at;

	if (!left || left >= *n)
		return false;
	at = walk(copy, left, other);
	if (at == left)
		return false;
	strcpy(why, other);
	memcpy(steps, copy, (at + 1) * sizeof(*steps));
	*n = at + 1;
	return true;
}

/* Leaves out ever smaller parts of a walk that goes wrong. */
static void shrink(struct step *steps, size_t *n, char *why)
{
	struct step *copy = calloc(*n, sizeof(*copy));
	size_t part, from, to;

	if (!copy)
		return;
	limit_ms = limit_ms < 2000 ? limit_ms : 2000;
	act_init(MODULES, limit_ms);
	try_shorter(steps, n, copy, same_module(copy, steps, *n), why);
	for (part = *n / 2; part; part /= 2) {
		for (from = 0; from + 1 < *n;) {
			to = from + part < *n ? from + part : *n - 1;
			if (!try_shorter(steps, n, copy, without_part(copy, steps, *n, from, to),
					 why))
				from += part;
		}
	}
	free(copy);
}

static void tell(const struct step *steps, size_t n, const char *why)
{
	size_t i;

	for (i = 0; i < n; i++) {
		printf("#   %s %s", ops[steps[i].op].name, kinds[steps[i].module].name);
		if (ops[steps[i].op].param)
			printf(" %d", model_value(steps[i].op, steps[i].arg));
		printf("\n");
	}
	printf("# %s\n", why);
}

/**
 * struct options - the command line
 * @steps: how many steps to take
 * @seed: draws them
 */
struct options {
	size_t steps;
	unsigned long seed;
};

static bool parse(int argc, char **argv, struct options *options)
{
	int id;

	while ((id = getopt(argc, argv, "n:s:l:w:")) >= 0) {
		if (id == 'n')
			options->steps = strtoul(optarg, NULL, 0);
		else if (id == 's')
			options->seed = strtoul(optarg, NULL, 0);
		else if (id == 'l')
			limit_ms = strtol(optarg, NULL, 0);
		else if (id == 'w')
			without = optarg;
		else
			return false;
	}
	/* What follows is the kernel's own. */
	return options->steps;
}

int main(int argc, char **argv)
{
	struct options options = { .steps = 1000, .seed = 1 };
	struct step *steps;
	char why[WHY_SIZE] = "";
	size_t i, n;
	int ret;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!parse(argc, argv, &options)) {
		printf("Bail out! usage: walk [-n STEPS] [-s SEED] [-l MS] [-w WORD,...]\n");
		return 2;
	}
	act_init(MODULES, limit_ms);
	ret = act_load("tml_ctl");
	steps = calloc(options.steps, sizeof(*steps));
	if (ret || !steps) {
		printf("Bail out! tml_ctl cannot be loaded: %d\n", ret);
		return 2;
	}
	random_state = options.seed * 0x9e3779b97f4a7c15ULL | 1;
	for (i = 0; i < options.steps; i++)
		steps[i] = draw_step();

	printf("KTAP version 1\n1..1\n");
	n = walk(steps, options.steps, why);
	if (n == options.steps) {
		printf("ok 1 - %zu steps, seed %lu\n", n, options.seed);
		return 0;
	}
	printf("# step %zu, seed %lu: %s\n", n, options.seed, why);
	n++;
	shrink(steps, &n, why);
	tell(steps, n, why);
	printf("not ok 1 - %s\n", why);
	return 1;
}
