// SPDX-License-Identifier: GPL-2.0
/*
 * Replaying a reproducer: its words are made places again once the first cycle
 * has shown where everything is, each boot carries it out once, and nothing
 * counts unless every decision was taken where it should be.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "explore/explore_internal.h"
#include "schedule/site.h"
#include "vm/debug.h"

/* No other run is to begin a replay either. */
static __printf(2, 3) void refuse(struct replay *replay, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	if (!*replay->refusal)
		vsnprintf(replay->refusal, sizeof(replay->refusal), fmt, args);
	va_end(args);
	replay->begun = replay->wanted;
}

static bool read_cycle(struct explore *e, const struct explore_view *view, struct symbols *syms,
		       const struct repro_cycle *cycle)
{
	struct schedule schedule = cycle->frame;
	struct explore_decision d;
	size_t i;

	schedule.decisions = NULL;
	schedule.nr = 0;
	for (i = 0; i < cycle->nr; i++) {
		if (!decision_from_text(syms, view->shm, &cycle->texts[i], &d)) {
			refuse(e->replay, "%s+0x%" PRIx64 "%s%s: no such place in this build",
			       cycle->texts[i].symbol, cycle->texts[i].offset,
			       *cycle->texts[i].module ? " in " : "", cycle->texts[i].module);
			return false;
		}
		schedule_add(&schedule, &d);
	}
	schedules_add(&e->workup.needed, &schedule);
	free(schedule.decisions);
	return true;
}

/* All cycles of the reproducer into @needed, of which the last is then the main one. */
static bool read_words(struct explore *e, const struct explore_view *view)
{
	struct symbols *syms;
	bool good = true;
	size_t i;

	if (e->workup.needed.nr)
		return true;
	syms = explore_symbols(e, view);
	for (i = 0; i < e->config.repro->nr_cycles && good; i++)
		good = read_cycle(e, view, syms, &e->config.repro->cycles[i]);
	return good;
}

static enum course replay_next(struct explore *e, const struct explore_view *view)
{
	const struct schedules *all = &e->workup.needed;
	size_t i = e->turn.position++;

	if (!read_words(e, view))
		return COURSE_GIVE_UP;
	if (i >= all->nr)
		return COURSE_DONE;
	plan_from_schedule(e->turn.plan, &all->list[i]);
	if (i + 1 == all->nr) {
		e->turn.plan->flags |= EXPLORE_F_TRACE;
		e->turn.plan->stop_event = e->replay->stop_event;
	}
	return COURSE_ON;
}

static bool main_cycle(const struct explore *e)
{
	return e->config.repro->cold ? e->turn.cycles == 1 :
				       e->turn.position == e->config.repro->nr_cycles;
}

/* How often a decision's role passed its site in the last cycle. */
static uint32_t passages(const struct explore_shm *shm, const struct explore_decision *d)
{
	size_t i;

	for (i = 0; i < EXPLORE_SITES; i++) {
		const struct explore_site *s = &shm->sites[i];

		if (s->cycle == shm->result.cycle && s->site == d->site && s->role == d->role)
			return s->count;
	}
	return 0;
}

/* The first decision that was not taken, or NULL. */
static const struct explore_decision *not_taken(const struct explore_shm *shm)
{
	uint32_t i;

	for (i = 0; i < shm->plan.nr_decisions; i++) {
		if (!shm->plan.decisions[i].event)
			return &shm->plan.decisions[i];
	}
	return NULL;
}

static bool all_taken(struct explore *e, const struct explore_view *view)
{
	const struct explore_shm *shm = view->shm;
	const struct explore_decision *d = not_taken(shm);
	struct decision_text text;
	char *word;

	if (!d)
		return true;
	if (!decision_to_text(explore_symbols(e, view), shm, d, &text))
		memset(&text, 0, sizeof(text));
	word = decision_format(&text);
	refuse(e->replay, "%s can no longer be taken: %s passed there %u times", word,
	       role_name(d->role), passages(shm, d));
	free(word);
	return false;
}

static char *event_text(struct symbols *syms, const struct explore_shm *shm,
			const struct explore_event *event)
{
	struct symbol_place chain[SYMBOLS_MAX_CHAIN];
	uint64_t address = site_address(shm, event->site);
	size_t n = symbols_lookup(syms, address, true, chain, SYMBOLS_MAX_CHAIN);

	if (!n)
		return format("%s at 0x%" PRIx64, role_name(event->role), address);
	return format("%s in %s+0x%" PRIx64 "%s%s%s (%s:%u), address 0x%" PRIx64,
		      role_name(event->role), chain[n - 1].symbol, chain[n - 1].offset,
		      *chain[n - 1].module ? " [" : "", chain[n - 1].module,
		      *chain[n - 1].module ? "]" : "", chain[0].file, chain[0].line,
		      (uint64_t)event->addr);
}

/* Names the first event that differs while the symbols are at hand. */
static void name_difference(struct explore *e, const struct explore_view *view)
{
	struct replay *replay = e->replay;
	struct symbols *syms;
	char *one, *other;

	if (!replay->differs || replay->text)
		return;
	syms = explore_symbols(e, view);
	one = event_text(syms, view->shm, &replay->event);
	other = event_text(syms, view->shm, &replay->other_event);
	replay->text = format("%s against %s", one, other);
	free(one);
	free(other);
}

/* One more replay is over; what the first one says is kept. */
static enum course add(struct explore *e, const struct explore_view *view, const char *title)
{
	struct replay *replay = e->replay;

	if (!all_taken(e, view))
		return COURSE_GIVE_UP;
	if (!replay->done)
		snprintf(replay->title, sizeof(replay->title), "%s", title);
	replay_add(replay, view->shm);
	name_difference(e, view);
	if (replay->observer)
		replay->observer(replay);
	if (replay->done == 1) {
		explore_draw(e, view, title);
		debug_write_script(e->run, e->config.kernel, view->said, replay->script);
	}
	return replay->begun >= replay->wanted ? COURSE_DONE : COURSE_FRESH;
}

static enum course replay_passed(struct explore *e, const struct explore_view *view)
{
	return main_cycle(e) ? add(e, view, "") : COURSE_ON;
}

static enum course replay_failed(struct explore *e, const struct explore_view *view,
				 const struct failure *failure)
{
	if (main_cycle(e))
		return add(e, view, failure->title);
	refuse(e->replay, "cycle %zu of %zu before the one that should fail failed: %s",
	       e->turn.position, e->config.repro->nr_cycles, failure->title);
	return COURSE_GIVE_UP;
}

const struct stage replay_stage = {
	.next = replay_next,
	.passed = replay_passed,
	.failed = replay_failed,
};
