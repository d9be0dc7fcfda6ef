// SPDX-License-Identifier: GPL-2.0
/*
 * Schedules, reproducers, minimising and the strategies, without any guest.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "schedule/minimise.h"
#include "schedule/replay.h"
#include "schedule/repro.h"
#include "schedules.h"
#include "strategy/strategy.h"
#include "testing.h"

static struct explore_decision decision(uint32_t site, uint32_t nth, uint8_t role)
{
	return (struct explore_decision){
		.site = site,
		.nth = nth,
		.role = role,
		.target = role,
		.rank = SCHEDULE_LAST_RANK,
	};
}

/* ---- words ---- */

static void assert_word(const char *word)
{
	struct decision_text text;
	char *again;

	assert_true(decision_parse(word, &text));
	again = decision_format(&text);
	assert_string_equal(again, word);
	free(again);
}

static void test_decision_words(void **state)
{
	struct decision_text text;

	(void)state;
	assert_word("remover@nf_hook_exit+0x22[nf_hook]:1>last");
	assert_word("traffic0@__kasan_check+0x0:17>kworker");
	assert_word("rcu@rcu_do_batch~2+0x1f0:3>timer:2");
	assert_word("thread1@loop.constprop.0+0x9[stray]:1>remover");

	assert_true(decision_parse("traffic1@f+0x10[m]:4>remover:3", &text));
	assert_int_equal(text.role, EXPLORE_ROLE_TRAFFIC + 1);
	assert_int_equal(text.offset, 0x10);
	assert_string_equal(text.module, "m");
	assert_int_equal(text.nth, 4);
	assert_int_equal(text.target, EXPLORE_ROLE_REMOVER);
	assert_int_equal(text.rank, 3);
}

static void test_decision_refused(void **state)
{
	static const char *const words[] = {
		"",
		"remover",
		"nobody@f+0x1:1>last",
		"remover@f:1>last",
		"remover@f+1:1>last",
		"remover@f+0x1>last",
		"remover@f+0x1:0>last",
		"remover@f+0x1[m:1>last",
		"remover@f+0x1[m]:1",
		"remover@f+0x1[m]:1>",
		"remover@f+0x1[m]:1>nobody",
		"remover@f+0x1[m]:1>traffic0:99",
		"remover@f+0x1[m]:1>traffic0:1x",
	};
	struct decision_text text;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(words); i++)
		assert_false(decision_parse(words[i], &text));
}

/* ---- schedules and plans ---- */

/* Reproducers name roles, so a name means one role for ever, and who is who is known. */
static void test_roles(void **state)
{
	static const struct {
		const char *name;
		unsigned int role;
		bool removes;
	} roles[] = {
		{ "remover", 1, true },   { "traffic0", 2, false }, { "traffic7", 9, false },
		{ "kworker", 10, false }, { "timer", 18, false },   { "remover2", 19, true },
		{ "remover3", 20, true }, { "victim", 21, true },   { "waiter", 22, true },
		{ "poller", 23, true },   { "thread0", 24, false }, { "thread7", 31, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(roles); i++) {
		assert_int_equal(role_parse(roles[i].name, strlen(roles[i].name)), roles[i].role);
		assert_string_equal(role_name(roles[i].role), roles[i].name);
		assert_int_equal(role_removes(roles[i].role), roles[i].removes);
	}
}

static void test_schedule_keeps_passages_in_order(void **state)
{
	struct schedule s = { .nr = 0 };
	struct explore_decision d[] = {
		decision(1, 5, 1),
		decision(2, 1, 1),
		decision(1, 2, 1),
		decision(1, 3, 2),
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(d); i++)
		assert_true(schedule_add(&s, &d[i]));
	assert_false(schedule_add(&s, &d[2]));
	assert_int_equal(s.nr, 4);
	assert_int_equal(s.decisions[0].nth, 2);
	assert_int_equal(s.decisions[1].nth, 5);
	schedule_free(&s);
}

static void test_schedule_from_order(void **state)
{
	const uint8_t first[] = { EXPLORE_ROLE_KWORKER, EXPLORE_ROLE_REMOVER };
	struct explore_plan *plan = allocate(sizeof(*plan));
	struct schedule s;

	(void)state;
	plan_init(plan);
	schedule_from_log(&s, plan, NULL, 0);
	assert_int_equal(s.nr_first, 0);
	assert_int_equal(schedule_size(&s), 0);
	schedule_free(&s);

	plan_set_order(plan, first, ARRAY_SIZE(first));
	plan->start_delay = 5;
	schedule_from_log(&s, plan, NULL, 0);
	assert_int_equal(s.nr_first, 2);
	assert_int_equal(s.first[0], EXPLORE_ROLE_KWORKER);
	assert_int_equal(s.first[1], EXPLORE_ROLE_REMOVER);
	assert_int_equal(schedule_size(&s), 3);
	schedule_free(&s);
	free(plan);
}

/* ---- reproducers ---- */

static char *example_line(void)
{
	struct decision_text texts[2];
	struct repro_cycle cycles[2] = { { .nr = 0 } };
	struct repro repro = {
		.scenario = "nf-hook",
		.variant = "broken",
		.kernel = "0123456789ab",
		.modules = "nf_hook:ba9876543210,traffic_kthread:001122334455",
		.memory_mb = 256,
		.seed = 7,
		.cycles = cycles,
		.nr_cycles = 2,
		.events = 20481,
		.hash = 0xfeedfacecafebeef,
	};

	assert_true(decision_parse("traffic0@hook+0x22[nf_hook]:1>last", &texts[0]));
	assert_true(decision_parse("remover@kfree+0x40:2>traffic0", &texts[1]));
	cycles[0].texts = texts;
	cycles[0].nr = 1;
	cycles[1].frame.extent = EXPLORE_EXTENT_ALL;
	cycles[1].frame.first[0] = EXPLORE_ROLE_TRAFFIC;
	cycles[1].frame.nr_first = 1;
	cycles[1].frame.delay = 250000;
	cycles[1].texts = texts;
	cycles[1].nr = 2;
	return repro_format(&repro);
}

static void test_repro_round_trip(void **state)
{
	char *line = example_line(), error[REPRO_ERROR_LEN], *again;
	struct repro repro;

	(void)state;
	assert_int_equal(repro_parse(line, &repro, error), 0);
	assert_string_equal(repro.scenario, "nf-hook");
	assert_string_equal(repro.variant, "broken");
	assert_int_equal(repro.seed, 7);
	assert_int_equal(repro.nr_cycles, 2);
	assert_int_equal(repro.cycles[0].nr, 1);
	assert_int_equal(repro.cycles[1].nr, 2);
	assert_int_equal(repro.cycles[1].frame.delay, 250000);
	assert_int_equal(repro.cycles[1].frame.extent, EXPLORE_EXTENT_ALL);
	assert_true(repro.hash == 0xfeedfacecafebeef);
	again = repro_format(&repro);
	assert_string_equal(again, line);
	free(again);
	free(line);
	repro_free(&repro);
}

static void test_repro_folded(void **state)
{
	char *line = example_line(), error[REPRO_ERROR_LEN], *folded;
	struct repro repro;
	size_t i;

	(void)state;
	for (i = 0; line[i]; i++) {
		if (line[i] == ' ' && i > 40)
			line[i] = '\n';
	}
	folded = format("  %s \n\n", line);
	assert_int_equal(repro_parse(folded, &repro, error), 0);
	repro_free(&repro);
	free(folded);
	free(line);
}

/* However much of the end is missing, it is noticed. */
static void test_repro_cut_short(void **state)
{
	char *line = example_line(), error[REPRO_ERROR_LEN];
	struct repro repro;
	size_t len;

	(void)state;
	for (len = strlen(line); len-- > strlen("modrace-1 n");) {
		line[len] = '\0';
		error[0] = '\0';
		assert_int_equal(repro_parse(line, &repro, error), -1);
		assert_non_null(strstr(error, "cut short"));
		repro_free(&repro);
	}
	free(line);
}

static void test_repro_altered(void **state)
{
	char *line = example_line(), error[REPRO_ERROR_LEN];
	struct repro repro;

	(void)state;
	*strstr(line, "=7") = '8';
	assert_int_equal(repro_parse(line, &repro, error), -1);
	assert_non_null(strstr(error, "altered"));
	repro_free(&repro);
	assert_int_equal(repro_parse("nonsense", &repro, error), -1);
	assert_non_null(strstr(error, "no reproducer"));
	repro_free(&repro);
	free(line);
}

/* ---- minimising ---- */

static bool needs_three(const struct schedule *s)
{
	return schedule_has(s, 17) && schedule_has(s, 333) && schedule_has(s, 998) && s->delay;
}

static bool needs_nothing(const struct schedule *s)
{
	(void)s;
	return true;
}

static bool needs_one_of_two(const struct schedule *s)
{
	return schedule_has(s, 5) || schedule_has(s, 6);
}

/* The second alone does, once it is simple; until then it takes both. */
static bool needs_less_when_simple(const struct schedule *s)
{
	return schedule_has(s, 900) &&
	       (schedule_has(s, 5) || s->decisions[s->nr - 1].rank == SCHEDULE_LAST_RANK);
}

static bool simple(const struct schedule *s, size_t i)
{
	return s->decisions[i].rank == SCHEDULE_LAST_RANK;
}

/* The first of the two can be simple once the second is. */
static bool needs_second_simple_first(const struct schedule *s)
{
	return schedule_has(s, 5) && schedule_has(s, 900) &&
	       (!simple(s, 0) || simple(s, s->nr - 1));
}

static struct schedule big_schedule(void)
{
	struct schedule s = { .delay = 99, .first = { 3, 2 }, .nr_first = 2 };
	uint32_t i;

	for (i = 0; i < 1000; i++) {
		struct explore_decision d = decision(i, 1, 1);

		d.target = 2;
		d.rank = 0;
		schedule_add(&s, &d);
	}
	return s;
}

static unsigned int minimise_with(struct minimiser *m, bool (*fails)(const struct schedule *s))
{
	struct schedule big = big_schedule();
	const struct schedule *trial;

	minimise_begin(m, &big);
	while ((trial = minimise_next(m)))
		minimise_answer(m, fails(trial));
	schedule_free(&big);
	return m->tests;
}

static void test_minimise(void **state)
{
	struct minimiser m;

	(void)state;
	assert_true(minimise_with(&m, needs_three) < 300);
	assert_int_equal(schedule_size(&m.best), 4);
	assert_true(needs_three(&m.best));
	minimise_end(&m);

	assert_int_equal(minimise_with(&m, needs_nothing), 1);
	assert_int_equal(schedule_size(&m.best), 0);
	minimise_end(&m);

	minimise_with(&m, needs_one_of_two);
	assert_int_equal(schedule_size(&m.best), 1);
	minimise_end(&m);

	minimise_with(&m, needs_less_when_simple);
	assert_int_equal(schedule_size(&m.best), 1);
	assert_true(schedule_has(&m.best, 900));
	minimise_end(&m);

	minimise_with(&m, needs_second_simple_first);
	assert_int_equal(schedule_size(&m.best), 2);
	assert_true(simple(&m.best, 0) && simple(&m.best, 1));
	minimise_end(&m);
}

/* ---- strategies ---- */

static const struct profile_site example_sites[] = {
	{ 0x80000010, 1, EXPLORE_ROLE_REMOVER, EXPLORE_WRITE, 3 },
	{ 0x80000020, 3, EXPLORE_ROLE_TRAFFIC, EXPLORE_READ, 3 },
	{ 0x00001000, 40, EXPLORE_ROLE_REMOVER, EXPLORE_FREE, 2 },
	{ 0x00002000, 5000, EXPLORE_ROLE_KWORKER, EXPLORE_READ, 1 },
};

static void make_profile(struct profile *profile)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(example_sites); i++) {
		profile->sites = grow(profile->sites, i, sizeof(*profile->sites));
		profile->sites[i] = example_sites[i];
		profile->roles |= 1u << example_sites[i].role;
	}
	profile->nr_sites = i;
	profile->pairs = grow(NULL, 0, sizeof(*profile->pairs));
	profile->pairs[profile->nr_pairs++] = (struct profile_pair){ 0, 1 };
	profile->steps[EXPLORE_SCOPE_MODULE] = 12;
}

static void begin(struct search *search, const char *only, uint64_t seed)
{
	search_begin(search, seed, only ? strategy_find(only) : NULL);
	make_profile(&search->profile[EXPLORE_EXTENT_MODULE]);
	make_profile(&search->profile[EXPLORE_EXTENT_ALL]);
}

/* The bytes of a plan that are in use, as one number. */
static uint64_t digest(const struct explore_plan *plan)
{
	const unsigned char *p = (const unsigned char *)plan;
	size_t i, used = offsetof(struct explore_plan, sites);
	uint64_t sum = plan->nr_decisions;

	for (i = 0; i < used; i++)
		sum = sum * 1099511628211u + p[i];
	p = (const unsigned char *)plan->decisions;
	for (i = 0; i < plan->nr_decisions * sizeof(*plan->decisions); i++)
		sum = sum * 1099511628211u + p[i];
	return sum;
}

static uint64_t search_digest(const char *only, uint64_t seed)
{
	struct explore_plan *plan = allocate(sizeof(*plan));
	struct explore_result result = { .steps = 12 };
	const struct strategy *strategy;
	struct search search;
	uint64_t sum = 0;
	unsigned int i;

	begin(&search, only, seed);
	for (i = 0; i < 200 && (strategy = search_next(&search, plan)); i++) {
		sum = sum * 31 + digest(plan);
		search_learn(&search, strategy, plan, &result);
	}
	search_end(&search);
	free(plan);
	return sum;
}

static void test_strategies_are_seeded(void **state)
{
	static const char *const names[] = { NULL, "uniform", "pct", "surw", "site", "conflict" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		assert_true(search_digest(names[i], 1) == search_digest(names[i], 1));
		assert_true(search_digest(names[i], 1) != search_digest(names[i], 2));
	}
	assert_true(search_digest("bounded", 1) == search_digest("bounded", 2));
}

/* So many schedules, each of which goes well. */
static void search_for(struct search *search, unsigned int schedules)
{
	struct explore_plan *plan = allocate(sizeof(*plan));
	struct explore_result result = { .steps = 12 };
	const struct strategy *strategy;

	while (schedules--) {
		strategy = search_next(search, plan);
		assert_non_null(strategy);
		search_learn(search, strategy, plan, &result);
	}
	free(plan);
}

/* Every profiling cycle may have failed; a search can go on all the same. */
static void test_search_without_profile(void **state)
{
	struct search search;

	(void)state;
	search_begin(&search, 1, NULL);
	search_for(&search, 200);
	search_end(&search);
}

/* Every bound is gone through exactly once, and it says so. */
static void test_bounded_is_exhaustive(void **state)
{
	struct explore_plan *plan = allocate(sizeof(*plan));
	struct explore_result result = { .steps = 12 };
	uint64_t seen[4000], count[3] = { 0 };
	const struct strategy *strategy;
	struct search search;
	size_t i, nr = 0;
	char *report;

	(void)state;
	begin(&search, "bounded", 1);
	while ((strategy = search_next(&search, plan))) {
		assert_true(nr < ARRAY_SIZE(seen));
		seen[nr] = digest(plan);
		for (i = 0; i < nr; i++)
			assert_true(seen[i] != seen[nr]);
		nr++;
		count[plan->nr_steps]++;
		search_learn(&search, strategy, plan, &result);
	}
	/* Two roles reach the module: 2 orders, 12 points, 12 * 11 / 2 pairs of them */
	assert_int_equal(count[0], 2);
	assert_int_equal(count[1], 2 * 12);
	assert_int_equal(count[2], 2 * 66);
	report = search_report(&search);
	assert_non_null(strstr(report, "bound 0: 2, complete"));
	assert_non_null(strstr(report, "bound 1: 24, complete"));
	assert_non_null(strstr(report, "bound 2: 132, complete"));
	free(report);
	search_end(&search);
	free(plan);
}

static void test_pct(void **state)
{
	struct explore_plan *plan = allocate(sizeof(*plan));
	struct search search;
	unsigned int i, k, depths[4] = { 0 };
	char *report;

	(void)state;
	begin(&search, "pct", 3);
	for (i = 0; i < 1000; i++) {
		assert_non_null(search_next(&search, plan));
		depths[plan->nr_steps + 1]++;
		for (k = 0; k < plan->nr_steps; k++) {
			assert_in_range(plan->steps[k].step, 1, 12);
			assert_true(!k || plan->steps[k - 1].step <= plan->steps[k].step);
		}
	}
	assert_int_equal(depths[2], 500);
	assert_int_equal(depths[3], 500);
	report = search_report(&search);
	/* n = 3, k = 12: 1/36 */
	assert_non_null(strstr(report, "n = 3 roles, k = 12 points"));
	assert_non_null(strstr(report, "1/(n k) = 0.028"));
	free(report);
	search_end(&search);
	free(plan);
}

/* Which passages of the traffic (3) come before the remover's only one. */
static int position_of_remover(const struct explore_plan *plan)
{
	size_t i;

	if (plan->order[0] == EXPLORE_ROLE_REMOVER)
		return 0;
	for (i = 0; i < plan->nr_decisions; i++) {
		if (plan->decisions[i].role == EXPLORE_ROLE_TRAFFIC)
			return plan->decisions[i].nth - 1;
	}
	return 3;
}

/* 4!/(1! 3!) = 4 orders, each a quarter: chi-square with 3 degrees, p = 0.001 at 16.3 */
static void test_surw_is_uniform(void **state)
{
	struct explore_plan *plan = allocate(sizeof(*plan));
	unsigned int count[4] = { 0 }, i, n = 4000;
	struct search search;
	double chi = 0;

	(void)state;
	begin(&search, "surw", 5);
	for (i = 0; i < n; i++) {
		assert_non_null(search_next(&search, plan));
		count[position_of_remover(plan)]++;
	}
	for (i = 0; i < 4; i++)
		chi += pow(count[i] - n / 4.0, 2) / (n / 4.0);
	assert_true(chi < 16.3);
	search_end(&search);
	free(plan);
}

/* The first thing tried is a switch in module text where the two sides meet. */
static void test_conflict_order(void **state)
{
	struct explore_plan *plan = allocate(sizeof(*plan));
	struct search search;

	(void)state;
	begin(&search, "conflict", 1);
	assert_non_null(search_next(&search, plan));
	assert_int_equal(plan->nr_decisions, 1);
	assert_int_equal(plan->decisions[0].site, 0x80000010);
	assert_int_equal(plan->order[0], EXPLORE_ROLE_REMOVER);
	assert_non_null(search_next(&search, plan));
	assert_int_equal(plan->decisions[0].site, 0x80000020);
	assert_int_equal(plan->order[0], EXPLORE_ROLE_TRAFFIC);
	search_end(&search);
	free(plan);
}

static void test_mix_takes_turns(void **state)
{
	struct search search;
	size_t i;

	(void)state;
	begin(&search, NULL, 1);
	search_for(&search, 100);
	for (i = 0; i < nr_strategies; i++) {
		if (strategies[i] == &around_strategy)
			assert_true(!search.tried[i]);
		else
			assert_true(search.tried[i] >= (strategies[i] == &late_strategy ? 6 : 8));
	}
	search_end(&search);
}

/* First passages, last passages, both sides, and then whatever is drawn. */
static void test_conflict_stages(void **state)
{
	static const struct {
		uint32_t site[2];
		uint32_t nth;
	} expected[] = {
		{ { 0x80000010 }, 1 },
		{ { 0x80000020 }, 1 },
		{ { 0x2000 }, 1 },
		{ { 0x80000010 }, 1 },
		{ { 0x80000020 }, 3 },
		{ { 0x2000 }, 5000 },
		{ { 0x80000010, 0x80000020 }, 1 },
		{ { 0x80000020, 0x80000010 }, 1 },
	};
	struct explore_plan *plan = allocate(sizeof(*plan));
	struct search search;
	char *report;
	size_t i;

	(void)state;
	begin(&search, "conflict", 1);
	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		assert_non_null(search_next(&search, plan));
		assert_int_equal(plan->nr_decisions, expected[i].site[1] ? 2 : 1);
		assert_int_equal(plan->decisions[0].site, expected[i].site[0]);
		assert_int_equal(plan->decisions[0].nth, expected[i].nth);
		assert_int_equal(plan->order[0], plan->decisions[0].role);
		if (expected[i].site[1])
			assert_int_equal(plan->decisions[1].site, expected[i].site[1]);
	}
	for (i = 0; i < 100; i++) {
		assert_non_null(search_next(&search, plan));
		assert_int_equal(plan->nr_decisions, 2);
	}
	report = search_report(&search);
	assert_string_equal(report, "conflict: 108 schedules; 3 sites, 1 conflicts; got as far as "
				    "drawn passages\n");
	free(report);
	search_end(&search);
	free(plan);
}

/* Without a conflict there is an end to it. A softirq is left to its thread. */
/* Each place on the way out with many, few and one timer, at its first and its last passage. */
static void test_late(void **state)
{
	static const uint8_t ranks[] = { 5, 3, 0 };
	struct explore_plan *plan = allocate(sizeof(*plan));
	struct search search;
	char *report;
	size_t i;

	(void)state;
	begin(&search, "late", 1);
	search.profile[EXPLORE_EXTENT_MODULE].sites[0].count = 7;
	for (i = 0; i < 2 * ARRAY_SIZE(ranks); i++) {
		assert_non_null(search_next(&search, plan));
		assert_int_equal(plan->nr_decisions, 1);
		assert_int_equal(plan->decisions[0].site, 0x80000010);
		assert_int_equal(plan->decisions[0].nth, i < ARRAY_SIZE(ranks) ? 1 : 7);
		assert_int_equal(plan->decisions[0].target, EXPLORE_ROLE_TIMER);
		assert_int_equal(plan->decisions[0].rank, ranks[i % ARRAY_SIZE(ranks)]);
	}
	report = search_report(&search);
	assert_string_equal(report, "late: 6 schedules; 1 places on the way out, 6 of 6 waits "
				    "tried\n");
	free(report);
	assert_null(search_next(&search, plan));
	search_end(&search);
	free(plan);
}

static void test_conflict_ends(void **state)
{
	struct explore_plan *plan = allocate(sizeof(*plan));
	struct search search;

	(void)state;
	begin(&search, "conflict", 1);
	search.profile[EXPLORE_EXTENT_MODULE].nr_pairs = 0;
	search.profile[EXPLORE_EXTENT_MODULE].nr_sites = 1;
	search.profile[EXPLORE_EXTENT_MODULE].sites[0].kind = EXPLORE_SOFTIRQ;
	assert_non_null(search_next(&search, plan));
	assert_int_equal(plan->decisions[0].target, EXPLORE_ROLE_KSOFTIRQD);
	assert_non_null(search_next(&search, plan));
	assert_null(search_next(&search, plan));
	search_end(&search);
	free(plan);
}

/* Of sites that are passed often, the passages of a window are put in order. */
static void test_surw_window(void **state)
{
	struct explore_plan *plan = allocate(sizeof(*plan));
	uint32_t least = UINT32_MAX, most = 0;
	struct search search;
	unsigned int i, k;

	(void)state;
	begin(&search, "surw", 5);
	search.profile[EXPLORE_EXTENT_MODULE].pairs[0] = (struct profile_pair){ 2, 3 };
	search.profile[EXPLORE_EXTENT_ALL].pairs[0] = (struct profile_pair){ 2, 3 };
	for (i = 0; i < 1000; i++) {
		assert_non_null(search_next(&search, plan));
		assert_in_range(plan->nr_decisions, 1, 48);
		for (k = 0; k < plan->nr_decisions; k++) {
			const struct explore_decision *d = &plan->decisions[k];

			if (d->site != 0x2000)
				continue;
			assert_in_range(d->nth, 1, 5000);
			least = d->nth < least ? d->nth : least;
			most = d->nth > most ? d->nth : most;
		}
	}
	assert_true(least < 500 && most > 4500);
	search_end(&search);
	free(plan);
}

/* What may be elsewhere than in @base: each decision is of a role that had one there. */
static bool as_before(const struct explore_plan *plan, const struct schedule *base)
{
	size_t i, same = 0;

	assert_in_range(plan->nr_decisions, 0, base->nr);
	for (i = 0; i < plan->nr_decisions; i++) {
		const struct explore_decision *d = &plan->decisions[i];

		assert_true(d->role == EXPLORE_ROLE_REMOVER || d->role == EXPLORE_ROLE_TRAFFIC);
		assert_true(d->nth >= 1);
		same += !memcmp(d, &base->decisions[i], sizeof(*d));
	}
	return same == base->nr;
}

/* Most schedules differ from the one that failed, none is far from it. */
static void test_around(void **state)
{
	struct explore_plan *plan = allocate(sizeof(*plan));
	struct schedule base = { .delay = 250000,
				 .first = { EXPLORE_ROLE_TRAFFIC },
				 .nr_first = 1 };
	struct explore_decision d[] = {
		decision(0x80000010, 1, EXPLORE_ROLE_REMOVER),
		decision(0x1000, 20, EXPLORE_ROLE_REMOVER),
		decision(0x80000020, 2, EXPLORE_ROLE_TRAFFIC),
	};
	unsigned int i, unchanged = 0, moved = 0, others = 0;
	struct search search;

	(void)state;
	begin(&search, "around", 1);
	assert_null(search_next(&search, plan));
	for (i = 0; i < ARRAY_SIZE(d); i++)
		schedule_add(&base, &d[i]);
	search.around = &base;
	search.nr_around = 1;
	for (i = 0; i < 1000; i++) {
		assert_non_null(search_next(&search, plan));
		unchanged += as_before(plan, &base);
		moved += plan->nr_decisions && plan->decisions[0].site == 0x1000;
		others += plan->nr_decisions && plan->decisions[0].target == EXPLORE_ROLE_KWORKER;
	}
	assert_true(unchanged < 200);
	assert_true(moved > 10 && others > 10);
	schedule_free(&base);
	search_end(&search);
	free(plan);
}

/* ---- profiles ---- */

#define CYCLE 5

static void put_site(struct explore_shm *shm, uint32_t at, uint32_t site, uint8_t role,
		     uint32_t count)
{
	shm->sites[at] =
		(struct explore_site){ .cycle = CYCLE,
				       .site = site,
				       .count = count,
				       .role = role,
				       .kind = EXPLORE_READ,
				       .flags = EXPLORE_SITE_CONFLICT | EXPLORE_SITE_SCOPE };
}

static struct explore_shm *profiled(void)
{
	struct explore_shm *shm = allocate(sizeof(*shm));
	const uint32_t remover = 1u << EXPLORE_ROLE_REMOVER, traffic = 1u << EXPLORE_ROLE_TRAFFIC;

	shm->result.cycle = CYCLE;
	shm->result.events = 99;
	shm->result.role_events[EXPLORE_ROLE_REMOVER] = 5;
	shm->result.role_events[EXPLORE_ROLE_TRAFFIC] = 6;
	put_site(shm, 10, 0xa, EXPLORE_ROLE_REMOVER, 3);
	put_site(shm, 20, 0xb, EXPLORE_ROLE_TRAFFIC, 7);
	put_site(shm, 30, 0xa, EXPLORE_ROLE_TRAFFIC, 1);
	/* Of another cycle, never passed, damaged. */
	put_site(shm, 40, 0xc, EXPLORE_ROLE_TRAFFIC, 1);
	shm->sites[40].cycle = CYCLE - 1;
	put_site(shm, 50, 0xd, EXPLORE_ROLE_TRAFFIC, 0);
	put_site(shm, 60, 0xe, 200, 1);

	shm->granules[1] = (struct explore_granule){
		.cycle = CYCLE, .writers = remover, .readers = traffic, .nr = 2, .sites = { 20, 10 }
	};
	shm->granules[2] = shm->granules[1];
	/* Of another cycle, only read, by one role alone. */
	shm->granules[3] = (struct explore_granule){ .cycle = CYCLE - 1,
						     .writers = remover,
						     .readers = traffic,
						     .nr = 2,
						     .sites = { 10, 30 } };
	shm->granules[4] = (struct explore_granule){
		.cycle = CYCLE, .readers = remover | traffic, .nr = 2, .sites = { 10, 30 }
	};
	shm->granules[5] = (struct explore_granule){
		.cycle = CYCLE, .writers = remover, .readers = remover, .nr = 2, .sites = { 10, 30 }
	};
	return shm;
}

static void test_profile(void **state)
{
	struct explore_shm *shm = profiled();
	struct profile profile = { 0 };
	uint8_t roles[EXPLORE_ROLES];

	(void)state;
	profile_merge(&profile, shm);
	assert_int_equal(profile.nr_sites, 3);
	assert_int_equal(profile.nr_pairs, 1);
	assert_int_equal(profile.sites[profile.pairs[0].a].site, 0xa);
	assert_int_equal(profile.sites[profile.pairs[0].a].role, EXPLORE_ROLE_REMOVER);
	assert_int_equal(profile.sites[profile.pairs[0].b].site, 0xb);
	assert_int_equal(profile.sites[1].count, 7);
	assert_int_equal(profile.sites[1].flags, EXPLORE_SITE_CONFLICT);
	assert_int_equal(profile.events, 99);
	assert_int_equal(profile_roles(&profile, roles), 2);
	assert_int_equal(roles[0], EXPLORE_ROLE_REMOVER);
	assert_int_equal(roles[1], EXPLORE_ROLE_TRAFFIC);
	profile_free(&profile);
	free(shm);
}

/* A later cycle adds what is new, and the most passages seen count. */
static void test_profile_grows(void **state)
{
	struct explore_shm *shm = profiled();
	struct profile profile = { 0 };

	(void)state;
	profile_merge(&profile, shm);
	shm->sites[10].count = 9;
	shm->sites[20].count = 1;
	shm->sites[20].flags = EXPLORE_SITE_EXTENT;
	/* However many a damaged table claims, there is room for six. */
	shm->granules[9] = (struct explore_granule){ .cycle = CYCLE,
						     .writers = 6,
						     .nr = 1u << 31,
						     .sites = { 10, 30, 40, 50, 60, UINT32_MAX } };
	profile_merge(&profile, shm);
	assert_int_equal(profile.nr_sites, 3);
	assert_int_equal(profile.sites[0].count, 9);
	assert_int_equal(profile.sites[1].count, 7);
	assert_int_equal(profile.sites[1].flags, EXPLORE_SITE_CONFLICT | EXPLORE_SITE_EXTENT);
	assert_int_equal(profile.nr_pairs, 2);
	assert_int_equal(profile.sites[profile.pairs[1].b].site, 0xa);
	assert_int_equal(profile.sites[profile.pairs[1].b].role, EXPLORE_ROLE_TRAFFIC);
	profile_free(&profile);
	free(shm);
}

/* ---- replays ---- */

static struct explore_shm *make_shm(uint32_t events)
{
	struct explore_shm *shm = allocate(sizeof(*shm) + 8 * sizeof(struct explore_event));
	uint32_t i;

	shm->nr_trace = 8;
	shm->result.events = events;
	shm->result.hash = 1;
	for (i = 0; i < events; i++)
		shm->trace[i % 8] = (struct explore_event){ .site = i };
	return shm;
}

static void test_replay_compares_events(void **state)
{
	struct explore_shm *shm = make_shm(20);
	struct replay *replay = replay_create(3);

	(void)state;
	replay_add(replay, shm);
	replay_add(replay, shm);
	assert_int_equal(replay->identical, 2);
	assert_int_equal(replay->nr_trace, 8);
	assert_int_equal(replay->trace[0].site, 12);
	shm->trace[17 % 8].role = 3;
	replay_add(replay, shm);
	assert_int_equal(replay->done, 3);
	assert_int_equal(replay->identical, 2);
	assert_true(replay->differs);
	assert_int_equal(replay->at, 5);
	assert_int_equal(replay->event.site, 17);
	assert_int_equal(replay->other_event.role, 3);
	replay_free(replay);
	free(shm);
}

/* Begun anew, the next replay is the first that the others are compared with. */
static void test_replay_begins_anew(void **state)
{
	struct explore_shm *shm = make_shm(5);
	struct replay *replay = replay_create(2);

	(void)state;
	replay_add(replay, shm);
	shm->result.hash = 2;
	replay_add(replay, shm);
	assert_true(replay->differs);
	/* All events are alike, and yet something differs. */
	assert_int_equal(replay->at, 5);
	replay_clear(replay, 4);
	assert_int_equal(replay->wanted, 4);
	assert_int_equal(replay->done, 0);
	assert_false(replay->differs);
	replay_add(replay, shm);
	replay_add(replay, shm);
	assert_int_equal(replay->identical, 2);
	replay_free(replay);
	free(shm);
}

/* What is carried out is the schedule and nothing else, and its log leads back to it. */
static void test_plan_from_schedule(void **state)
{
	struct explore_plan *plan = allocate(sizeof(*plan));
	struct schedule s = big_schedule(), back;

	(void)state;
	s.extent = EXPLORE_EXTENT_ALL;
	plan->generator = EXPLORE_GEN_UNIFORM;
	plan_from_schedule(plan, &s);
	assert_int_equal(plan->generator, EXPLORE_GEN_NONE);
	assert_int_equal(plan->extent, EXPLORE_EXTENT_ALL);
	assert_int_equal(plan->start_delay, 99);
	assert_int_equal(plan->nr_decisions, 1000);
	assert_int_equal(plan->order[0], 3);
	assert_int_equal(plan->order[1], 2);
	schedule_from_log(&back, plan, plan->decisions, plan->nr_decisions);
	assert_int_equal(back.nr, s.nr);
	assert_int_equal(back.delay, s.delay);
	assert_int_equal(back.extent, s.extent);
	/* 2 comes after it anyway. */
	assert_int_equal(back.nr_first, 1);
	assert_int_equal(back.first[0], 3);
	assert_memory_equal(back.decisions, s.decisions, s.nr * sizeof(*s.decisions));
	schedule_free(&back);
	schedule_free(&s);
	free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decision_words),
		cmocka_unit_test(test_decision_refused),
		cmocka_unit_test(test_roles),
		cmocka_unit_test(test_schedule_keeps_passages_in_order),
		cmocka_unit_test(test_schedule_from_order),
		cmocka_unit_test(test_repro_round_trip),
		cmocka_unit_test(test_repro_folded),
		cmocka_unit_test(test_repro_cut_short),
		cmocka_unit_test(test_repro_altered),
		cmocka_unit_test(test_minimise),
		cmocka_unit_test(test_strategies_are_seeded),
		cmocka_unit_test(test_search_without_profile),
		cmocka_unit_test(test_bounded_is_exhaustive),
		cmocka_unit_test(test_pct),
		cmocka_unit_test(test_surw_is_uniform),
		cmocka_unit_test(test_conflict_order),
		cmocka_unit_test(test_mix_takes_turns),
		cmocka_unit_test(test_conflict_stages),
		cmocka_unit_test(test_conflict_ends),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_surw_window),
		cmocka_unit_test(test_around),
		cmocka_unit_test(test_profile),
		cmocka_unit_test(test_profile_grows),
		cmocka_unit_test(test_replay_compares_events),
		cmocka_unit_test(test_replay_begins_anew),
		cmocka_unit_test(test_plan_from_schedule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
