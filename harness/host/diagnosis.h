/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a boot's console says, decoded with the symbols of its kernel and of the
 * modules that were loaded, at the addresses the guest saved before unloading.
 */
#ifndef MODRACE_DIAGNOSIS_H
#define MODRACE_DIAGNOSIS_H

#include "boot.h"
#include "console.h"

/**
 * struct diagnosis - the reports of one boot
 * @reports: in the order of the console
 * @nr: how many
 * @word: where in the console the guest said itself what became of it; what was printed
 *	behind that is its echo
 * @first: the first before @word that is the kernel's or the module's fault, or NULL
 * @environment: the first before @word that is not (out of memory, the host), or NULL
 */
struct diagnosis {
	struct console_report *reports;
	size_t nr;
	size_t word;
	const struct console_report *first;
	const struct console_report *environment;
};

struct symbols *boot_symbols(const struct boot *boot);
bool boot_reported(struct boot *boot);
void diagnose(struct diagnosis *d, const struct boot *boot);
void diagnosis_write(const struct diagnosis *d, const struct boot *boot);
void diagnosis_free(struct diagnosis *d);
int decode_file(const char *path);

#endif /* MODRACE_DIAGNOSIS_H */
