// SPDX-License-Identifier: GPL-2.0
/*
 * Schedules as data, as the kernel's plans, and as words; see schedule.h.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "schedule/schedule.h"

#define NSEC_PER_SEC 1000000000ull

/*
 * What ends a cycle that does not end by itself: virtual time, or, if time stands
 * still because somebody loops, the number of events.
 */
#define SETTLE_NS     (NSEC_PER_SEC / 20)
#define TIME_LIMIT_NS (300 * NSEC_PER_SEC)
#define EVENT_LIMIT   (40u * 1000 * 1000)

/* Points a role may pass before it steps back once; far more than any operation has. */
#define FAIR_POINTS 200000u

/* Roles stand by number, from this one on, and all the others after the highest. */
#define USUALLY_FIRST EXPLORE_ROLE_TRAFFIC

static const char *const role_names[EXPLORE_ROLES] = {
	[EXPLORE_ROLE_REMOVER] = "remover",
	[EXPLORE_ROLE_TRAFFIC + 0] = "traffic0",
	[EXPLORE_ROLE_TRAFFIC + 1] = "traffic1",
	[EXPLORE_ROLE_TRAFFIC + 2] = "traffic2",
	[EXPLORE_ROLE_TRAFFIC + 3] = "traffic3",
	[EXPLORE_ROLE_TRAFFIC + 4] = "traffic4",
	[EXPLORE_ROLE_TRAFFIC + 5] = "traffic5",
	[EXPLORE_ROLE_TRAFFIC + 6] = "traffic6",
	[EXPLORE_ROLE_TRAFFIC + 7] = "traffic7",
	[EXPLORE_ROLE_KWORKER] = "kworker",
	[EXPLORE_ROLE_UNBOUND] = "unbound",
	[EXPLORE_ROLE_KSOFTIRQD] = "ksoftirqd",
	[EXPLORE_ROLE_RCU] = "rcu",
	[EXPLORE_ROLE_KTHREAD] = "kthread",
	[EXPLORE_ROLE_OTHER] = "other",
	[EXPLORE_ROLE_IRQ] = "irq",
	[EXPLORE_ROLE_TIMER] = "timer",
	[EXPLORE_ROLE_REMOVER2] = "remover2",
	[EXPLORE_ROLE_REMOVER3] = "remover3",
	[EXPLORE_ROLE_VICTIM] = "victim",
	[EXPLORE_ROLE_WAITER] = "waiter",
	[EXPLORE_ROLE_POLLER] = "poller",
	[EXPLORE_ROLE_THREAD + 0] = "thread0",
	[EXPLORE_ROLE_THREAD + 1] = "thread1",
	[EXPLORE_ROLE_THREAD + 2] = "thread2",
	[EXPLORE_ROLE_THREAD + 3] = "thread3",
	[EXPLORE_ROLE_THREAD + 4] = "thread4",
	[EXPLORE_ROLE_THREAD + 5] = "thread5",
	[EXPLORE_ROLE_THREAD + 6] = "thread6",
	[EXPLORE_ROLE_THREAD + 7] = "thread7",
};

/**
 * role_name() - what to call a role
 * @role: enum explore_role
 */
const char *role_name(unsigned int role)
{
	return role < EXPLORE_ROLES && role_names[role] ? role_names[role] : "none";
}

/**
 * role_parse() - the role of a name
 * @name: the name, not necessarily ended
 * @len: its length
 *
 * Return: enum explore_role, or -1.
 */
int role_parse(const char *name, size_t len)
{
	int role;

	for (role = 0; role < EXPLORE_ROLES; role++) {
		if (role_names[role] && strlen(role_names[role]) == len &&
		    !memcmp(role_names[role], name, len))
			return role;
	}
	return -1;
}

/**
 * role_removes() - does a role have a part in the removal?
 * @role: enum explore_role
 */
bool role_removes(unsigned int role)
{
	return role == EXPLORE_ROLE_REMOVER ||
	       (role >= EXPLORE_ROLE_REMOVER2 && role <= EXPLORE_ROLE_POLLER);
}

/**
 * schedule_copy() - copy a schedule
 * @to: overwritten; to be freed with schedule_free()
 * @from: the original
 */
void schedule_copy(struct schedule *to, const struct schedule *from)
{
	*to = *from;
	to->decisions = allocate((from->nr + 1) * sizeof(*to->decisions));
	if (from->nr)
		memcpy(to->decisions, from->decisions, from->nr * sizeof(*to->decisions));
}

/**
 * schedule_free() - free what a schedule holds, and empty it
 * @schedule: the schedule
 */
void schedule_free(struct schedule *schedule)
{
	free(schedule->decisions);
	memset(schedule, 0, sizeof(*schedule));
}

/**
 * schedule_size() - how many choices a schedule makes
 * @schedule: the schedule
 */
size_t schedule_size(const struct schedule *schedule)
{
	return schedule->nr + schedule->nr_first + (schedule->delay != 0);
}

/*
 * Where @d belongs among @nr decisions: before the next passage of its site by
 * its role. -1 if something is decided there already.
 */
static ssize_t place_of(const struct explore_decision *list, size_t nr,
			const struct explore_decision *d)
{
	size_t i, at = nr;

	for (i = 0; i < nr; i++) {
		if (list[i].site != d->site || list[i].role != d->role)
			continue;
		if (list[i].nth == d->nth)
			return -1;
		if (list[i].nth > d->nth && i < at)
			at = i;
	}
	return at;
}

static void insert(struct explore_decision *list, size_t nr, size_t at,
		   const struct explore_decision *d)
{
	memmove(&list[at + 1], &list[at], (nr - at) * sizeof(*list));
	list[at] = *d;
}

/**
 * schedule_add() - add a decision
 * @schedule: the schedule
 * @decision: the decision
 *
 * Return: false if one is made at that passage already.
 */
bool schedule_add(struct schedule *schedule, const struct explore_decision *decision)
{
	ssize_t at = place_of(schedule->decisions, schedule->nr, decision);

	if (at < 0)
		return false;
	schedule->decisions = grow(schedule->decisions, schedule->nr, sizeof(*decision));
	insert(schedule->decisions, schedule->nr++, at, decision);
	return true;
}

/* The role that stands at rank @i if nothing is said about it: the remover comes last. */
static uint8_t usual_order(unsigned int i)
{
	return (i + USUALLY_FIRST) % EXPLORE_ROLES;
}

/**
 * plan_init() - a plan without decisions: each role runs until it blocks
 * @plan: overwritten
 *
 * Everybody goes before the remover.
 */
void plan_init(struct explore_plan *plan)
{
	unsigned int i;

	memset(plan, 0, offsetof(struct explore_plan, steps));
	plan->settle = SETTLE_NS;
	plan->time_limit = TIME_LIMIT_NS;
	plan->event_limit = EVENT_LIMIT;
	plan->fair = FAIR_POINTS;
	for (i = 0; i < EXPLORE_ROLES; i++)
		plan->order[i] = usual_order(i);
}

/**
 * plan_set_order() - say which roles go first
 * @plan: changed
 * @roles: first one first, none twice; roles not among them follow by number
 * @nr: entries of @roles
 */
void plan_set_order(struct explore_plan *plan, const uint8_t *roles, size_t nr)
{
	uint32_t seen = 0;
	unsigned int i;
	size_t n;

	for (n = 0; n < nr; n++) {
		plan->order[n] = roles[n];
		seen |= 1u << roles[n];
	}
	for (i = 0; i < EXPLORE_ROLES; i++) {
		if (!(seen & 1u << usual_order(i)))
			plan->order[n++] = usual_order(i);
	}
}

/**
 * plan_add() - add a decision to a plan
 * @plan: changed
 * @decision: the decision
 *
 * Return: false if the plan is full or one is made at that passage already.
 */
bool plan_add(struct explore_plan *plan, const struct explore_decision *decision)
{
	ssize_t at = place_of(plan->decisions, plan->nr_decisions, decision);

	if (at < 0 || plan->nr_decisions == EXPLORE_DECISIONS)
		return false;
	insert(plan->decisions, plan->nr_decisions++, at, decision);
	return true;
}

/**
 * plan_from_schedule() - the plan that carries out a schedule and nothing else
 * @plan: overwritten
 * @schedule: the schedule
 */
void plan_from_schedule(struct explore_plan *plan, const struct schedule *schedule)
{
	plan_init(plan);
	plan_set_order(plan, schedule->first, schedule->nr_first);
	plan->extent = schedule->extent;
	plan->start_delay = schedule->delay;
	plan->nr_decisions = schedule->nr < EXPLORE_DECISIONS ? schedule->nr : EXPLORE_DECISIONS;
	if (schedule->nr)
		memcpy(plan->decisions, schedule->decisions,
		       plan->nr_decisions * sizeof(*plan->decisions));
}

/* Where a role stands if nothing is said about it. */
static unsigned int usual_rank(uint8_t role)
{
	return (role + EXPLORE_ROLES - USUALLY_FIRST) % EXPLORE_ROLES;
}

/* Only as many roles as it takes for the others to follow by number. */
static void first_from_order(struct schedule *schedule, const uint8_t *order)
{
	unsigned int nr = EXPLORE_ROLES;

	while (nr > 1 && usual_rank(order[nr - 2]) < usual_rank(order[nr - 1]))
		nr--;
	schedule->nr_first = nr > 1 ? nr - 1 : 0;
	memcpy(schedule->first, order, schedule->nr_first);
}

/**
 * schedule_from_log() - the schedule that repeats a cycle
 * @schedule: overwritten
 * @plan: the plan of that cycle
 * @log: the decisions taken in it, whoever made them
 * @nr: entries of @log
 */
void schedule_from_log(struct schedule *schedule, const struct explore_plan *plan,
		       const struct explore_decision *log, size_t nr)
{
	size_t i;

	memset(schedule, 0, sizeof(*schedule));
	first_from_order(schedule, plan->order);
	schedule->extent = plan->extent;
	schedule->delay = plan->start_delay;
	for (i = 0; i < nr; i++)
		schedule_add(schedule, &log[i]);
}

static char *format_target(const struct decision_text *d)
{
	if (d->target == d->role && d->rank == SCHEDULE_LAST_RANK)
		return format("last");
	if (d->rank == 0)
		return format("%s", role_name(d->target));
	return format("%s:%u", role_name(d->target), d->rank);
}

/**
 * decision_format() - write a decision as a word
 * @text: the decision
 *
 * Return: allocated, "role@symbol+0x1[module]:nth>target:rank". The rank is left
 * out where the target goes first, and both where the role itself goes last.
 */
char *decision_format(const struct decision_text *text)
{
	const char *open = *text->module ? "[" : "", *close = *text->module ? "]" : "";
	char *target = format_target(text), *word;

	word = format("%s@%s+0x%" PRIx64 "%s%s%s:%u>%s", role_name(text->role), text->symbol,
		      text->offset, open, text->module, close, text->nth, target);
	free(target);
	return word;
}

/* Takes a number off the front of *@p; false if there is none. */
static bool take_number(const char **p, int base, uint64_t max, uint64_t *value)
{
	char *end;

	if (!isxdigit((unsigned char)**p))
		return false;
	*value = strtoull(*p, &end, base);
	if (end == *p || *value > max)
		return false;
	*p = end;
	return true;
}

/* Takes what stands before one of @stops off the front of *@p, if it fits. */
static bool take_name(const char **p, const char *stops, char *name, size_t size)
{
	size_t len = strcspn(*p, stops);

	if (!len || len >= size || !(*p)[len])
		return false;
	memcpy(name, *p, len);
	name[len] = '\0';
	*p += len;
	return true;
}

static bool take_role(const char **p, const char *stops, uint8_t *role)
{
	size_t len = strcspn(*p, stops);
	int found = role_parse(*p, len);

	if (found < 0)
		return false;
	*role = found;
	*p += len;
	return true;
}

static bool take(const char **p, char c)
{
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

static bool parse_place(const char **p, struct decision_text *d)
{
	uint64_t nth;

	if (!take_name(p, "+", d->symbol, sizeof(d->symbol)) || !take(p, '+') || !take(p, '0') ||
	    !take(p, 'x') || !take_number(p, 16, UINT32_MAX, &d->offset))
		return false;
	if (take(p, '[') && (!take_name(p, "]", d->module, sizeof(d->module)) || !take(p, ']')))
		return false;
	if (!take(p, ':') || !take_number(p, 10, UINT32_MAX, &nth) || !nth)
		return false;
	d->nth = nth;
	return true;
}

static bool parse_target(const char **p, struct decision_text *d)
{
	uint64_t rank = 0;

	if (!strcmp(*p, "last")) {
		d->target = d->role;
		d->rank = SCHEDULE_LAST_RANK;
		return true;
	}
	if (!take_role(p, ":", &d->target))
		return false;
	if (take(p, ':') && !take_number(p, 10, SCHEDULE_LAST_RANK, &rank))
		return false;
	d->rank = rank;
	return !**p;
}

/**
 * decision_parse() - read a decision from a word
 * @word: as decision_format() writes it
 * @text: filled in
 *
 * Return: false if @word is none.
 */
bool decision_parse(const char *word, struct decision_text *text)
{
	const char *p = word;

	memset(text, 0, sizeof(*text));
	return take_role(&p, "@", &text->role) && take(&p, '@') && parse_place(&p, text) &&
	       take(&p, '>') && parse_target(&p, text);
}
