// SPDX-License-Identifier: GPL-2.0
/*
 * The classes of failures that signatures can name, and what writes them out. All of
 * them name the module raced, unless its memory has been used for something else by
 * then and nothing is left that could.
 */
#include <stdio.h>
#include <string.h>

#include "signature_classes.h"

#define CLASS  "class:"
#define MODULE "{module}"

const struct signature_class signature_classes[] = {
	{
		.name = "freed-text",
		.expression = "jump into freed module text: .* \\[{module}\\]",
		.help = "a function of the module is called when its memory is free",
	},
	{
		.name = "freed-data",
		.expression = "KASAN: vmalloc-out-of-bounds in .* \\[{module}\\]",
		.help = "data of the module are used when its memory is free",
	},
	{
		.name = "reused-text",
		.expression =
			"(kernel (fault|mode signal 4)|NULL dereference) in (unknown code$|.* \\[{module}\\])",
		.help = "the next load lies where the module's text was, and runs in its place",
	},
	{
		.name = "nowhere",
		.expression =
			"jump (to NULL|into unmapped memory)($|, called from .* \\[{module}\\])",
		.help = "what runs in the place of the module's text calls what is no function",
	},
};

const size_t nr_signature_classes = sizeof(signature_classes) / sizeof(signature_classes[0]);

/**
 * struct text - an expression that is being written
 * @to: SIGNATURE_LEN bytes, terminated
 * @len: of what is there; SIGNATURE_LEN or more if it does not fit
 */
struct text {
	char *to;
	size_t len;
};

static void append(struct text *text, const char *from, size_t len)
{
	if (text->len + len < SIGNATURE_LEN) {
		memcpy(text->to + text->len, from, len);
		text->to[text->len + len] = '\0';
	}
	text->len += len;
}

/* Copies one character, or puts @module in the place of its mark; what comes next. */
static const char *append_piece(struct text *text, const char *from, const char *module)
{
	if (strncmp(from, MODULE, strlen(MODULE))) {
		append(text, from, 1);
		return from + 1;
	}
	append(text, module, strlen(module));
	return from + strlen(MODULE);
}

static const struct signature_class *find_class(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < nr_signature_classes; i++) {
		const char *known = signature_classes[i].name;

		if (strlen(known) == len && !memcmp(known, name, len))
			return &signature_classes[i];
	}
	return NULL;
}

static void name_classes(const char *name, size_t len, char *reason, size_t size)
{
	size_t i, used;

	snprintf(reason, size, "class:%.*s is none of", (int)len, name);
	for (i = 0; i < nr_signature_classes; i++) {
		used = strlen(reason);
		snprintf(reason + used, size - used, " %s", signature_classes[i].name);
	}
}

/* Writes the class out that @from names; what comes next, or NULL with @reason filled in. */
static const char *append_class(struct text *text, const char *from, const char *module,
				char *reason, size_t size)
{
	const char *name = from + strlen(CLASS), *at;
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz-");
	const struct signature_class *class = find_class(name, len);

	if (!class) {
		name_classes(name, len, reason, size);
		return NULL;
	}
	append(text, "(", 1);
	for (at = class->expression; *at;)
		at = append_piece(text, at, module);
	append(text, ")", 1);
	return name + len;
}

/**
 * signature_expand() - write classes and the module's name out
 * @signature: as it is in the scenario
 * @module: the module raced
 * @expanded: SIGNATURE_LEN bytes, filled in
 * @reason: filled in with the reason if that cannot be done
 * @size: bytes of @reason
 *
 * Return: 0, or -1 with @reason filled in.
 */
int signature_expand(const char *signature, const char *module, char *expanded, char *reason,
		     size_t size)
{
	struct text text = { .to = expanded };
	const char *at = signature;

	*expanded = '\0';
	while (at && *at) {
		if (strncmp(at, CLASS, strlen(CLASS)))
			at = append_piece(&text, at, module);
		else
			at = append_class(&text, at, module, reason, size);
	}
	if (!at)
		return -1;
	if (text.len < SIGNATURE_LEN)
		return 0;
	snprintf(reason, size, "longer than %d characters with its classes written out",
		 SIGNATURE_LEN - 1);
	return -1;
}
