// SPDX-License-Identifier: GPL-2.0
/*
 * Reproducer lines are pasted from mails and cut by terminals. Each is refused with a
 * reason, or is written again as it was read. No input has the right checksum at its
 * end by luck, so each is also read with that put behind it.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/util.h"
#include "fuzz.h"
#include "schedule/repro.h"

/* One blank between words, none at the ends: what the checksum is taken of. */
static size_t squeeze(const uint8_t *data, size_t size, char *text)
{
	size_t i, len = 0;

	for (i = 0; i < size && data[i]; i++) {
		if (!isspace(data[i]))
			text[len++] = data[i];
		else if (len && text[len - 1] != ' ')
			text[len++] = ' ';
	}
	while (len && text[len - 1] == ' ')
		len--;
	text[len] = '\0';
	return len;
}

static void check_accepted(const struct repro *repro)
{
	char error[REPRO_ERROR_LEN], *line = repro_format(repro), *again;
	struct repro back;

	if (repro_parse(line, &back, error))
		abort();
	again = repro_format(&back);
	if (strcmp(line, again))
		abort();
	repro_free(&back);
	free(again);
	free(line);
}

static void read_line(const char *line)
{
	char error[REPRO_ERROR_LEN] = "";
	struct repro repro;

	if (!repro_parse(line, &repro, error))
		check_accepted(&repro);
	else if (!*error)
		abort();
	repro_free(&repro);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = allocate(size + 1), *line;
	size_t len = squeeze(data, size, text);

	read_line(text);
	line = format("%s end=%08lx", text, crc32(0, (const Bytef *)text, len));
	read_line(line);
	free(line);
	free(text);
	return 0;
}
