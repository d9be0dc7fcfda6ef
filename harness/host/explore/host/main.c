// SPDX-License-Identifier: GPL-2.0
/* Try strategies on a module: search, replay, minimise, count. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "explore.h"

#define PROFILE_CYCLES	6
#define BOOT_CYCLES	1000

static struct guest_config config = {
	.kernel = "linux",
	.initrd = "x.cpio",
	.dir = "/tmp",
	.cpu_limit = 300,
};

static struct search search;
static struct guest guest;
static bool running, verbose;
static struct symbols *symbols;
static struct explore_module modules[EXPLORE_MODULES];
static char wanted[256];

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void stop(void)
{
	if (running)
		guest_stop(&guest);
	running = false;
}

/* The first cycle of a boot is unlike the others: run one for nothing. */
static bool boot(void)
{
	static struct explore_plan plan;

	stop();
	if (guest_start(&guest, &config)) {
		fprintf(stderr, "guest does not start, see %s\n",
			guest.console_path);
		return false;
	}
	running = true;
	plan_init(&plan);
	if (guest_run(&guest, &plan) != OUTCOME_PASS) {
		fprintf(stderr, "first cycle fails, see %s\n",
			guest.console_path);
		return false;
	}
	memcpy(modules, guest.shm->modules, sizeof(modules));
	symbols_set_text(symbols, guest.shm->text);
	return true;
}

static enum outcome run(const struct explore_plan *plan)
{
	enum outcome outcome;

	if ((!running || guest.cycles >= BOOT_CYCLES) && !boot())
		exit(2);
	outcome = guest_run(&guest, plan);
	if (outcome == OUTCOME_PASS)
		return outcome;
	running = false;
	return outcome;
}

static void profile(void)
{
	static struct explore_plan plan;
	uint8_t first;

	for (unsigned int i = 0; i < PROFILE_CYCLES; i++) {
		plan_init(&plan);
		first = i & 1 ? EXPLORE_ROLE_REMOVER : EXPLORE_ROLE_TRAFFIC;
		plan_set_order(&plan, &first, 1);
		plan.scope = EXPLORE_SCOPE_MODULE;
		plan.flags = EXPLORE_F_PROFILE;
		if (i >= 2) {
			plan.generator = EXPLORE_GEN_UNIFORM;
			plan.chance = 2 * i;
			plan.seed = rng_next(&search.rng);
		}
		if (run(&plan) != OUTCOME_PASS) {
			guest_stop(&guest);
			continue;
		}
		profile_merge(&search.profile, guest.shm);
		profile_note_steps(&search.profile, &plan, &guest.shm->result);
	}
}

static int by_count(const void *a, const void *b)
{
	const struct profile_site *x = a, *y = b;

	return x->count < y->count ? 1 : -(x->count > y->count);
}

static void print_profile(void)
{
	const struct explore_result *r = &guest.shm->result;
	struct profile_site *s = search.profile.sites;
	unsigned int conflict = 0, extent = 0;
	char name[256];

	for (unsigned int i = 0; i < EXPLORE_ROLES; i++)
		if (r->role_events[i])
			printf("  %s: %u events, %u steps\n", role_name(i),
			       r->role_events[i], r->role_steps[i]);
	for (size_t i = 0; i < search.profile.nr; i++) {
		conflict += s[i].flags & EXPLORE_SITE_CONFLICT;
		extent += !!(s[i].flags & EXPLORE_SITE_EXTENT);
	}
	printf("  %zu sites, %u conflict, %u in module extent, switches %u, forced %u, overlap %u\n",
	       search.profile.nr, conflict, extent, r->switches, r->forced, r->overlap);
	qsort(s, search.profile.nr, sizeof(*s), by_count);
	for (size_t i = 0; i < 25 && i < search.profile.nr; i++) {
		site_name(symbols, modules, s[i].site, name, sizeof(name));
		printf("  %8u %s %s kind %u flags %u\n", s[i].count, role_name(s[i].role), name, s[i].kind, s[i].flags);
	}
}

static void print_plan(const struct explore_plan *plan)
{
	printf("order");
	for (unsigned int i = 0; i < EXPLORE_ROLES; i++)
		if (search.profile.roles & 1u << plan->order[i])
			printf(" %s", role_name(plan->order[i]));
	if (plan->start_delay)
		printf(", start %llu ns", (unsigned long long)plan->start_delay);
	printf("\n");
	for (uint32_t i = 0; i < plan->nr_decisions; i++) {
		printf("  ");
		decision_print(stdout, symbols, modules, &plan->decisions[i]);
		printf("\n");
	}
}

/* Run a plan as the second cycle of a new boot. */
static enum outcome replay(const struct explore_plan *plan,
			   struct explore_result *result, char *signature)
{
	enum outcome outcome;

	stop();
	outcome = run(plan);
	*result = guest.shm->result;
	guest_signature(&guest, signature, 256);
	if (outcome != OUTCOME_PASS)
		guest_stop(&guest);
	return outcome;
}

static bool fails(void *data, const struct explore_plan *plan)
{
	char signature[256];
	bool same;

	(*(unsigned int *)data)++;
	if (run(plan) == OUTCOME_PASS)
		return false;
	guest_signature(&guest, signature, sizeof(signature));
	same = !strcmp(signature, wanted);
	guest_stop(&guest);
	return same;
}

static void shrink(struct explore_plan *plan, int repeat)
{
	struct explore_result first = {}, result;
	uint32_t before = plan->nr_decisions;
	unsigned int tests = 0;
	char signature[256];
	int same = 0;

	if (replay(plan, &result, signature) == OUTCOME_PASS ||
	    strcmp(signature, wanted))
		printf("  NOT confirmed from a fresh boot (%u of %u taken)\n",
		       result.taken, plan->nr_decisions);
	stop();
	minimise(plan, fails, &tests);
	stop();
	for (int i = 0; i < repeat; i++) {
		if (replay(plan, &result, signature) == OUTCOME_PASS ||
		    strcmp(signature, wanted))
			continue;
		if (!first.events)
			first = result;
		same += first.events == result.events &&
			first.hash == result.hash &&
			first.hash_addr == result.hash_addr;
	}
	printf("  decisions %u -> %u in %u tests, replay %d/%d, %llu events, hash %016llx, taken %u\n",
	       before, plan->nr_decisions, tests, same, repeat,
	       (unsigned long long)first.events,
	       (unsigned long long)first.hash, first.taken);
	print_plan(plan);
	fflush(stdout);
}

static bool search_once(const char *name, uint64_t seed, unsigned int max,
			double limit, int repeat)
{
	static struct explore_plan plan, found;
	double start = guest_cpu_seconds(), wall = now(), cpu;
	const struct strategy *s;
	enum outcome outcome = OUTCOME_PASS;
	unsigned int n;

	profile_free(&search.profile);
	memset(&search, 0, sizeof(search));
	rng_init(&search.rng, seed);
	stop();
	profile();
	if (verbose)
		print_profile();
	for (n = 0; n < max; n++) {
		s = name ? strategy_find(name) : strategy_mix(n);
		if (!s->next(&search, &plan))
			break;
		outcome = run(&plan);
		if (outcome != OUTCOME_PASS)
			break;
		profile_note_steps(&search.profile, &plan, &guest.shm->result);
		if (!(n % 32) && limit && now() - wall > limit)
			break;
	}
	if (outcome == OUTCOME_PASS) {
		stop();
		cpu = guest_cpu_seconds() - start;
		printf("seed %llu: nothing in %u schedules, %.2f cpu s, %.2f s, k %u, %llu events, bound %u\n",
		       (unsigned long long)seed, n, cpu, now() - wall,
		       search.profile.steps[EXPLORE_SCOPE_MODULE],
		       (unsigned long long)search.profile.events, search.bound);
		fflush(stdout);
		return false;
	}
	guest_signature(&guest, wanted, sizeof(wanted));
	plan_from_log(&found, &plan, guest.shm);
	guest_stop(&guest);
	cpu = guest_cpu_seconds() - start;
	printf("seed %llu: outcome %d by %s after %u schedules, %.2f cpu s, %.2f s, k %u: %s\n",
	       (unsigned long long)seed, outcome, s->name, n + 1, cpu,
	       now() - wall, search.profile.steps[EXPLORE_SCOPE_MODULE], wanted);
	fflush(stdout);
	if (repeat)
		shrink(&found, repeat);
	return true;
}

int main(int argc, char **argv)
{
	static char *args[32];
	const char *strategy = NULL;
	unsigned int max = 100000, seeds = 1, found = 0, n = 0;
	uint64_t seed = 1;
	double limit = 0;
	int opt, repeat = 0;

	while ((opt = getopt(argc, argv, "s:n:r:S:N:t:k:vT:")) != -1) {
		switch (opt) {
		case 's': strategy = optarg; break;
		case 'n': max = atoi(optarg); break;
		case 'r': repeat = atoi(optarg); break;
		case 'S': seed = atoll(optarg); break;
		case 'N': seeds = atoi(optarg); break;
		case 't': limit = atof(optarg); break;
		case 'k': config.kernel = optarg; break;
		case 'T': config.nr_trace = atoi(optarg); break;
		case 'v': verbose = true; break;
		}
	}
	for (; optind < argc; optind++)
		args[n++] = argv[optind];
	config.args = args;
	symbols = symbols_load(config.kernel, "mod");
	for (unsigned int i = 0; i < seeds; i++)
		found += search_once(strategy, seed + i, max, limit, repeat);
	stop();
	printf("found by %u of %u seeds\n", found, seeds);
	return 0;
}
