// SPDX-License-Identifier: GPL-2.0
/*
 * The timeline of made-up events at made-up places: which steps are chosen and what
 * they say, which switch is the decisive one, and that text and JSON have all of it.
 *
 *	traffic0  sendto, kmalloc, hook |		hook: fails
 *	remover				| exit, kfree
 *				     switch
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "schedule/schedule.h"
#include "story/timeline_json.h"
#include "testing.h"

#define TEXT   0x68807000ULL
#define KERNEL 0x60000000ULL
#define OBJECT 0x71234540ULL

#define REMOVER EXPLORE_ROLE_REMOVER
#define TRAFFIC EXPLORE_ROLE_TRAFFIC
#define KWORKER EXPLORE_ROLE_KWORKER

/* Places in the module, and below them in the kernel. */
enum {
	HOOK_41 = (int)EXPLORE_SITE_MODULE,
	HOOK_43,
	HOOK_LIST,
	EXIT_88,
	EXIT_90,
	KFREE = 0x10,
	KMALLOC,
	SENDTO,
	CLOSE,
	MEMCPY,
};

static const struct {
	uint32_t site;
	struct symbol_place chain[2];
} places[] = {
	{ HOOK_41, { { "hook", .module = "demo", .file = "net/demo.c", .line = 41 } } },
	{ HOOK_43, { { "hook", .module = "demo", .file = "net/demo.c", .line = 43 } } },
	{ HOOK_LIST,
	  { { "list_add", .inlined = true, .file = "include/linux/list.h", .line = 5 },
	    { "hook", .module = "demo", .file = "net/demo.c", .line = 45 } } },
	{ EXIT_88, { { "demo_exit", .module = "demo", .file = "net/demo.c", .line = 88 } } },
	{ EXIT_90, { { "demo_exit", .module = "demo", .file = "net/demo.c", .line = 90 } } },
	{ KFREE, { { "kfree", .file = "mm/slub.c", .line = 4700 } } },
	{ KMALLOC, { { "__kmalloc", .file = "mm/slub.c", .line = 4000 } } },
	{ SENDTO, { { "__se_sys_sendto", .file = "net/socket.c", .line = 2190 } } },
	{ CLOSE, { { "sys_close", .file = "fs/open.c", .line = 1554 } } },
	{ MEMCPY, { { "memcpy", .file = "lib/string.c", .line = 9 } } },
};

/* In the place of symbols.c, which needs a kernel to read. */
size_t symbols_lookup(struct symbols *syms, uint64_t address, bool is_return,
		      struct symbol_place *chain, size_t max)
{
	size_t i, n;

	assert_null(syms);
	assert_true(is_return);
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		if ((places[i].site & EXPLORE_SITE_MODULE ? TEXT : KERNEL) +
			    EXPLORE_SITE_OFFSET(places[i].site) !=
		    address)
			continue;
		for (n = 0; n < max && n < 2 && *places[i].chain[n].symbol; n++)
			chain[n] = places[i].chain[n];
		return n;
	}
	return 0;
}

int symbols_name_exactly(struct symbols *syms, uint64_t address, struct symbol_place *place)
{
	(void)syms;
	(void)address;
	(void)place;
	return -1;
}

int symbols_find_exactly(struct symbols *syms, const char *module, const char *symbol,
			 uint64_t offset, uint64_t *address)
{
	(void)syms;
	(void)module;
	(void)symbol;
	(void)offset;
	(void)address;
	return -1;
}

#define EVENT(who, what, where) .role = who, .kind = EXPLORE_##what, .site = where

/* In events: the state of the module and its references. */
#define LIVE  .mod_state = 0, .refs = 1
#define GOING .mod_state = 2, .refs = 0
#define GONE  .mod_state = EXPLORE_NO_MODULE, .refs = 0
#define FIRST 100
#define TITLE "KASAN: slab-use-after-free in hook [demo]"

static const struct explore_event story[] = {
	{ EVENT(TRAFFIC, SYSCALL, SENDTO), LIVE },
	{ EVENT(TRAFFIC, SYSCALL, CLOSE), LIVE },
	{ EVENT(TRAFFIC, ALLOC, KMALLOC), .addr = OBJECT, .size = 64, LIVE },
	{ EVENT(TRAFFIC, BLOCK, HOOK_43), LIVE },
	{ EVENT(TRAFFIC, ALLOC, KMALLOC), .addr = 0x1000, .size = 64, LIVE },
	{ EVENT(TRAFFIC, BLOCK, HOOK_LIST), LIVE },
	{ EVENT(TRAFFIC, READ, HOOK_41), .addr = OBJECT + 8, .size = 8, LIVE },
	/* 107: the decisive switch */
	{ EVENT(TRAFFIC, READ, HOOK_43), .addr = OBJECT + 8, .size = 8,
	  .flags = EXPLORE_EVENT_DECISION, LIVE },
	{ EVENT(REMOVER, BLOCK, EXIT_88), GOING },
	{ EVENT(REMOVER, FREE, KFREE), .addr = OBJECT, .size = 64, GOING },
	{ EVENT(REMOVER, FREE, KFREE), .addr = 0x1000, .size = 64, GOING },
	{ EVENT(REMOVER, WRITE, MEMCPY), .addr = OBJECT + 8, .size = 8, GOING },
	{ EVENT(REMOVER, BLOCK, EXIT_90), GOING },
	/* 113: a switch, but not by who fails in the end */
	{ EVENT(REMOVER, WAKE, KFREE), .flags = EXPLORE_EVENT_DECISION, GOING },
	{ EVENT(TRAFFIC, READ, MEMCPY), .addr = OBJECT + 8, .size = 8, GONE },
	{ EVENT(TRAFFIC, READ, HOOK_43), .addr = OBJECT + 8, .size = 8, GONE },
};

#define SWITCH_EVENT 107

static const struct explore_decision decisions[] = {
	{ .role = TRAFFIC,
	  .target = TRAFFIC,
	  .rank = SCHEDULE_LAST_RANK,
	  .event = 108,
	  .site = HOOK_43 },
	{ .role = REMOVER, .target = EXPLORE_ROLE_TIMER, .event = 114 },
};

struct fixture {
	struct explore_shm *shm;
	struct explore_event events[64];
	struct timeline_input in;
	struct timeline timeline;
};

static int set_up(void **state)
{
	struct fixture *f = allocate(sizeof(*f));
	size_t i;

	f->shm = allocate(sizeof(*f->shm));
	f->shm->text = KERNEL;
	f->shm->modules[0].text = TEXT;
	memcpy(f->shm->log, decisions, sizeof(decisions));
	f->shm->result.nr_log = ARRAY_SIZE(decisions);
	memcpy(f->events, story, sizeof(story));
	for (i = 0; i < ARRAY_SIZE(story); i++)
		f->events[i].time = 5000 + i * 1000;
	f->in = (struct timeline_input){
		.events = f->events,
		.nr = ARRAY_SIZE(story),
		.first = FIRST,
		.shm = f->shm,
		.title = TITLE,
		.address = OBJECT + 8,
		.function = "hook",
		.place = "demo.c:43",
	};
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	timeline_free(&f->timeline);
	free(f->shm);
	free(f);
	return 0;
}

static const struct timeline *make(struct fixture *f)
{
	timeline_free(&f->timeline);
	timeline_make(&f->timeline, &f->in);
	return &f->timeline;
}

static char *written(const struct fixture *f, void (*write)(FILE *, const struct fixture *))
{
	char *text;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	assert_non_null(stream);
	write(stream, f);
	assert_int_equal(fclose(stream), 0);
	return text;
}

static void write_text(FILE *out, const struct fixture *f)
{
	timeline_write_text(out, &f->timeline, &f->in, false);
}

static void write_whole_text(FILE *out, const struct fixture *f)
{
	timeline_write_text(out, &f->timeline, &f->in, true);
}

static unsigned int count(const char *text, const char *part)
{
	unsigned int n = 0;

	for (; (text = strstr(text, part)); text++)
		n++;
	return n;
}

/* ---- which steps ---- */

struct expected {
	uint64_t event;
	uint8_t role;
	enum step_mark mark;
	uint8_t mod_state;
	const char *function;
	const char *place;
	const char *what;
};

static const struct expected story_steps[] = {
	{ 100, TRAFFIC, STEP_PLAIN, 0, "system calls", "", "sendto, close" },
	{ 102, TRAFFIC, STEP_PLAIN, 0, "__kmalloc", "mm/slub.c:4000",
	  "allocates the object that the failure is about" },
	{ 103, TRAFFIC, STEP_PLAIN, 0, "hook", "demo.c:41-45", "" },
	{ 107, TRAFFIC, STEP_DECISIVE, 0, "hook", "demo.c:43",
	  "before a read: gives way to all others" },
	{ 108, REMOVER, STEP_PLAIN, 2, "demo_exit", "demo.c:88", "the module is going" },
	{ 108, REMOVER, STEP_PLAIN, 2, "demo_exit", "demo.c:88", "" },
	{ 109, REMOVER, STEP_FREE, 2, "kfree", "mm/slub.c:4700",
	  "frees the object that the failure is about" },
	{ 111, REMOVER, STEP_PLAIN, 2, "memcpy", "lib/string.c:9",
	  "writes the memory that the failure is about" },
	{ 112, REMOVER, STEP_PLAIN, 2, "demo_exit", "demo.c:90", "" },
	{ 113, REMOVER, STEP_SWITCH, 2, "kfree", "mm/slub.c:4700",
	  "before a wake-up: virtual time goes on to the next timer" },
	{ 114, TRAFFIC, STEP_PLAIN, EXPLORE_NO_MODULE, "memcpy", "lib/string.c:9",
	  "the module is gone: nobody finds it any more" },
	{ 114, TRAFFIC, STEP_PLAIN, EXPLORE_NO_MODULE, "memcpy", "lib/string.c:9",
	  "reads the memory that the failure is about" },
	{ 115, TRAFFIC, STEP_FAILURE, EXPLORE_NO_MODULE, "hook", "demo.c:43", TITLE },
};

static void test_steps(void **state)
{
	const struct timeline *t = make(*state);
	size_t i;

	for (i = 0; i < t->nr && i < ARRAY_SIZE(story_steps); i++) {
		const struct expected *e = &story_steps[i];
		const struct step *step = &t->steps[i];

		assert_string_equal(step->what, e->what);
		assert_string_equal(step->function, e->function);
		assert_string_equal(step->place, e->place);
		assert_int_equal(step->event, e->event);
		assert_int_equal(step->role, e->role);
		assert_int_equal(step->mark, e->mark);
		assert_int_equal(step->state, e->mod_state);
		assert_int_equal(step->time, (e->event - FIRST) * 1000);
	}
	assert_int_equal(t->nr, ARRAY_SIZE(story_steps));
	assert_int_equal(t->roles, 1u << REMOVER | 1u << TRAFFIC);
	assert_true(t->steps[2].in_module && !t->steps[1].in_module);
	assert_int_equal(t->begin, 0);
}

/* A step ends where another role has one, and where the function changes. */
static void test_steps_end(void **state)
{
	static const struct explore_event events[] = {
		{ EVENT(TRAFFIC, BLOCK, HOOK_41) },
		{ EVENT(REMOVER, BLOCK, HOOK_41) },
		{ EVENT(TRAFFIC, BLOCK, HOOK_43) },
		{ EVENT(TRAFFIC, BLOCK, EXIT_88) },
		{ EVENT(TRAFFIC, SYSCALL, CLOSE) },
		{ EVENT(REMOVER, SYSCALL, CLOSE) },
		{ EVENT(REMOVER, QUEUE, EXIT_88) },
		{ EVENT(REMOVER, QUEUE, KFREE) },
		{ EVENT(REMOVER, BLOCK, EXIT_90), .refs = 1 },
		{ EVENT(REMOVER, BLOCK, EXIT_90), .refs = 1 },
		{ .role = REMOVER },
	};
	static const char *const expected[] = {
		"hook demo.c:41 ",
		"hook demo.c:41 ",
		"hook demo.c:43 ",
		"demo_exit demo.c:88 ",
		"system calls  close",
		"system calls  close",
		"demo_exit demo.c:88 queues work, a timer or an RCU callback",
		"demo_exit demo.c:90 references to the module: 1, were 0",
		"demo_exit demo.c:90 ",
	};
	struct fixture *f = *state;
	const struct timeline *t;
	size_t i;

	memcpy(f->events, events, sizeof(events));
	f->in.nr = ARRAY_SIZE(events);
	f->in.title = "";
	t = make(f);
	assert_int_equal(t->nr, ARRAY_SIZE(expected));
	for (i = 0; i < t->nr; i++) {
		const struct step *step = &t->steps[i];
		char *line = format("%s %s %s", step->function, step->place, step->what);

		assert_string_equal(line, expected[i]);
		free(line);
	}
}

/* What a module touches at any time counts as used, what nobody knows is named "?". */
static void test_used_memory(void **state)
{
	static const struct explore_event events[] = {
		{ EVENT(TRAFFIC, ALLOC, KMALLOC), .addr = 0x5000, .size = 32 },
		{ EVENT(TRAFFIC, ALLOC, KMALLOC), .addr = 0x5100, .size = 32 },
		{ EVENT(TRAFFIC, WRITE, HOOK_43), .addr = 0x5018, .size = 8 },
		{ EVENT(KWORKER, FREE, EXPLORE_SITE_UNKNOWN), .addr = 0x5000, .size = 32 },
		{ .role = KWORKER },
	};
	struct fixture *f = *state;
	const struct timeline *t;

	memcpy(f->events, events, sizeof(events));
	f->in.nr = ARRAY_SIZE(events);
	t = make(f);
	assert_int_equal(t->nr, 4);
	assert_string_equal(t->steps[0].what, "allocates an object it uses");
	assert_string_equal(t->steps[1].function, "hook");
	assert_string_equal(t->steps[2].what, "frees an object it uses");
	assert_string_equal(t->steps[2].function, "in the kernel");
	assert_string_equal(t->steps[2].place, "");
	assert_int_equal(t->steps[2].mark, STEP_FREE);
}

/* ---- the decisive switch ---- */

static void test_decisive(void **state)
{
	const struct timeline *t = make(*state);

	assert_int_equal(t->switch_event, SWITCH_EVENT);
	assert_string_equal(t->decisive, "traffic0 is stopped in hook (demo.c:43); remover frees "
					 "the object that the failure is about in kfree "
					 "(mm/slub.c:4700); then traffic0 goes on in hook "
					 "(demo.c:43): " TITLE ".");
}

/* Who fails has given way nowhere: then it is the last switch of all. */
static void test_decisive_of_another(void **state)
{
	struct fixture *f = *state;
	const struct timeline *t;

	f->shm->log[0].role = KWORKER;
	f->shm->log[0].target = REMOVER;
	f->events[7].role = KWORKER;
	t = make(f);
	assert_int_equal(t->switch_event, 113);
	assert_string_equal(t->steps[3].what, "before a read: remover is let go first");
	assert_int_equal(t->steps[3].mark, STEP_SWITCH);
	assert_string_equal(t->decisive,
			    "timers fire while remover is in kfree (mm/slub.c:4700) after it freed "
			    "the object that the failure is about; then traffic0 gets to hook "
			    "(demo.c:43): " TITLE ".");
}

/* What waits is ksoftirqd's, whoever would have run it. */
static void test_softirqs_left_for_later(void **state)
{
	struct fixture *f = *state;
	const struct timeline *t;

	f->shm->log[0].role = REMOVER;
	f->shm->log[0].target = EXPLORE_ROLE_KSOFTIRQD;
	f->shm->log[0].kind = EXPLORE_SOFTIRQ;
	f->shm->result.nr_log = 1;
	f->events[7].role = REMOVER;
	f->events[7].kind = EXPLORE_SOFTIRQ;
	f->events[15].role = EXPLORE_ROLE_KSOFTIRQD;
	t = make(f);
	assert_int_equal(t->switch_event, SWITCH_EVENT);
	assert_string_equal(t->steps[3].what,
			    "before running softirqs: they are left to ksoftirqd");
	assert_string_equal(t->decisive,
			    "softirqs are left to ksoftirqd in hook (demo.c:43); remover frees the "
			    "object that the failure is about in kfree (mm/slub.c:4700); then "
			    "ksoftirqd gets to hook (demo.c:43): " TITLE ".");
}

/* Nothing was freed behind its back: how far the remover came, not who was last. */
static void test_decisive_without_free(void **state)
{
	struct fixture *f = *state;

	f->events[9].kind = EXPLORE_BLOCK;
	f->events[13] = (struct explore_event){ EVENT(KWORKER, BLOCK, HOOK_41), GOING };
	assert_string_equal(make(f)->decisive,
			    "traffic0 is stopped in hook (demo.c:43); remover comes as far as "
			    "demo_exit (demo.c:90), and the module is gone; then traffic0 goes "
			    "on in hook (demo.c:43): " TITLE ".");
}

static void test_same_access_twice(void **state)
{
	struct fixture *f = *state;
	size_t nr = make(f)->nr;

	f->events[12] = f->events[11];
	assert_int_equal(make(f)->nr, nr - 1);
}

/* Text is freed, not an object; the rest of the module goes with it. */
static void test_module_freed(void **state)
{
	struct fixture *f = *state;
	const struct timeline *t;

	strcpy(f->shm->modules[0].name, "demo");
	f->events[9] = (struct explore_event){ EVENT(REMOVER, FREE, KFREE), .addr = TEXT, GONE };
	t = make(f);
	assert_non_null(strstr(t->decisive, "; remover frees the memory of demo in kfree "
					    "(mm/slub.c:4700); then traffic0 goes on"));
}

/* Found out after the cycle, by nobody who takes part in it. */
static void test_failure_after_the_cycle(void **state)
{
	struct fixture *f = *state;
	const struct timeline *t;

	f->in.after = true;
	t = make(f);
	assert_int_equal(t->switch_event, 113);
	assert_int_equal(t->steps[t->nr - 1].role, EXPLORE_ROLE_OTHER);
	assert_true(t->roles & 1u << EXPLORE_ROLE_OTHER);
	assert_non_null(strstr(t->decisive, "; after the cycle, in hook (demo.c:43): " TITLE));
}

/* The first event after a switch tells what was done before it, by somebody else. */
static void test_change_before_a_switch(void **state)
{
	struct fixture *f = *state;
	const struct step *step;

	f->events[14] =
		(struct explore_event){ EVENT(TRAFFIC, SWITCH, EXPLORE_SITE_UNKNOWN), GONE };
	make(f);
	for (step = f->timeline.steps; strncmp(step->what, "the module is gone", 18); step++)
		assert_ptr_not_equal(step, f->timeline.steps + f->timeline.nr - 1);
	assert_int_equal(step->event, 114);
	assert_int_equal(step->role, REMOVER);
	assert_string_equal(step->function, "kfree");
}

static void test_without_switch(void **state)
{
	struct fixture *f = *state;

	f->events[7].flags = f->events[13].flags = 0;
	f->shm->result.nr_log = 0;
	f->shm->plan.order[0] = TRAFFIC;
	assert_string_equal(make(f)->decisive,
			    "No switch is needed: each role runs until it blocks.");
	assert_int_equal(f->timeline.switch_event, UINT64_MAX);
	f->shm->plan.order[0] = REMOVER;
	assert_string_equal(make(f)->decisive,
			    "No switch is needed: each role runs until it blocks, remover first.");
}

/* ---- traces that are not whole ---- */

static void test_empty(void **state)
{
	struct fixture *f = *state;
	char *text;

	f->in.nr = 0;
	f->shm->result.nr_log = 0;
	assert_int_equal(make(f)->nr, 0);
	assert_int_equal(f->timeline.switch_event, UINT64_MAX);
	text = written(f, write_whole_text);
	assert_non_null(strstr(text, TITLE "\nNo switch is needed"));
	free(text);
}

static void test_one_event(void **state)
{
	struct fixture *f = *state;

	f->in.nr = 1;
	f->shm->result.nr_log = 0;
	assert_int_equal(make(f)->nr, 1);
	assert_int_equal(f->timeline.steps[0].mark, STEP_FAILURE);
	assert_string_equal(f->timeline.steps[0].function, "hook");
}

/* The ring has lost the beginning, and the decisive switch with it. */
static void test_truncated(void **state)
{
	struct fixture *f = *state;
	const struct timeline *t;

	f->in.events += 9;
	f->in.nr -= 9;
	f->in.first += 9;
	t = make(f);
	assert_int_equal(t->switch_event, SWITCH_EVENT);
	assert_int_equal(t->steps[0].event, 109);
	assert_int_equal(t->steps[0].time, 0);
	assert_string_equal(t->decisive,
			    "traffic0 is stopped in hook (demo.c:43), long before the steps that "
			    "are left here; in the end traffic0 is in hook (demo.c:43): " TITLE
			    ".");
}

/* ---- on paper ---- */

/* As many functions as @nr before the story, one step each. */
static void prepend(struct fixture *f, size_t nr)
{
	size_t i;

	memmove(f->events + nr, f->events, ARRAY_SIZE(story) * sizeof(*f->events));
	for (i = 0; i < nr; i++) {
		f->events[i] = f->events[nr + 3];
		f->events[i].site = i % 2 ? HOOK_41 : EXIT_88;
	}
	for (i = 0; i < ARRAY_SIZE(decisions); i++)
		f->shm->log[i].event += nr;
	f->in.nr += nr;
}

/* Of what led to the first switch the last six steps are shown. */
static void test_approach_is_folded(void **state)
{
	struct fixture *f = *state;
	char *text;

	prepend(f, 10);
	assert_int_equal(make(f)->begin, 7);
	assert_int_equal(f->timeline.steps[f->timeline.begin + 6].mark, STEP_DECISIVE);
	text = written(f, write_text);
	assert_non_null(strstr(text, "... 7 steps before, in timeline.txt\n"));
	assert_int_equal(count(text, "demo.c:88"), 3);
	free(text);
	text = written(f, write_whole_text);
	assert_null(strstr(text, "steps before"));
	assert_int_equal(count(text, "demo.c:88"), 7);
	free(text);
}

static void test_text_columns(void **state)
{
	struct fixture *f = *state;
	char *text, *line, *save;
	size_t bar = 0, i = 0;

	make(f);
	text = written(f, write_text);
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (strstr(line, "| everybody else"))
			bar = strchr(line, '|') - line;
		else if (strstr(line, "traffic0: ") && bar)
			assert_ptr_equal(strchr(line, '|'), line + bar);
		else if (bar)
			assert_true(!strchr(line, '|') || line[bar] == '|');
		if (bar && line[8] >= '0' && line[8] <= '9')
			assert_int_equal(!strchr(line, '|'),
					 f->timeline.steps[i++].role == REMOVER);
	}
	assert_int_not_equal(bar, 0);
	assert_int_equal(i, f->timeline.nr);
	free(text);
}

static void test_text_lines(void **state)
{
	static const char *const lines[] = {
		"\n      107 ==>     live  1 ",
		"| traffic0: hook  demo.c:43\n",
		"|     before a read: gives way to all others\n",
		"\n      109  x     going  0  kfree  mm/slub.c:4700\n"
		"                               frees the object that the failure is about\n",
		"\n      115 !!!     gone  0 ",
	};
	struct fixture *f = *state;
	char *text;
	size_t i;

	make(f);
	text = written(f, write_text);
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		if (!strstr(text, lines[i]))
			fail_msg("no '%s' in\n%s", lines[i], text);
	}
	free(text);
}

static json_t *make_json(struct fixture *f, const char *reproducer)
{
	json_t *json;

	make(f);
	json = timeline_json(&f->timeline, &f->in, reproducer);
	assert_non_null(json);
	return json;
}

static const char *text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static json_int_t number_of(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

/* Every role that has a step is named, in the order of roles; nobody else is. */
static void test_json(void **state)
{
	struct fixture *f = *state;
	json_t *json, *roles;

	f->events[13].role = KWORKER;
	f->in.title = "<b>\"bold\" & loud</b>";
	json = make_json(f, "modrace-1 line");
	assert_string_equal(text_of(json, "title"), f->in.title);
	assert_string_equal(text_of(json, "decisive"), f->timeline.decisive);
	assert_string_equal(text_of(json, "reproducer"), "modrace-1 line");
	assert_int_equal(number_of(json, "begin"), f->timeline.begin);
	roles = json_object_get(json, "roles");
	assert_int_equal(json_array_size(roles), 3);
	assert_string_equal(json_string_value(json_array_get(roles, 0)), "remover");
	assert_string_equal(json_string_value(json_array_get(roles, 1)), "traffic0");
	assert_string_equal(json_string_value(json_array_get(roles, 2)), "kworker");
	json_decref(json);
}

static void test_json_steps(void **state)
{
	static const char *const marks[] = { "plain", "switch", "decisive", "free", "failure" };
	struct fixture *f = *state;
	json_t *json = make_json(f, NULL), *step;
	size_t i;

	assert_true(json_is_null(json_object_get(json, "reproducer")));
	json_array_foreach(json_object_get(json, "steps"), i, step) {
		const struct expected *e = &story_steps[i];

		assert_true(i < ARRAY_SIZE(story_steps));
		assert_int_equal(number_of(step, "event"), e->event);
		assert_int_equal(number_of(step, "time"), (e->event - FIRST) * 1000);
		assert_int_equal(number_of(step, "refs"), f->timeline.steps[i].refs);
		assert_string_equal(text_of(step, "role"),
				    e->role == REMOVER ? "remover" : "traffic0");
		assert_string_equal(text_of(step, "mark"), marks[e->mark]);
		assert_string_equal(text_of(step, "state"), module_state_name(e->mod_state));
		assert_string_equal(text_of(step, "function"), e->function);
		assert_string_equal(text_of(step, "place"), e->place);
		assert_string_equal(text_of(step, "what"), e->what);
		assert_int_equal(json_is_true(json_object_get(step, "in_module")),
				 f->timeline.steps[i].in_module);
	}
	assert_int_equal(i, ARRAY_SIZE(story_steps));
	json_decref(json);
}

#define TIMELINE_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TIMELINE_TEST(test_steps),
		TIMELINE_TEST(test_steps_end),
		TIMELINE_TEST(test_used_memory),
		TIMELINE_TEST(test_decisive),
		TIMELINE_TEST(test_decisive_of_another),
		TIMELINE_TEST(test_softirqs_left_for_later),
		TIMELINE_TEST(test_decisive_without_free),
		TIMELINE_TEST(test_same_access_twice),
		TIMELINE_TEST(test_module_freed),
		TIMELINE_TEST(test_failure_after_the_cycle),
		TIMELINE_TEST(test_change_before_a_switch),
		TIMELINE_TEST(test_without_switch),
		TIMELINE_TEST(test_empty),
		TIMELINE_TEST(test_one_event),
		TIMELINE_TEST(test_truncated),
		TIMELINE_TEST(test_approach_is_folded),
		TIMELINE_TEST(test_text_columns),
		TIMELINE_TEST(test_text_lines),
		TIMELINE_TEST(test_json),
		TIMELINE_TEST(test_json_steps),
	};

	return cmocka_run_group_tests_name("timeline", tests, NULL, NULL);
}
