// SPDX-License-Identifier: GPL-2.0
/*
 * Signatures held against titles of failures: expressions of PCRE2, within limits. A
 * scenario file may come from anybody, and an expression can be written that takes
 * gigabytes to compile or hours to match. The first is refused by PCRE2 itself when the
 * scenario is read, the second ends a match as one that cannot be told.
 */
#define PCRE2_CODE_UNIT_WIDTH 8

#include <errno.h>
#include <pcre2.h>
#include <stdio.h>

#include "plan/signature.h"
#include "scenario.h"

/* Steps and KiB; a title is short, and what people write takes a few hundred of them. */
#define MATCH_LIMIT 1000000
#define HEAP_LIMIT  4096

static pcre2_code *compile(const char *signature, int *err)
{
	PCRE2_SIZE at;

	return pcre2_compile((PCRE2_SPTR)signature, PCRE2_ZERO_TERMINATED, PCRE2_NEVER_BACKSLASH_C,
			     err, &at, NULL);
}

/**
 * signature_check() - can it be held against titles?
 * @signature: the expression, classes written out
 * @reason: filled in with the reason if not
 * @size: bytes of @reason
 *
 * Return: 0, or -1 with @reason filled in.
 */
int signature_check(const char *signature, char *reason, size_t size)
{
	pcre2_code *code;
	int err;

	if (!*signature) {
		snprintf(reason, size, "empty, it would match anything");
		return -1;
	}
	code = compile(signature, &err);
	if (!code)
		pcre2_get_error_message(err, (PCRE2_UCHAR *)reason, size);
	pcre2_code_free(code);
	return code ? 0 : -1;
}

static int match(const pcre2_code *code, const char *title)
{
	pcre2_match_data *data = pcre2_match_data_create(1, NULL);
	pcre2_match_context *context = pcre2_match_context_create(NULL);
	int ret = PCRE2_ERROR_NOMEMORY;

	if (data && context) {
		pcre2_set_match_limit(context, MATCH_LIMIT);
		pcre2_set_heap_limit(context, HEAP_LIMIT);
		ret = pcre2_match(code, (PCRE2_SPTR)title, PCRE2_ZERO_TERMINATED, 0, 0, data,
				  context);
	}
	pcre2_match_context_free(context);
	pcre2_match_data_free(data);
	return ret;
}

/**
 * signature_match() - hold a signature against a title
 * @signature: the expression, classes written out; an empty one matches nothing
 * @title: of a failure
 *
 * Return: 1 if it matches, 0 if not, -E2BIG if that takes more than the limits allow.
 */
int signature_match(const char *signature, const char *title)
{
	pcre2_code *code;
	int ret, err;

	if (!*signature)
		return 0;
	code = compile(signature, &err);
	if (!code)
		return -EINVAL;
	ret = match(code, title);
	pcre2_code_free(code);
	if (ret == PCRE2_ERROR_NOMATCH)
		return 0;
	return ret < 0 ? -E2BIG : 1;
}

/**
 * signatures_check() - can the signatures of a scenario be held against titles?
 * @s: what scenario_load() read
 * @error: SCENARIO_ERROR_LEN bytes, holds "path:line: reason" after an error
 *
 * Return: 0, or -1 with @error filled in.
 */
int signatures_check(const struct scenario *s, char *error)
{
	const struct variant *v;
	int n;

	for (v = s->variants; v < s->variants + s->nr_variants; v++) {
		if (!v->signature_line)
			continue;
		n = snprintf(error, SCENARIO_ERROR_LEN, "%s:%d: signature: ", s->path,
			     v->signature_line);
		n = n < SCENARIO_ERROR_LEN ? n : SCENARIO_ERROR_LEN - 1;
		if (signature_check(v->signature, error + n, SCENARIO_ERROR_LEN - n))
			return -1;
	}
	return 0;
}
