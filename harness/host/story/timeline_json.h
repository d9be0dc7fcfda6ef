/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The timeline for programs, and for the templates that draw it.
 */
#ifndef MODRACE_TIMELINE_JSON_H
#define MODRACE_TIMELINE_JSON_H

#include <jansson.h>

#include "story/timeline.h"

json_t *timeline_json(const struct timeline *timeline, const struct timeline_input *input,
		      const char *reproducer);

#endif /* MODRACE_TIMELINE_JSON_H */
