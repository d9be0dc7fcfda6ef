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

#include "debug.h"
#include "diagnosis.h"
#include "explore_internal.h"
#include "progress.h"
#include "site.h"
#include "util.h"

__attribute__((format(printf, 3, 4))) static void refuse(struct explore *e, struct boot *boot,
							 const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	if (!*e->replay->refusal)
		vsnprintf(e->replay->refusal, sizeof(e->replay->refusal), fmt, args);
	va_end(args);
	e->replay->begun = e->replay->wanted;
	boot_end(boot, ENDED_ENOUGH);
	explore_finish(e);
}

static bool read_cycle(struct explore *e, struct boot *boot, struct symbols *syms,
		       const struct repro_cycle *cycle)
{
	struct schedule schedule = cycle->frame;
	struct explore_decision d;
	size_t i;

	schedule.decisions = NULL;
	schedule.nr = 0;
	for (i = 0; i < cycle->nr; i++) {
		if (!decision_from_text(syms, boot->link.shm, &cycle->texts[i], &d)) {
			refuse(e, boot, "%s+0x%" PRIx64 "%s%s: no such place in this build",
			       cycle->texts[i].symbol, cycle->texts[i].offset,
			       *cycle->texts[i].module ? " in " : "", cycle->texts[i].module);
			return false;
		}
		schedule_add(&schedule, &d);
	}
	schedules_add(&e->before, &schedule);
	free(schedule.decisions);
	return true;
}

/* All cycles of the reproducer into @before, of which the last is then the main one. */
static bool read_words(struct explore *e, struct boot *boot)
{
	struct symbols *syms;
	bool good = true;
	size_t i;

	if (e->before.nr)
		return true;
	syms = boot_symbols(boot);
	for (i = 0; i < e->repro->nr_cycles && good; i++)
		good = read_cycle(e, boot, syms, &e->repro->cycles[i]);
	return good;
}

static bool replay_next(struct explore *e, struct boot *boot)
{
	size_t i = e->trial.position++;

	if (!read_words(e, boot) || i >= e->before.nr)
		return false;
	plan_from_schedule(e->plan, &e->before.list[i]);
	if (i + 1 == e->before.nr) {
		e->plan->flags |= EXPLORE_F_TRACE;
		e->plan->stop_event = e->replay->stop_event;
	}
	return true;
}

static bool main_cycle(const struct explore *e)
{
	return e->repro->cold ? e->cycles == 1 : e->trial.position == e->repro->nr_cycles;
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

static bool all_taken(struct explore *e, struct boot *boot)
{
	const struct explore_shm *shm = boot->link.shm;
	const struct explore_decision *d = not_taken(shm);
	struct decision_text text;
	char *word;

	if (!d)
		return true;
	if (!decision_to_text(boot_symbols(boot), shm, d, &text))
		memset(&text, 0, sizeof(text));
	word = decision_format(&text);
	refuse(e, boot, "%s can no longer be taken: %s passed there %u times", word,
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
static void name_difference(struct replay *replay, struct boot *boot)
{
	struct symbols *syms;
	char *one, *other;

	if (!replay->differs || replay->text)
		return;
	syms = boot_symbols(boot);
	one = event_text(syms, boot->link.shm, &replay->event);
	other = event_text(syms, boot->link.shm, &replay->other_event);
	replay->text = format("%s against %s", one, other);
	free(one);
	free(other);
}

static void add(struct explore *e, struct boot *boot, const char *title)
{
	struct replay *replay = e->replay;

	if (!all_taken(e, boot))
		return;
	if (!replay->done)
		snprintf(replay->title, sizeof(replay->title), "%s", title);
	replay_add(replay, boot->link.shm);
	name_difference(replay, boot);
	progress_count("replay", replay->done, replay->wanted);
	if (replay->done == 1) {
		explore_draw(e, boot, title);
		debug_write_script(boot, replay->script);
	}
	if (replay->begun >= replay->wanted)
		explore_finish(e);
}

static void replay_passed(struct explore *e, struct boot *boot)
{
	if (!main_cycle(e))
		return;
	boot_end(boot, ENDED_ENOUGH);
	add(e, boot, "");
}

static void replay_failed(struct explore *e, struct boot *boot, const struct failure *failure)
{
	if (main_cycle(e))
		add(e, boot, failure->title);
	else
		refuse(e, boot, "cycle %zu of %zu before the one that should fail failed: %s",
		       e->trial.position, e->repro->nr_cycles, failure->title);
}

const struct stage replay_stage = {
	.next = replay_next,
	.passed = replay_passed,
	.failed = replay_failed,
};
