// SPDX-License-Identifier: GPL-2.0
/*
 * Checks signatures before they are used. Three things a signature has no need of take
 * glibc's regular expressions gigabytes or hours, and are refused before regcomp()
 * sees them:
 *
 *	((a{255}){255}){255}	x{3} becomes xxx and x+ becomes xx*, nested ones multiply
 *	((a?|b?){2,}){,9}	copies of what may be empty are gone through by every path
 *	(a*)*\1			back-references, which POSIX has in basic expressions only
 */
#include <ctype.h>
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signature.h"

/* Far more than a title is long, and little work for regcomp(). */
#define MAX_WRITTEN_OUT 1000UL

/**
 * struct scan - state of one look at a signature
 * @at: what comes next
 * @depth: groups that are open
 * @back_reference: one was seen
 * @idle: a repetition of what may be empty was seen
 */
struct scan {
	const char *at;
	unsigned int depth;
	bool back_reference;
	bool idle;
};

/**
 * struct piece - a part of a signature
 * @size: its characters and groups once repetitions are written out
 * @empty: it may match the empty string
 */
struct piece {
	unsigned long size;
	bool empty;
};

/**
 * struct repetition - what follows a piece and says how often
 * @copies: that regcomp() makes of the piece
 * @optional: none is enough
 * @endless: there is no upper bound
 */
struct repetition {
	unsigned long copies;
	bool optional;
	bool endless;
};

static unsigned long limited(unsigned long n)
{
	return n > MAX_WRITTEN_OUT ? MAX_WRITTEN_OUT + 1 : n;
}

/* Goes behind a bracket expression: ']' is no end where it comes first or in [:...:]. */
static void skip_bracket(struct scan *s)
{
	s->at += *s->at == '^';
	s->at += *s->at == ']';
	while (*s->at && *s->at != ']') {
		char end[] = { s->at[1], ']', '\0' };
		const char *inner = NULL;

		if (*s->at == '[' && *end && strchr(":.=", *end))
			inner = strstr(s->at + 2, end);
		s->at = inner ? inner + 2 : s->at + 1;
	}
	s->at += *s->at == ']';
}

static struct piece scan_group(struct scan *s);

/* Goes behind one character, anchor, bracket expression or group. */
static struct piece scan_atom(struct scan *s)
{
	struct piece piece = { .size = 1 };

	switch (*s->at++) {
	case '^':
	case '$':
		piece.empty = true;
		break;
	case '\\':
		s->back_reference |= isdigit((unsigned char)*s->at) != 0;
		piece.empty = *s->at && strchr("bB<>`'", *s->at);
		s->at += *s->at != '\0';
		break;
	case '[':
		skip_bracket(s);
		break;
	case '(':
		s->depth++;
		piece = scan_group(s);
		s->depth--;
		s->at += *s->at == ')';
		piece.size = limited(piece.size + 1);
		break;
	}
	return piece;
}

/* Goes behind {n}, {n,}, {,m} or {n,m}. No copies, or what is no number, count as one. */
static void scan_bounds(struct scan *s, struct repetition *r)
{
	char *end;

	r->copies = limited(strtoul(s->at + 1, &end, 10));
	r->optional = !r->copies;
	r->endless = *end == ',' && end[1] == '}';
	if (r->endless) {
		r->copies++;
		end++;
	} else if (*end == ',') {
		r->copies = limited(strtoul(end + 1, &end, 10));
	}
	if (!r->copies)
		r->copies = 1;
	s->at = end + (*end == '}');
}

/* Goes behind a repetition, if there is one. */
static bool scan_repetition(struct scan *s, struct repetition *r)
{
	if (*s->at == '{') {
		scan_bounds(s, r);
		return true;
	}
	if (!*s->at || !strchr("*+?", *s->at))
		return false;
	r->copies = *s->at == '+' ? 2 : 1;
	r->optional = *s->at != '+';
	r->endless = *s->at != '?';
	s->at++;
	return true;
}

static struct piece scan_piece(struct scan *s)
{
	struct piece piece = scan_atom(s);
	struct repetition r;

	while (scan_repetition(s, &r)) {
		s->idle |= piece.empty && (r.endless || r.copies > 1);
		piece.size = limited(piece.size * r.copies);
		piece.empty |= r.optional;
	}
	return piece;
}

/* Goes to the end of the group, or of the signature. */
static struct piece scan_group(struct scan *s)
{
	struct piece group = { .size = 0 }, piece;
	bool empty = true;

	while (*s->at && !(*s->at == ')' && s->depth)) {
		if (*s->at == '|') {
			s->at++;
			group.size++;
			group.empty |= empty;
			empty = true;
			continue;
		}
		piece = scan_piece(s);
		group.size = limited(group.size + piece.size);
		empty &= piece.empty;
	}
	group.empty |= empty;
	return group;
}

static int compile(const char *signature, char *reason, size_t size)
{
	regex_t regex;
	int err = regcomp(&regex, signature, REG_EXTENDED | REG_NOSUB);

	if (err) {
		regerror(err, &regex, reason, size);
		return -1;
	}
	regfree(&regex);
	return 0;
}

/**
 * signature_check() - can it be held against titles?
 * @signature: the expression
 * @reason: filled in with the reason if not
 * @size: bytes of @reason
 *
 * Return: 0, or -1 with @reason filled in.
 */
int signature_check(const char *signature, char *reason, size_t size)
{
	struct scan scan = { .at = signature };
	struct piece whole = scan_group(&scan);

	if (!*signature)
		snprintf(reason, size, "empty, it would match anything");
	else if (scan.back_reference)
		snprintf(reason, size, "\\1 to \\9 are no part of extended regular expressions");
	else if (scan.idle)
		snprintf(reason, size, "repeats what may be empty");
	else if (whole.size > MAX_WRITTEN_OUT)
		snprintf(reason, size, "longer than %lu characters with repetitions written out",
			 MAX_WRITTEN_OUT);
	else
		return compile(signature, reason, size);
	return -1;
}
