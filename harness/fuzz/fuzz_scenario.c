// SPDX-License-Identifier: GPL-2.0
/*
 * Scenario files are written by people. Each is either refused, with a line that
 * names the file, or within the limits of struct scenario.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "plan/signature.h"
#include "scenario.h"

static void check_twin(const struct scenario *s, const struct variant *v)
{
	const struct variant *twin;
	int mode;

	if (*v->twin && (v->expect == EXPECT_FAIL || !scenario_variant(s, v->twin)))
		abort();
	for (mode = 0; mode < NR_MODES; mode++) {
		twin = scenario_twin(s, v, mode);
		if (twin && (twin->expect == EXPECT_PASS || !(twin->modes & (1u << mode))))
			abort();
	}
}

static void check_accepted(const struct scenario *s)
{
	unsigned int i;

	if (!*s->module || !s->nr_variants || s->nr_variants > SCENARIO_MAX_VARIANTS ||
	    !s->nr_traffic || s->nr_traffic > SCENARIO_MAX_TRAFFIC ||
	    s->nr_helpers > SCENARIO_MAX_HELPERS)
		abort();
	for (i = 0; i < s->nr_traffic; i++) {
		if (!s->traffic[i].kind || !s->traffic[i].workers)
			abort();
	}
	for (i = 0; i < s->nr_variants; i++) {
		if (scenario_variant(s, s->variants[i].name) != &s->variants[i])
			abort();
		check_twin(s, &s->variants[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct scenario s;
	char error[SCENARIO_ERROR_LEN];
	FILE *file;

	if (!size)
		return 0;
	file = fmemopen((void *)data, size, "r");
	if (!file)
		abort();
	if (!scenario_parse(file, "fuzz.ini", &s, error) && !signatures_check(&s, error))
		check_accepted(&s);
	else if (strncmp(error, "fuzz.ini:", 9))
		abort();
	fclose(file);
	return 0;
}
