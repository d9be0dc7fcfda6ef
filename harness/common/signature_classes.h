/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Signatures: regular expressions, as Perl has them, that titles of failures are held
 * against.
 *
 * What many scenarios expect has a name. "class:NAME" in a signature stands for the
 * expression of that class, as a group, and "{module}" for the module raced:
 *
 *	^(ODEBUG: free active timer_list|class:freed-text)
 *	^(ODEBUG: free active timer_list|(jump into freed module text: [^ ]+ \[tick\]))
 */
#ifndef MODRACE_SIGNATURE_CLASSES_H
#define MODRACE_SIGNATURE_CLASSES_H

#include <stddef.h>

/* Room for an expression with its classes written out. */
#define SIGNATURE_LEN 1024

/**
 * struct signature_class - what failures of one nature are titled
 * @name: what follows "class:"
 * @expression: regular expression, not anchored
 * @help: one line for `modrace --list-classes`
 */
struct signature_class {
	const char *name;
	const char *expression;
	const char *help;
};

extern const struct signature_class signature_classes[];
extern const size_t nr_signature_classes;

int signature_expand(const char *signature, const char *module, char *expanded, char *reason,
		     size_t size);

#endif /* MODRACE_SIGNATURE_CLASSES_H */
