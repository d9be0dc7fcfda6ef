// SPDX-License-Identifier: GPL-2.0
/*
 * Leaves out ever smaller runs of parts for as long as the schedule fails
 * without them. Parts name their place by content, so leaving one out leaves the
 * meaning of the others alone, and nothing has to be put back in.
 *
 * Rounds halve the chunk; at a chunk of one they go on until a whole round has
 * found nothing more, which is what 1-minimal means. Then what is left is made
 * simpler, and if that succeeds, rounds of single parts begin again.
 */
#include <string.h>

#include "base/util.h"
#include "schedule/minimise.h"

/* Copies those of @n elements of @size bytes whose numbers from @base lie outside the gap. */
static size_t copy_outside(void *to, const void *from, size_t n, size_t size, size_t base,
			   const struct minimiser *m)
{
	size_t i, kept = 0;

	for (i = 0; i < n; i++) {
		if (base + i >= m->from && base + i < m->end)
			continue;
		memcpy((char *)to + kept++ * size, (const char *)from + i * size, size);
	}
	return kept;
}

/* @trial is @best without the parts from @from to @end. */
static void make_trial(struct minimiser *m)
{
	const struct schedule *best = &m->best;
	struct schedule *trial = &m->trial;

	schedule_free(trial);
	schedule_copy(trial, best);
	trial->nr = copy_outside(trial->decisions, best->decisions, best->nr,
				 sizeof(*best->decisions), 0, m);
	trial->nr_first = copy_outside(trial->first, best->first, best->nr_first, 1, best->nr, m);
	if (best->delay && m->end == schedule_size(best))
		trial->delay = 0;
}

static bool is_simple(const struct explore_decision *d)
{
	return (d->target == d->role && d->rank == SCHEDULE_LAST_RANK) ||
	       d->target == EXPLORE_ROLE_TIMER || d->target == EXPLORE_ROLE_KSOFTIRQD;
}

/* @trial is @best with the next decision simplified that is not simple yet. */
static bool make_simpler(struct minimiser *m)
{
	struct explore_decision *d;

	while (m->simpler < m->best.nr && is_simple(&m->best.decisions[m->simpler]))
		m->simpler++;
	if (m->simpler >= m->best.nr)
		return false;
	schedule_free(&m->trial);
	schedule_copy(&m->trial, &m->best);
	d = &m->trial.decisions[m->simpler++];
	d->target = d->role;
	d->rank = SCHEDULE_LAST_RANK;
	return true;
}

/**
 * minimise_begin() - start with a schedule that fails
 * @m: filled in; to be given to minimise_end()
 * @failing: the schedule; copied
 */
void minimise_begin(struct minimiser *m, const struct schedule *failing)
{
	memset(m, 0, sizeof(*m));
	schedule_copy(&m->best, failing);
	m->chunk = m->end = schedule_size(failing);
}

/* The next round, with smaller chunks or once more with single parts. */
static bool next_round(struct minimiser *m)
{
	size_t size = schedule_size(&m->best);

	if (!size || (m->chunk == 1 && !m->dropped))
		return false;
	m->chunk = (m->chunk + 1) / 2;
	if (m->chunk > size)
		m->chunk = size;
	m->end = size;
	m->dropped = false;
	m->simpler = 0;
	return true;
}

/**
 * minimise_next() - what to ask next
 * @m: the minimisation; the last question has been answered
 *
 * Return: a schedule to try, valid until the answer, or NULL when @m->best is
 * 1-minimal.
 */
const struct schedule *minimise_next(struct minimiser *m)
{
	m->simplifying = !m->end && !next_round(m);
	if (!m->simplifying) {
		m->from = m->end > m->chunk ? m->end - m->chunk : 0;
		make_trial(m);
	} else if (!make_simpler(m)) {
		return NULL;
	}
	m->tests++;
	return &m->trial;
}

/**
 * minimise_answer() - say what came of the schedule last asked about
 * @m: the minimisation
 * @fails: it fails, in the way that is being minimised
 */
void minimise_answer(struct minimiser *m, bool fails)
{
	struct schedule swap;

	if (fails) {
		swap = m->best;
		m->best = m->trial;
		m->trial = swap;
		m->dropped = true;
	}
	if (!m->simplifying)
		m->end = m->from;
}

/**
 * minimise_end() - free what a minimisation holds
 * @m: the minimisation
 */
void minimise_end(struct minimiser *m)
{
	schedule_free(&m->best);
	schedule_free(&m->trial);
}
