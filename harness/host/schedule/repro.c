// SPDX-License-Identifier: GPL-2.0
/*
 * Writing and reading the line; see repro.h. Nothing here looks at kernels or
 * modules, which is the business of whoever carries a reproducer out.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/util.h"
#include "schedule/repro.h"

#define MAGIC "modrace-1"

static uint32_t checksum(const char *text, size_t len)
{
	return crc32(0, (const unsigned char *)text, len);
}

static void put_first(FILE *out, const struct schedule *frame)
{
	unsigned int i;

	for (i = 0; i < frame->nr_first; i++)
		fprintf(out, "%s%s", i ? "," : " first=", role_name(frame->first[i]));
}

static void put_cycle(FILE *out, const struct repro_cycle *cycle)
{
	size_t i;

	if (cycle->frame.extent == EXPLORE_EXTENT_ALL)
		fprintf(out, " extent=all");
	put_first(out, &cycle->frame);
	if (cycle->frame.delay)
		fprintf(out, " delay=%" PRIu64 "ns", cycle->frame.delay);
	for (i = 0; i < cycle->nr; i++) {
		char *word = decision_format(&cycle->texts[i]);

		fprintf(out, " %s", word);
		free(word);
	}
}

/**
 * repro_name() - the name of the run that a reproducer is of
 * @repro: the reproducer; outlives the name
 */
struct run_name repro_name(const struct repro *repro)
{
	return (struct run_name){ repro->scenario, repro->variant, REPRO_MODE };
}

/**
 * repro_format() - write a reproducer
 * @repro: the reproducer
 *
 * Return: allocated line, without a newline.
 */
char *repro_format(const struct repro *repro)
{
	char *text, *line;
	size_t i, size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		fatal("out of memory");
	fprintf(out, MAGIC " %s kernel=%s modules=%s mem=%" PRIu64 " seed=%" PRIu64,
		name_variant(repro_name(repro)).text, repro->kernel, repro->modules,
		repro->memory_mb, repro->seed);
	if (repro->cold)
		fprintf(out, " cold");
	for (i = 0; i < repro->nr_cycles; i++) {
		if (i)
			fprintf(out, " then");
		put_cycle(out, &repro->cycles[i]);
	}
	fprintf(out, " events=%" PRIu64 " hash=%016" PRIx64, repro->events, repro->hash);
	if (fclose(out))
		fatal("out of memory");
	line = format("%s end=%08x", text, checksum(text, size));
	free(text);
	return line;
}

static __printf(2, 3) bool refuse(char *error, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(error, REPRO_ERROR_LEN, fmt, args);
	va_end(args);
	return false;
}

/* Blanks of any kind and number, as files and terminals add them, become one. */
static char *squeeze(const char *line)
{
	char *text = format("%s ", line);
	size_t from, to = 0;

	for (from = 0; text[from]; from++) {
		if (!isspace((unsigned char)text[from]))
			text[to++] = text[from];
		else if (to && text[to - 1] != ' ')
			text[to++] = ' ';
	}
	while (to && text[to - 1] == ' ')
		to--;
	text[to] = '\0';
	return text;
}

/* Checks the checksum, and takes it off. */
static bool check_end(char *text, char *error)
{
	char *end = strrchr(text, ' ');
	char expected[16];

	if (strncmp(text, MAGIC " ", strlen(MAGIC) + 1))
		return refuse(error, "this is no reproducer, which begins with \"" MAGIC "\"");
	if (strncmp(end, " end=", 5))
		return refuse(error, "the line is cut short: it does not end with end=...");
	snprintf(expected, sizeof(expected), "%08x", checksum(text, end - text));
	if (strcmp(end + 5, expected))
		return refuse(error, "the line is cut short or altered: its checksum does not fit");
	*end = '\0';
	return true;
}

static struct repro_cycle *add_cycle(struct repro *repro)
{
	struct repro_cycle *cycle;

	repro->cycles = grow(repro->cycles, repro->nr_cycles, sizeof(*repro->cycles));
	cycle = &repro->cycles[repro->nr_cycles++];
	memset(cycle, 0, sizeof(*cycle));
	return cycle;
}

static bool read_first(struct schedule *frame, const char *list)
{
	size_t len;

	for (;; list += len + 1) {
		int role;

		len = strcspn(list, ",");
		role = role_parse(list, len);
		if (role < 0 || frame->nr_first == EXPLORE_ROLES)
			return false;
		frame->first[frame->nr_first++] = role;
		if (!list[len])
			return true;
	}
}

static bool read_number(const char *text, int base, const char *unit, uint64_t *value)
{
	char *end;

	*value = strtoull(text, &end, base);
	return isxdigit((unsigned char)*text) && !strcmp(end, unit);
}

static bool read_text(char **text, const char *value)
{
	free(*text);
	*text = format("%s", value);
	return true;
}

static bool read_name(struct repro *repro, const char *word)
{
	const char *slash = strchr(word, '/');
	size_t len = slash ? (size_t)(slash - word) : 0;

	if (!len || len >= sizeof(repro->scenario) || !slash[1] ||
	    strlen(slash + 1) >= sizeof(repro->variant))
		return false;
	memcpy(repro->scenario, word, len);
	strcpy(repro->variant, slash + 1);
	return true;
}

/* What stands behind "key=" in @word, or NULL. */
static const char *value_of(const char *word, const char *key)
{
	size_t len = strlen(key);

	return !strncmp(word, key, len) && word[len] == '=' ? word + len + 1 : NULL;
}

static bool read_word_of_cycle(struct repro_cycle *cycle, const char *word)
{
	const char *value;

	value = value_of(word, "extent");
	if (value) {
		cycle->frame.extent = EXPLORE_EXTENT_ALL;
		return !strcmp(value, "all");
	}
	value = value_of(word, "first");
	if (value)
		return read_first(&cycle->frame, value);
	value = value_of(word, "delay");
	if (value)
		return read_number(value, 10, "ns", &cycle->frame.delay);
	cycle->texts = grow(cycle->texts, cycle->nr, sizeof(*cycle->texts));
	return decision_parse(word, &cycle->texts[cycle->nr++]);
}

static bool read_word(struct repro *repro, const char *word)
{
	const char *value;

	value = value_of(word, "kernel");
	if (value)
		return read_text(&repro->kernel, value);
	value = value_of(word, "modules");
	if (value)
		return read_text(&repro->modules, value);
	value = value_of(word, "mem");
	if (value)
		return read_number(value, 10, "", &repro->memory_mb);
	value = value_of(word, "seed");
	if (value)
		return read_number(value, 10, "", &repro->seed);
	value = value_of(word, "events");
	if (value)
		return read_number(value, 10, "", &repro->events);
	value = value_of(word, "hash");
	if (value)
		return read_number(value, 16, "", &repro->hash);
	if (!strcmp(word, "then"))
		return add_cycle(repro);
	if (!strcmp(word, "cold")) {
		repro->cold = true;
		return true;
	}
	return read_word_of_cycle(&repro->cycles[repro->nr_cycles - 1], word);
}

static bool read_words(struct repro *repro, char *text, char *error)
{
	char *save, *word;

	strtok_r(text, " ", &save);
	word = strtok_r(NULL, " ", &save);
	if (!word || !read_name(repro, word))
		return refuse(error, "\"%s\" is no SCENARIO/VARIANT", word ? word : "");
	while ((word = strtok_r(NULL, " ", &save))) {
		if (!read_word(repro, word))
			return refuse(error, "\"%s\" is not understood", word);
	}
	if (!repro->kernel || !repro->modules || !repro->memory_mb)
		return refuse(error, "it names no kernel, no modules or no memory");
	return true;
}

/**
 * repro_parse() - read a reproducer
 * @line: as repro_format() writes it, with any white space
 * @repro: filled in; to be given to repro_free(), whatever is returned
 * @error: room for REPRO_ERROR_LEN bytes; says what is wrong
 *
 * Return: 0 or -1.
 */
int repro_parse(const char *line, struct repro *repro, char *error)
{
	char *text = squeeze(line);
	bool good;

	memset(repro, 0, sizeof(*repro));
	add_cycle(repro);
	good = check_end(text, error) && read_words(repro, text, error);
	free(text);
	return good ? 0 : -1;
}

/**
 * repro_free() - free what a reproducer holds
 * @repro: the reproducer
 */
void repro_free(struct repro *repro)
{
	size_t i;

	for (i = 0; i < repro->nr_cycles; i++)
		free(repro->cycles[i].texts);
	free(repro->cycles);
	free(repro->kernel);
	free(repro->modules);
}
