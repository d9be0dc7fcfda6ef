// SPDX-License-Identifier: GPL-2.0
/*
 * The verdict channel carries whatever a dying guest writes. Read in pieces, as
 * from a pipe; and what decodes must encode to what decodes to the same.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "run/boot.h"

static void check_round_trip(const struct wire_record *r)
{
	char line[WIRE_LINE_MAX];
	struct wire_record back;

	wire_encode(r, line);
	if (wire_decode(line, &back) || memcmp(r, &back, sizeof(back)))
		abort();
}

static void decode_lines(const char *data, size_t size)
{
	char line[WIRE_LINE_MAX + 1];
	struct wire_record r;
	const char *end;
	size_t len;

	for (; size; data += len, size -= len) {
		end = memchr(data, '\n', size);
		len = end ? (size_t)(end - data) + 1 : size;
		if (len > WIRE_LINE_MAX)
			continue;
		memcpy(line, data, len);
		line[len] = '\0';
		if (!wire_decode(line, &r))
			check_round_trip(&r);
	}
}

static void read_channel(const uint8_t *data, size_t size)
{
	struct boot *boot = calloc(1, sizeof(*boot));
	struct run *run = calloc(1, sizeof(*run));

	boot->run = run;
	boot->guest.channel = memfd_create("channel", MFD_CLOEXEC);
	boot->channel_log = memfd_create("log", MFD_CLOEXEC);
	if (!boot || !run || write(boot->guest.channel, data, size) != (ssize_t)size)
		abort();
	lseek(boot->guest.channel, 0, SEEK_SET);
	boot_read_channel(boot);
	if (!boot->channel_eof || boot->said.totals.nr_traffic > SCENARIO_MAX_TRAFFIC)
		abort();
	close(boot->guest.channel);
	close(boot->channel_log);
	free(run);
	free(boot);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	decode_lines((const char *)data, size);
	read_channel(data, size);
	return 0;
}
