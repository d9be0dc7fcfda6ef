// SPDX-License-Identifier: GPL-2.0
/*
 * Values of keys: from the text of a scenario file into the fields of a kind's structure.
 */
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kind.h"

static int set_string(const struct traffic_key *key, void *field, const char *value, char *reason,
		      size_t size)
{
	if (strlen(value) >= key->size) {
		snprintf(reason, size, "longer than %zu characters", key->size - 1);
		return -1;
	}
	strcpy(field, value);
	return 0;
}

/* The kernel knows a module whose file is foo-bar.ko as foo_bar. */
static int set_module(const struct traffic_key *key, void *field, const char *value, char *reason,
		      size_t size)
{
	const char *from;
	char *c;

	for (from = value; *from; from++) {
		if (!isalnum((unsigned char)*from) && *from != '_' && *from != '-') {
			snprintf(reason, size, "'%s' is no module name", value);
			return -1;
		}
	}
	if (set_string(key, field, value, reason, size))
		return -1;
	for (c = field; *c; c++)
		*c = *c == '-' ? '_' : *c;
	return 0;
}

static int parse_number(const struct traffic_key *key, unsigned long *number, const char *value,
			char *reason, size_t size)
{
	char *end;

	errno = 0;
	*number = strtoul(value, &end, 0);
	if (isdigit((unsigned char)*value) && !*end && !errno && *number >= key->min &&
	    *number <= key->max)
		return 0;
	snprintf(reason, size, "'%s' is no number from %lu to %lu", value, key->min, key->max);
	return -1;
}

static int set_number(const struct traffic_key *key, void *field, const char *value, char *reason,
		      size_t size)
{
	unsigned long number;
	int ret = parse_number(key, &number, value, reason, size);

	if (!ret)
		*(unsigned long *)field = number;
	return ret;
}

static int set_numbers(const struct traffic_key *key, void *field, const char *value, char *reason,
		       size_t size)
{
	struct traffic_numbers numbers = { 0 };
	char *copy = strdup(value), *save, *word;
	int ret = copy ? 0 : -1;

	for (word = copy ? strtok_r(copy, " \t", &save) : NULL; word && !ret;
	     word = strtok_r(NULL, " \t", &save)) {
		if (numbers.nr == TRAFFIC_NUMBERS_NR) {
			snprintf(reason, size, "more than %d numbers", TRAFFIC_NUMBERS_NR);
			ret = -1;
		} else {
			ret = parse_number(key, &numbers.value[numbers.nr++], word, reason, size);
		}
	}
	free(copy);
	if (!ret)
		*(struct traffic_numbers *)field = numbers;
	return ret;
}

/* The place of a word in a list, or -1 and the reason. */
static int choose(const char *const *words, const char *value, char *reason, size_t size)
{
	size_t len;
	int i;

	for (i = 0; words[i]; i++) {
		if (!strcmp(words[i], value))
			return i;
	}
	len = snprintf(reason, size, "'%s' is none of", value);
	for (i = 0; words[i] && len < size; i++)
		len += snprintf(reason + len, size - len, " %s", words[i]);
	return -1;
}

static int set_bool(const struct traffic_key *key, void *field, const char *value, char *reason,
		    size_t size)
{
	static const char *const words[] = { "no", "yes", NULL };
	int chosen = choose(words, value, reason, size);

	(void)key;
	if (chosen < 0)
		return -1;
	*(bool *)field = chosen;
	return 0;
}

static int set_choice(const struct traffic_key *key, void *field, const char *value, char *reason,
		      size_t size)
{
	int chosen = choose(key->words, value, reason, size);

	if (chosen < 0)
		return -1;
	*(unsigned int *)field = chosen;
	return 0;
}

static int (*const setters[])(const struct traffic_key *key, void *field, const char *value,
			      char *reason, size_t size) = {
	[TRAFFIC_KEY_STRING] = set_string,   [TRAFFIC_KEY_FILE] = set_string,
	[TRAFFIC_KEY_MODULE] = set_module,   [TRAFFIC_KEY_NUMBER] = set_number,
	[TRAFFIC_KEY_NUMBERS] = set_numbers, [TRAFFIC_KEY_BOOL] = set_bool,
	[TRAFFIC_KEY_CHOICE] = set_choice,
};

/**
 * traffic_key_set() - parse the value of a key
 * @key: the key
 * @params: the structure its kind's keys are kept in
 * @value: text from the scenario file
 * @reason: what is wrong with @value, if anything is
 * @size: of @reason
 *
 * Return: 0, or -1 with @reason filled in.
 */
int traffic_key_set(const struct traffic_key *key, void *params, const char *value, char *reason,
		    size_t size)
{
	return setters[key->type](key, (char *)params + key->offset, value, reason, size);
}

/**
 * traffic_set_defaults() - give all keys that have a default this value
 * @kind: the kind
 * @params: the structure its keys are kept in
 */
void traffic_set_defaults(const struct traffic_kind *kind, void *params)
{
	const struct traffic_key *key;
	char reason[TRAFFIC_STRING_LEN];
	int ret;

	for (key = kind->keys; key->name; key++) {
		ret = key->def ? traffic_key_set(key, params, key->def, reason, sizeof(reason)) : 0;
		assert(!ret);
	}
}

/**
 * traffic_key_text() - the value of a key that is text
 * @key: the key
 * @params: the structure its kind's keys are kept in
 *
 * Return: @key->size bytes, part of @params; NULL if the key's value is no text.
 */
char *traffic_key_text(const struct traffic_key *key, void *params)
{
	if (!key->size)
		return NULL;
	return (char *)params + key->offset;
}
