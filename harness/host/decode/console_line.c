// SPDX-License-Identifier: GPL-2.0
/*
 * The console decoder's scanner: cuts a console into messages, matches them
 * against patterns, and reads stack frames. Works on slices of the text, copies
 * nothing, allocates nothing, and never looks back further than one line.
 */
#include <ctype.h>
#include <string.h>

#include "decode/console_internal.h"

/* printk() never prints lines this long; what does is cut into several */
#define RAW_LINE_LEN (2 * CONSOLE_LINE_LEN)

/*
 * A timestamp is "[%5lu.%06lu] ", with PRINTK_CALLER followed by "[%6s]" before
 * the blank. Returns its length, callers included, or 0.
 */
static size_t timestamp_len(const char *p, const char *end, struct slice *caller)
{
	const char *s = p + 1;
	const char *digits;

	while (s < end && *s == ' ')
		s++;
	for (digits = s; s < end && isdigit((unsigned char)*s); s++)
		;
	if (s == digits || s == end || *s++ != '.')
		return 0;
	for (digits = s; s < end && isdigit((unsigned char)*s); s++)
		;
	if (s - digits != 6 || s == end || *s++ != ']')
		return 0;
	if (s < end && *s == '[') {
		while (++s < end && *s == ' ')
			;
		caller->p = s;
		while (s < end && isalnum((unsigned char)*s))
			s++;
		caller->len = s - caller->p;
		if (s == end || *s++ != ']')
			return 0;
	}
	return (s < end && *s == ' ' ? s + 1 : s) - p;
}

/* A message printed while another line was still open starts in mid-line. */
static const char *next_timestamp(const char *p, const char *end)
{
	struct slice ignored;

	while ((p = memchr(p, '[', end - p))) {
		if (timestamp_len(p, end, &ignored))
			return p;
		p++;
	}
	return NULL;
}

static void strip_prefix(struct slice *text, const char *prefix)
{
	size_t len = strlen(prefix);

	if (text->len >= len && !memcmp(text->p, prefix, len)) {
		text->p += len;
		text->len -= len;
	}
}

/**
 * console_next_line() - take the next message off a console
 * @text: the console
 * @len: its length, bytes
 * @pos: where to go on; 0 at first, moved behind the message
 * @line: filled in; points into @text
 *
 * Return: false at the end of the text.
 */
bool console_next_line(const char *text, size_t len, size_t *pos, struct console_line *line)
{
	const char *p = text + *pos, *end = text + len, *nl, *next;
	size_t stamp;

	if (*pos >= len)
		return false;
	if (len - *pos > RAW_LINE_LEN)
		end = p + RAW_LINE_LEN;
	nl = memchr(p, '\n', end - p);
	next = nl ? nl + 1 : end;
	nl = nl ? nl : end;
	line->caller = (struct slice){ p, 0 };
	stamp = *p == '[' ? timestamp_len(p, nl, &line->caller) : 0;
	line->stamped = stamp > 0;
	line->offset = *pos;
	end = next_timestamp(p + (stamp ? stamp : 1) > nl ? nl : p + (stamp ? stamp : 1), nl);
	if (end) {
		nl = end;
		next = end;
	}
	line->text = (struct slice){ p + stamp, nl - p - stamp };
	if (line->text.len && line->text.p[line->text.len - 1] == '\r')
		line->text.len--;
	if (line->text.len > CONSOLE_LINE_LEN)
		line->text.len = CONSOLE_LINE_LEN;
	strip_prefix(&line->text, "kmemleak: ");
	*pos = next - text;
	line->end = *pos;
	return true;
}

/**
 * glob_match() - match a whole line against a pattern
 * @pattern: literal text, and stars that stand for any text, the shortest that
 *	fits, from the left
 * @text: the line
 * @stars: receives what the first GLOB_MAX_STARS stars stand for; from 1, as
 *	the tables count them; stars[0] is the whole line
 *
 * Return: whether it matches.
 */
bool glob_match(const char *pattern, struct slice text, struct slice *stars)
{
	const char *after_star = NULL, *t = text.p, *end = text.p + text.len;
	int star = 0;

	stars[0] = text;
	for (;;) {
		if (*pattern == '*') {
			if (++star > GLOB_MAX_STARS)
				return false;
			after_star = ++pattern;
			stars[star] = (struct slice){ t, *pattern ? 0 : end - t };
			if (!*pattern)
				return true;
			continue;
		}
		if (t < end && *pattern && *pattern == *t) {
			pattern++;
			t++;
			continue;
		}
		if (t == end && !*pattern)
			return true;
		if (t == end || !after_star)
			return false;
		t = stars[star].p + ++stars[star].len;
		pattern = after_star;
	}
}

/**
 * console_parse_hex() - read a hexadecimal number
 * @text: digits, with or without "0x"; what follows them is ignored
 *
 * Return: the number; 0 if there is none.
 */
uint64_t console_parse_hex(struct slice text)
{
	static const char digits[] = "0123456789abcdef";
	uint64_t value = 0;
	size_t i = 0;

	if (text.len > 2 && text.p[0] == '0' && text.p[1] == 'x')
		i = 2;
	for (; i < text.len; i++) {
		const char *digit = memchr(digits, text.p[i], 16);

		if (!digit)
			break;
		value = value << 4 | (digit - digits);
	}
	return value;
}

static size_t span(struct slice text, const char *accept)
{
	size_t i;

	for (i = 0; i < text.len && text.p[i] && strchr(accept, text.p[i]); i++)
		;
	return i;
}

static void advance(struct slice *text, size_t n)
{
	text->p += n;
	text->len -= n;
}

static void copy_slice(char *buf, size_t size, struct slice text)
{
	size_t len = text.len < size ? text.len : size - 1;

	memcpy(buf, text.p, len);
	buf[len] = '\0';
}

/* "+0x1c" or "/0x40"; moves @text behind it */
static bool take_hex(struct slice *text, char lead, uint64_t *value)
{
	size_t n;

	if (text->len < 4 || text->p[0] != lead || text->p[1] != '0' || text->p[2] != 'x')
		return false;
	advance(text, 3);
	n = span(*text, "0123456789abcdef");
	*value = console_parse_hex((struct slice){ text->p, n });
	advance(text, n);
	return n > 0;
}

/* " [module]", perhaps with a build id in the brackets; nothing else may follow */
static bool take_module(struct slice text, struct console_frame *frame)
{
	size_t n;

	if (!text.len)
		return true;
	if (text.len < 4 || text.p[0] != ' ' || text.p[1] != '[' || text.p[text.len - 1] != ']')
		return false;
	advance(&text, 2);
	for (n = 0; isalnum((unsigned char)text.p[n]) || text.p[n] == '_'; n++)
		;
	copy_slice(frame->module, sizeof(frame->module), (struct slice){ text.p, n });
	return n > 0;
}

static bool is_symbol_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '.' || c == '$';
}

/**
 * console_parse_symbol() - read what %pS printed
 * @text: "function+0x1c/0x40 [module]", or "0x68807022" for an address that
 *	belongs to nothing
 * @frame: its symbol, offset, size, module, and address are filled in
 *
 * Return: whether @text is that and nothing else.
 */
bool console_parse_symbol(struct slice text, struct console_frame *frame)
{
	struct slice name = { text.p, 0 };

	if (text.len > 2 && text.p[0] == '0' && text.p[1] == 'x') {
		frame->address = console_parse_hex(text);
		advance(&text, 2);
		return span(text, "0123456789abcdef") == text.len;
	}
	while (name.len < text.len && is_symbol_char(text.p[name.len]))
		name.len++;
	advance(&text, name.len);
	if (!name.len || !take_hex(&text, '+', &frame->offset) ||
	    !take_hex(&text, '/', &frame->size) || !take_module(text, frame))
		return false;
	copy_slice(frame->symbol, sizeof(frame->symbol), name);
	return true;
}

/* "[<60012345>] " or "[<0000000060012345>] "; moves @text behind it */
static bool take_address(struct slice *text, uint64_t *address)
{
	size_t n;

	if (text->len < 5 || text->p[0] != '[' || text->p[1] != '<')
		return false;
	advance(text, 2);
	n = span(*text, "0123456789abcdef");
	*address = console_parse_hex((struct slice){ text->p, n });
	advance(text, n);
	if (!n || text->len < 3 || memcmp(text->p, ">] ", 3))
		return false;
	advance(text, 3);
	return true;
}

/**
 * console_parse_frame() - read one line of a stack
 * @text: " [<60012345>] ? function+0x1c/0x40 [module]" as show_stack() prints
 *	it, or " function+0x1c/0x40 [module]" as stack_trace_print() does
 * @frame: filled in, except for its stack
 *
 * Return: whether it is one.
 */
bool console_parse_frame(struct slice text, struct console_frame *frame)
{
	size_t blanks = span(text, " ");

	memset(frame, 0, sizeof(*frame));
	frame->reliable = true;
	if (!blanks || blanks == text.len)
		return false;
	advance(&text, blanks);
	if (text.p[0] == '[') {
		uint64_t address;

		if (!take_address(&text, &address))
			return false;
		if (text.len > 2 && text.p[0] == '?') {
			frame->reliable = false;
			advance(&text, 2);
		}
		if (!console_parse_symbol(text, frame))
			return false;
		frame->address = address;
		return true;
	}
	return console_parse_symbol(text, frame);
}

/**
 * console_append() - append text, made printable
 * @buf: string to append to
 * @size: of @buf, bytes
 * @text: what to append; cut short if it does not fit
 */
void console_append(char *buf, size_t size, struct slice text)
{
	size_t n = strlen(buf), i;

	for (i = 0; i < text.len && n + 1 < size; i++)
		buf[n++] = isprint((unsigned char)text.p[i]) ? text.p[i] : '?';
	buf[n] = '\0';
}

/**
 * console_append_part() - append one line to a detail
 * @detail: of CONSOLE_DETAIL_LEN bytes
 * @text: the line
 */
void console_append_part(char *detail, struct slice text)
{
	size_t len = strlen(detail);

	if (len && len + 1 < CONSOLE_DETAIL_LEN) {
		detail[len] = '\n';
		detail[len + 1] = '\0';
	}
	console_append(detail, CONSOLE_DETAIL_LEN, text);
}

/* Length of the hexadecimal number or decimal number at the start of a word */
static size_t number_len(struct slice text, bool *hex)
{
	size_t n;

	*hex = true;
	if (text.len > 2 && text.p[0] == '0' && text.p[1] == 'x')
		return 2 + span((struct slice){ text.p + 2, text.len - 2 }, "0123456789abcdef");
	n = span(text, "0123456789abcdef");
	if (n >= 8)
		return n;
	*hex = false;
	return span(text, "0123456789");
}

/* "+0x1c/0x40" after a function; moves @text behind it */
static bool drop_offset(struct slice *text)
{
	struct slice rest = *text;
	uint64_t ignored;

	if (!take_hex(&rest, '+', &ignored) || !take_hex(&rest, '/', &ignored))
		return false;
	*text = rest;
	return true;
}

/**
 * console_append_stable() - append text without what varies between runs
 * @buf: string to append to
 * @size: of @buf, bytes
 * @text: what to append; numbers become N, addresses ADDR, unless they are part
 *	of a word; offsets into functions vanish
 */
void console_append_stable(char *buf, size_t size, struct slice text)
{
	bool in_word = false, hex;

	while (text.len && text.p[text.len - 1] == ' ')
		text.len--;
	while (text.len) {
		size_t n = in_word ? 0 : number_len(text, &hex);

		if (drop_offset(&text))
			continue;
		if (n && (n == text.len || !is_symbol_char(text.p[n]) || text.p[n] == '.')) {
			console_append(buf, size, slice_of(hex ? "ADDR" : "N"));
		} else {
			n = 1;
			console_append(buf, size, (struct slice){ text.p, 1 });
		}
		in_word = is_symbol_char(text.p[n - 1]) || text.p[n - 1] == '-';
		advance(&text, n);
	}
}
