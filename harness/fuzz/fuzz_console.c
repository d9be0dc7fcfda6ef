// SPDX-License-Identifier: GPL-2.0
/*
 * The console carries what a kernel with broken memory prints: anything. What is
 * made of it must be printable and point into the text.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode/console.h"
#include "fuzz.h"

static void check_report(FILE *file, const struct console_report *r, size_t size)
{
	if (r->offset > size || strlen(r->title) >= sizeof(r->title) || !*r->title)
		abort();
	console_report_print(file, r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct console_report *reports;
	FILE *file = fopen("/dev/null", "w");
	size_t i, nr;

	if (!file || console_decode((const char *)data, size, NULL, &reports, &nr))
		abort();
	for (i = 0; i < nr; i++)
		check_report(file, &reports[i], size);
	console_reports_free(reports, nr);
	fclose(file);
	return 0;
}
