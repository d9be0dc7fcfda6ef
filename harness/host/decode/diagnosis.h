/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a boot's console says, decoded with the symbols of its kernel and of the
 * modules that were loaded, at the addresses the guest saved before unloading.
 */
#ifndef MODRACE_DIAGNOSIS_H
#define MODRACE_DIAGNOSIS_H

#include "decode/console.h"
#include "decode/transcript.h"

struct kernel;
struct symbols;

/**
 * struct diagnosis - the reports of one boot
 * @syms: symbols that its addresses stand for, until the next boot of the same kernel is
 *	decoded
 * @reports: in the order of the console
 * @nr: how many
 * @word: where in the console the guest said itself what became of it; what was printed
 *	behind that is its echo
 * @first: the first before @word that is the kernel's or the module's fault, or NULL
 * @environment: the first before @word that is not (out of memory, the host), or NULL
 * @unreadable: module whose symbols were needed and could not be read, or NULL; names
 *	that should be in a title are then missing from it; owned by @syms
 */
struct diagnosis {
	struct symbols *syms;
	struct console_report *reports;
	size_t nr;
	size_t word;
	const struct console_report *first;
	const struct console_report *environment;
	const char *unreadable;
};

struct symbols *transcript_symbols(const struct transcript *t, const struct kernel *kernel,
				   const char *module);
bool transcript_reported(struct transcript *t);
void diagnose(struct diagnosis *d, const struct transcript *t, const struct kernel *kernel,
	      const char *module);
void diagnosis_write(const struct diagnosis *d, const struct transcript *t, struct run *run);
void diagnosis_free(struct diagnosis *d);
int decode_file(const char *path);

#endif /* MODRACE_DIAGNOSIS_H */
