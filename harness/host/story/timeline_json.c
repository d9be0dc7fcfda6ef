// SPDX-License-Identifier: GPL-2.0
/*
 * The timeline as JSON: all steps, in the order of events. What is drawn of them, and
 * how, is the business of harness/report.
 *
 *	{"title": ..., "decisive": ..., "reproducer": ..., "begin": 7,
 *	 "roles": ["remover", "traffic0"],
 *	 "steps": [{"event": 107, "role": "traffic0", "mark": "decisive", "time": 7000,
 *		    "state": "live", "refs": 1, "function": "hook", "in_module": true,
 *		    "place": "demo.c:43", "what": "before a read: gives way"}]}
 */
#include "schedule/schedule.h"
#include "story/timeline_json.h"

static const char *const mark_names[] = {
	[STEP_PLAIN] = "plain", [STEP_SWITCH] = "switch",   [STEP_DECISIVE] = "decisive",
	[STEP_FREE] = "free",   [STEP_FAILURE] = "failure",
};

static json_t *step_json(const struct step *step)
{
	return json_pack("{sI ss ss sI ss si ss sb ss ss}", "event", (json_int_t)step->event,
			 "role", role_name(step->role), "mark", mark_names[step->mark], "time",
			 (json_int_t)step->time, "state", module_state_name(step->state), "refs",
			 (int)step->refs, "function", step->function, "in_module", step->in_module,
			 "place", step->place, "what", step->what);
}

static json_t *steps_json(const struct timeline *timeline)
{
	json_t *steps = json_array();
	size_t i;

	for (i = 0; i < timeline->nr; i++)
		json_array_append_new(steps, step_json(&timeline->steps[i]));
	return steps;
}

static json_t *roles_json(const struct timeline *timeline)
{
	json_t *roles = json_array();
	unsigned int role;

	for (role = 0; role < EXPLORE_ROLES; role++) {
		if (timeline->roles & 1u << role)
			json_array_append_new(roles, json_string(role_name(role)));
	}
	return roles;
}

/**
 * timeline_json() - a timeline as JSON
 * @timeline: the timeline
 * @input: what it was made of
 * @reproducer: line for `make repro`, or NULL
 *
 * Return: a new object.
 */
json_t *timeline_json(const struct timeline *timeline, const struct timeline_input *input,
		      const char *reproducer)
{
	return json_pack("{ss ss ss? sI so so}", "title", input->title, "decisive",
			 timeline->decisive, "reproducer", reproducer, "begin",
			 (json_int_t)timeline->begin, "roles", roles_json(timeline), "steps",
			 steps_json(timeline));
}
