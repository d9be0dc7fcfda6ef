// SPDX-License-Identifier: GPL-2.0
/*
 * The timeline for a terminal: remover on the left, everybody else on the right.
 *
 *	 event  module    remover                     traffic
 *	  1023  live 1                                hook             nf_hook.c:41
 *	    ==>                                       before a read: gives way
 *	  1024  going 0   nf_hook_exit  nf_hook.c:88
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "schedule/schedule.h"
#include "story/timeline.h"

#define COLUMN 46

static const char *const arrows[] = {
	[STEP_PLAIN] = "   ", [STEP_SWITCH] = "-->",  [STEP_DECISIVE] = "==>",
	[STEP_FREE] = " x ",  [STEP_FAILURE] = "!!!",
};

static bool is_left(const struct step *step)
{
	return step->role == EXPLORE_ROLE_REMOVER;
}

static void put_line(FILE *out, const struct step *step, const char *margin, const char *text)
{
	if (is_left(step))
		fprintf(out, "%s %s\n", margin, text);
	else
		fprintf(out, "%s %-*s| %s\n", margin, COLUMN, "", text);
}

static void put_step(FILE *out, const struct step *step)
{
	char *margin = format("%9" PRIu64 " %s %8s %2d ", step->event, arrows[step->mark],
			      module_state_name(step->state), step->refs);
	const char *gap = *step->place ? "  " : "";
	char *text = is_left(step) ? format("%s%s%s", step->function, gap, step->place) :
				     format("%s: %s%s%s", role_name(step->role), step->function,
					    gap, step->place);

	put_line(out, step, margin, text);
	free(text);
	if (*step->what) {
		snprintf(margin, strlen(margin) + 1, "%*s", (int)strlen(margin), "");
		text = format("    %s", step->what);
		put_line(out, step, margin, text);
		free(text);
	}
	free(margin);
}

/**
 * timeline_write_text() - write a timeline as text
 * @out: where to
 * @timeline: the timeline
 * @input: what it was made of
 * @whole: the approach to the first switch, too
 */
void timeline_write_text(FILE *out, const struct timeline *timeline,
			 const struct timeline_input *input, bool whole)
{
	size_t i = whole ? 0 : timeline->begin;

	if (*input->title)
		fprintf(out, "%s\n", input->title);
	fprintf(out, "%s\n\n", timeline->decisive);
	fprintf(out, "    event      module      remover%*s| everybody else\n", COLUMN - 7, "");
	if (i)
		fprintf(out, "          ... %zu steps before, in timeline.txt\n", i);
	for (; i < timeline->nr; i++)
		put_step(out, &timeline->steps[i]);
}
