// SPDX-License-Identifier: GPL-2.0
/*
 * Choosing steps among events; see timeline.h.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "schedule/schedule.h"
#include "schedule/site.h"
#include "story/timeline.h"

/* Steps before the first decision that are always shown. */
#define APPROACH 6

#define INDEX_BITS 16
#define INDEX_SIZE (1u << INDEX_BITS)

/**
 * struct place - a site in words
 * @site: the site
 * @known: looked up
 * @symbol: function
 * @module: empty for the kernel proper
 * @file: source file
 * @line: in @file
 */
struct place {
	uint32_t site;
	bool known;
	char symbol[SYMBOLS_NAME_LEN];
	char module[SYMBOLS_NAME_LEN];
	char file[SYMBOLS_FILE_LEN];
	unsigned int line;
};

/**
 * struct maker - a timeline being made
 * @in: what it is made of
 * @out: the timeline
 * @places: sites looked up, a hash table
 * @used: hash of memory that modules touch, by granules of eight bytes
 * @object_freed: the object that the failure is about is freed in the cycle
 * @open: the last step goes on: nobody else has had a step since
 * @lines: first and last line of the open step
 * @last_state: state of the module at the last step
 * @last_refs: its references then
 * @decisive: number of the event of the decisive decision, UINT64_MAX for none
 */
struct maker {
	const struct timeline_input *in;
	struct timeline *out;
	struct place *places;
	unsigned char *used;
	bool object_freed;
	bool open;
	unsigned int lines[2];
	uint8_t last_state;
	int32_t last_refs;
	uint64_t decisive;
};

static const char *const state_names[] = { "live", "coming", "going", "unformed", "disabled" };

/**
 * module_state_name() - what to call a module's state
 * @state: enum module_state, or EXPLORE_NO_MODULE
 */
const char *module_state_name(unsigned int state)
{
	return state < ARRAY_SIZE(state_names) ? state_names[state] : "gone";
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* What is inlined from a header is named by the function that it was inlined into. */
static bool is_header(const char *file)
{
	size_t len = strlen(file);

	return len > 2 && !strcmp(file + len - 2, ".h");
}

/* Nobody has told where it was, or it is nowhere that has a name. */
static const char *unnamed(uint32_t site)
{
	return site == EXPLORE_SITE_UNKNOWN ? "in the kernel" : "?";
}

static void look_up(struct maker *m, uint32_t site, struct place *place)
{
	struct symbol_place chain[SYMBOLS_MAX_CHAIN];
	uint64_t address = site_address(m->in->shm, site);
	size_t n = symbols_lookup(m->in->syms, address, true, chain, SYMBOLS_MAX_CHAIN), i = 0;

	*place = (struct place){ .site = site, .known = true };
	snprintf(place->symbol, sizeof(place->symbol), "%s",
		 n ? chain[n - 1].symbol : unnamed(site));
	while (i + 1 < n && is_header(chain[i].file))
		i++;
	if (!n)
		return;
	snprintf(place->module, sizeof(place->module), "%s", chain[n - 1].module);
	snprintf(place->file, sizeof(place->file), "%s", chain[i].file);
	place->line = chain[i].line;
}

static const struct place *place_of(struct maker *m, uint32_t site)
{
	uint32_t i = site * 2654435769u >> (32 - INDEX_BITS);

	while (m->places[i].known && m->places[i].site != site)
		i = (i + 1) % INDEX_SIZE;
	if (!m->places[i].known)
		look_up(m, site, &m->places[i]);
	return &m->places[i];
}

/* ---- memory that modules use ---- */

static unsigned char *used_bit(struct maker *m, uint64_t granule)
{
	return &m->used[(uint32_t)(granule * 0x9e3779b97f4a7c15ull >> (64 - INDEX_BITS - 4))];
}

static bool is_access(const struct explore_event *e)
{
	return e->kind == EXPLORE_READ || e->kind == EXPLORE_WRITE;
}

static bool covers(const struct explore_event *e, uint64_t address)
{
	return address && address - e->addr < (e->size ? e->size : 1);
}

static void find_used(struct maker *m)
{
	size_t i;

	for (i = 0; i < m->in->nr; i++) {
		const struct explore_event *e = &m->in->events[i];

		if (e->site & EXPLORE_SITE_MODULE && is_access(e))
			*used_bit(m, e->addr >> 3) = 1;
		if (e->kind == EXPLORE_FREE && covers(e, m->in->address))
			m->object_freed = true;
	}
}

/* Does a module touch, at any time, what is allocated or freed here? */
static bool is_used(struct maker *m, const struct explore_event *e)
{
	uint64_t granule;

	if (covers(e, m->in->address))
		return true;
	for (granule = e->addr >> 3; granule <= (e->addr + e->size) >> 3; granule++) {
		if (*used_bit(m, granule))
			return true;
	}
	return false;
}

/* ---- steps ---- */

static struct step *add_step(struct maker *m, const struct explore_event *e, uint64_t number)
{
	struct timeline *t = m->out;
	const struct place *place = place_of(m, e->site);
	struct step *step;

	t->steps = grow(t->steps, t->nr, sizeof(*t->steps));
	step = &t->steps[t->nr++];
	memset(step, 0, sizeof(*step));
	step->event = number;
	step->role = e->role;
	step->time = e->time - m->in->events[0].time;
	step->state = e->mod_state;
	step->refs = e->refs;
	step->in_module = *place->module;
	snprintf(step->function, sizeof(step->function), "%s", place->symbol);
	t->roles |= 1u << e->role;
	m->lines[0] = m->lines[1] = place->line;
	m->open = false;
	m->last_state = e->mod_state;
	m->last_refs = e->refs;
	return step;
}

static void put_place(struct maker *m, struct step *step, const struct place *place)
{
	const char *file = step->in_module ? base_name(place->file) : place->file;

	if (!place->line)
		return;
	if (m->lines[0] == m->lines[1])
		snprintf(step->place, sizeof(step->place), "%s:%u", file, place->line);
	else
		snprintf(step->place, sizeof(step->place), "%s:%u-%u", file, m->lines[0],
			 m->lines[1]);
}

static __printf(4, 5) struct step *single(struct maker *m, const struct explore_event *e,
					  uint64_t number, const char *fmt, ...)
{
	struct step *step = add_step(m, e, number);
	va_list args;

	put_place(m, step, place_of(m, e->site));
	va_start(args, fmt);
	vsnprintf(step->what, sizeof(step->what), fmt, args);
	va_end(args);
	return step;
}

/* Module text goes on in the same function: the step grows. */
static void module_text(struct maker *m, const struct explore_event *e, uint64_t number)
{
	const struct place *place = place_of(m, e->site);
	struct step *last = m->out->nr ? &m->out->steps[m->out->nr - 1] : NULL;

	if (!m->open || !last || last->role != e->role || strcmp(last->function, place->symbol)) {
		last = add_step(m, e, number);
		m->open = true;
	}
	if (place->line && (!m->lines[0] || place->line < m->lines[0]))
		m->lines[0] = place->line;
	if (place->line > m->lines[1])
		m->lines[1] = place->line;
	put_place(m, last, place);
}

static const char *object_words(const struct timeline_input *in, const struct explore_event *e)
{
	return covers(e, in->address) ? "the object that the failure is about" :
					"an object it uses";
}

/*
 * Who ran before an event, since events tell what holds before them: for a switch it
 * is whoever had the last event, which may be the switch to it.
 */
static struct explore_event cause_of(const struct maker *m, size_t i)
{
	const struct explore_event *e = &m->in->events[i];
	struct explore_event cause = *e;

	if (e->kind == EXPLORE_SWITCH && i) {
		cause.role = e[-1].role;
		cause.site = e[-1].site;
	}
	return cause;
}

/* A line of its own if the module's state or count is not what the last step said. */
static void note_change(struct maker *m, size_t i)
{
	struct explore_event e = cause_of(m, i);
	uint64_t number = m->in->first + i;

	if (!m->out->nr || (e.mod_state == m->last_state && e.refs == m->last_refs))
		return;
	if (e.mod_state == m->last_state)
		single(m, &e, number, "references to the module: %d, were %d", e.refs,
		       m->last_refs);
	else
		single(m, &e, number, "the module is %s%s", module_state_name(e.mod_state),
		       e.mod_state == EXPLORE_NO_MODULE ? ": nobody finds it any more" : "");
}

static const char *access_words(const struct explore_event *e)
{
	static const char *const words[] = {
		[EXPLORE_READ] = "a read",
		[EXPLORE_WRITE] = "a write",
		[EXPLORE_LOCK] = "taking a lock",
		[EXPLORE_UNLOCK] = "dropping a lock",
		[EXPLORE_RCU] = "entering an RCU section",
		[EXPLORE_RCU_END] = "leaving an RCU section",
		[EXPLORE_ALLOC] = "an allocation",
		[EXPLORE_FREE] = "freeing memory",
		[EXPLORE_QUEUE] = "queueing work",
		[EXPLORE_START] = "starting work",
		[EXPLORE_WAKE] = "a wake-up",
		[EXPLORE_REF] = "the module's reference count",
		[EXPLORE_BLOCK] = "the next block",
		[EXPLORE_SYSCALL] = "a system call",
		[EXPLORE_SOFTIRQ] = "running softirqs",
		[EXPLORE_SWITCH] = "a switch",
	};

	return e->kind < ARRAY_SIZE(words) && words[e->kind] ? words[e->kind] : "going on";
}

static const struct explore_decision *decision_at(const struct maker *m, uint64_t number)
{
	const struct explore_shm *shm = m->in->shm;
	uint32_t i;

	for (i = 0; i < shm->result.nr_log && i < EXPLORE_DECISIONS; i++) {
		if (shm->log[i].event == number + 1)
			return &shm->log[i];
	}
	return NULL;
}

static bool defers_softirqs(const struct explore_decision *d)
{
	return d && d->kind == EXPLORE_SOFTIRQ;
}

static void decision_step(struct maker *m, const struct explore_event *e, uint64_t number)
{
	const struct explore_decision *d = decision_at(m, number);
	struct step *step;

	if (d && d->target == EXPLORE_ROLE_TIMER)
		step = single(m, e, number, "before %s: virtual time goes on to the next timer",
			      access_words(e));
	else if (defers_softirqs(d))
		step = single(m, e, number, "before %s: they are left to ksoftirqd",
			      access_words(e));
	else if (d && d->target != d->role)
		step = single(m, e, number, "before %s: %s is let go first", access_words(e),
			      role_name(d->target));
	else
		step = single(m, e, number, "before %s: gives way to all others", access_words(e));
	step->mark = number == m->decisive ? STEP_DECISIVE : STEP_SWITCH;
}

/* System calls of one role in a row share a step. */
static void system_call(struct maker *m, const struct explore_event *e, uint64_t number)
{
	struct step *last = m->out->nr ? &m->out->steps[m->out->nr - 1] : NULL;
	const char *name = place_of(m, e->site)->symbol;
	size_t used;

	name += !strncmp(name, "__se_", 5) ? 5 : 0;
	name += !strncmp(name, "sys_", 4) ? 4 : 0;
	if (!last || last->role != e->role || strcmp(last->function, "system calls")) {
		last = add_step(m, e, number);
		strcpy(last->function, "system calls");
		last->in_module = false;
	}
	used = strlen(last->what);
	snprintf(last->what + used, sizeof(last->what) - used, "%s%s", used ? ", " : "", name);
}

/* Is it a module's text that is freed here? The rest of its memory goes with it. */
static const char *freed_module(const struct maker *m, const struct explore_event *e)
{
	size_t i;

	for (i = 0; i < EXPLORE_MODULES && e->kind == EXPLORE_FREE && e->addr; i++) {
		if (m->in->shm->modules[i].text == e->addr)
			return m->in->shm->modules[i].name;
	}
	return NULL;
}

static void freed_module_step(struct maker *m, const struct explore_event *e, uint64_t number)
{
	struct step *step = single(m, e, number, "frees the memory of %s", freed_module(m, e));

	if (!m->object_freed)
		step->mark = STEP_FREE;
}

/* Returns whether the event has got a line of its own. */
static bool special(struct maker *m, const struct explore_event *e, uint64_t number)
{
	struct step *step;

	if (e->flags & EXPLORE_EVENT_DECISION) {
		decision_step(m, e, number);
	} else if (freed_module(m, e)) {
		freed_module_step(m, e, number);
	} else if (e->kind == EXPLORE_FREE && is_used(m, e)) {
		step = single(m, e, number, "frees %s", object_words(m->in, e));
		step->mark = STEP_FREE;
	} else if (e->kind == EXPLORE_ALLOC && is_used(m, e)) {
		single(m, e, number, "allocates %s", object_words(m->in, e));
	} else if (e->kind == EXPLORE_SYSCALL) {
		system_call(m, e, number);
	} else if (e->site & EXPLORE_SITE_MODULE && e->kind == EXPLORE_QUEUE) {
		single(m, e, number, "queues work, a timer or an RCU callback");
	} else {
		return false;
	}
	return true;
}

static bool same_words(const struct step *a, const struct step *b)
{
	return a->role == b->role && !strcmp(a->function, b->function) &&
	       !strcmp(a->place, b->place) && !strcmp(a->what, b->what);
}

/* A line that takes two accesses is one step. */
static void access_step(struct maker *m, const struct explore_event *e, uint64_t number)
{
	struct timeline *t = m->out;

	single(m, e, number, "%s the memory that the failure is about",
	       e->kind == EXPLORE_READ ? "reads" : "writes");
	if (t->nr > 1 && same_words(&t->steps[t->nr - 2], &t->steps[t->nr - 1]))
		t->nr--;
}

static void one_event(struct maker *m, size_t i)
{
	const struct explore_event *e = &m->in->events[i];
	uint64_t number = m->in->first + i;

	note_change(m, i);
	if (special(m, e, number))
		return;
	if (e->site & EXPLORE_SITE_MODULE)
		module_text(m, e, number);
	else if (is_access(e) && m->in->address && e->addr >> 3 == m->in->address >> 3)
		access_step(m, e, number);
}

/*
 * Recording ends where the report begins. A role that was stopped right before the
 * access that fails has no event after the one with which it goes on.
 */
static void failure_step(struct maker *m, size_t i)
{
	struct step *step;

	if (!*m->in->title)
		return;
	step = single(m, &m->in->events[i], m->in->first + i, "%s", m->in->title);
	step->mark = STEP_FAILURE;
	if (m->in->after) {
		step->role = EXPLORE_ROLE_OTHER;
		m->out->roles |= 1u << EXPLORE_ROLE_OTHER;
	}
	if (!*m->in->function)
		return;
	memcpy(step->function, m->in->function, sizeof(step->function));
	memcpy(step->place, m->in->place, sizeof(step->place));
}

/*
 * The last decision at which the role gave way that fails in the end, since it is
 * behind its back that things changed; without one, the last of all.
 */
static void find_decisive(struct maker *m, uint8_t role)
{
	const struct explore_shm *shm = m->in->shm;
	bool own = false;
	uint32_t i;

	m->decisive = UINT64_MAX;
	for (i = 0; i < shm->result.nr_log && i < EXPLORE_DECISIONS; i++) {
		if (own && shm->log[i].role != role)
			continue;
		own |= shm->log[i].role == role;
		m->decisive = shm->log[i].event - 1;
	}
}

/* ---- in one sentence ---- */

static const struct step *marked(const struct timeline *t, enum step_mark mark)
{
	size_t i;

	for (i = t->nr; i > 0; i--) {
		if (t->steps[i - 1].mark == mark)
			return &t->steps[i - 1];
	}
	return NULL;
}

/*
 * What happened behind the back of who was stopped: the object was freed, or
 * else this is how far the remover, or another role, came.
 */
static const struct step *behind_its_back(const struct timeline *t, const struct step *from,
					  uint8_t role)
{
	const struct step *step, *end = t->steps + t->nr, *freed = NULL, *last = NULL;

	for (step = from + 1; step < end && step->mark != STEP_FAILURE; step++) {
		if (step->role == role)
			continue;
		if (step->mark == STEP_FREE)
			freed = step;
		if (step->in_module &&
		    (!last || last->role != EXPLORE_ROLE_REMOVER || step->role == last->role))
			last = step;
	}
	return freed ? freed : last;
}

/* What the role that was stopped had freed itself by then. */
static const struct step *freed_before(const struct timeline *t, const struct step *at,
				       uint8_t role)
{
	const struct step *step, *freed = NULL;

	for (step = t->steps; step < at; step++) {
		if (step->role == role && step->mark == STEP_FREE)
			freed = step;
	}
	return freed;
}

/* The module went while the role was stopped, and nothing says more about it. */
static bool went(const struct step *at, uint8_t role, const struct step *other,
		 const struct step *end)
{
	return at->state != EXPLORE_NO_MODULE && end && end->state == EXPLORE_NO_MODULE &&
	       role != EXPLORE_ROLE_REMOVER && !(other && other->mark == STEP_FREE);
}

/* What the decisive decision did. */
static char *opening(const struct step *at, const struct explore_decision *d)
{
	if (defers_softirqs(d))
		return format("softirqs are left to ksoftirqd in %s (%s)", at->function, at->place);
	if (d && d->target == EXPLORE_ROLE_TIMER)
		return format("timers fire while %s is in %s (%s)", role_name(at->role),
			      at->function, at->place);
	return format("%s is stopped in %s (%s)", role_name(at->role), at->function, at->place);
}

static char *join(char *text, char *more)
{
	char *longer = format("%s%s", text, more);

	free(text);
	free(more);
	return longer;
}

static char *without_switch(const struct explore_shm *shm)
{
	const char *text = "No switch is needed: each role runs until it blocks";
	uint8_t first = shm->plan.order[0];

	/* Traffic goes first as a rule. */
	if (!first || first == EXPLORE_ROLE_TRAFFIC)
		return format("%s.", text);
	return format("%s, %s first.", text, role_name(first));
}

/* A switch so long before the end that its event has been overwritten. */
static char *switch_long_ago(struct maker *m)
{
	const struct explore_decision *d = &m->in->shm->log[0];
	const struct step *end = marked(m->out, STEP_FAILURE);
	const struct place *place;

	while (d->event - 1 != m->decisive)
		d++;
	place = place_of(m, d->site);
	return format("%s is stopped in %s (%s:%u), long before the steps that are left here; "
		      "in the end %s is in %s (%s): %s.",
		      role_name(d->role), place->symbol,
		      *place->module ? base_name(place->file) : place->file, place->line,
		      role_name(end->role), end->function, end->place, m->in->title);
}

static char *sentence(struct maker *m)
{
	const struct timeline_input *in = m->in;
	const struct timeline *t = m->out;
	const struct step *at = marked(t, STEP_DECISIVE), *other, *end = marked(t, STEP_FAILURE);
	const struct explore_decision *d = decision_at(m, m->decisive);
	uint8_t role;
	char *text;

	if (!at && m->decisive < in->first && end)
		return switch_long_ago(m);
	if (!at)
		return without_switch(in->shm);
	role = defers_softirqs(d) ? EXPLORE_ROLE_KSOFTIRQD : at->role;
	other = behind_its_back(t, at, role);
	text = opening(at, d);
	if (freed_before(t, at, role))
		text = join(text, format(" after it freed %s",
					 freed_before(t, at, role)->what + strlen("frees ")));
	if (other && other->mark == STEP_FREE)
		text = join(text,
			    format("; %s frees %s in %s (%s)", role_name(other->role),
				   other->what + strlen("frees "), other->function, other->place));
	else if (other)
		text = join(text, format("; %s comes as far as %s (%s)", role_name(other->role),
					 other->function, other->place));
	if (went(at, role, other, end))
		text = join(text, format("%s", other ? ", and the module is gone" :
						       "; the module is unloaded"));
	if (end && in->after)
		text = join(text, format("; after the cycle, in %s (%s): %s.", end->function,
					 end->place, in->title));
	else if (end)
		text = join(text, format("; then %s %s %s (%s): %s.", role_name(end->role),
					 end->role == at->role ? "goes on in" : "gets to",
					 end->function, end->place, in->title));
	return text;
}

/* The approach to the first decision is cut down to a few steps. */
static size_t find_begin(const struct timeline *t)
{
	size_t i;

	for (i = 0; i < t->nr; i++) {
		if (t->steps[i].mark == STEP_SWITCH || t->steps[i].mark == STEP_DECISIVE)
			break;
	}
	if (i == t->nr)
		i = t->nr > 2 * APPROACH ? t->nr - APPROACH : 0;
	return i > APPROACH ? i - APPROACH : 0;
}

/**
 * timeline_make() - choose the steps of a cycle
 * @timeline: filled in; to be given to timeline_free()
 * @input: what it is made of
 */
void timeline_make(struct timeline *timeline, const struct timeline_input *input)
{
	struct maker m = { .in = input, .out = timeline };
	size_t i, end;

	memset(timeline, 0, sizeof(*timeline));
	m.places = allocate(INDEX_SIZE * sizeof(*m.places));
	m.used = allocate(INDEX_SIZE << 4);
	find_used(&m);
	end = input->nr ? input->nr - 1 : 0;
	find_decisive(&m, input->nr && !input->after ? input->events[end].role : 0);
	for (i = 0; i < end; i++)
		one_event(&m, i);
	if (input->nr)
		failure_step(&m, end);
	timeline->begin = find_begin(timeline);
	timeline->decisive = sentence(&m);
	timeline->switch_event = m.decisive;
	free(m.used);
	free(m.places);
}

/**
 * timeline_free() - free a timeline
 * @timeline: the timeline
 */
void timeline_free(struct timeline *timeline)
{
	free(timeline->steps);
	free(timeline->decisive);
}
