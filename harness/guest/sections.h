/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a module's sections are. The addresses are sent to the host before
 * every unload (when they changed): afterwards nothing in the guest can tell any
 * more what had been at an address.
 */
#ifndef MODRACE_SECTIONS_H
#define MODRACE_SECTIONS_H

#include <stdbool.h>
#include <stdint.h>

#define MAX_SECTIONS 64

/* The pieces of memory a module is loaded to; each may move without the others. */
enum piece {
	PIECE_TEXT,
	PIECE_RODATA,
	PIECE_RO_AFTER_INIT,
	PIECE_DATA,
	PIECE_INIT_TEXT,
	PIECE_INIT_RODATA,
	PIECE_INIT_DATA,
	PIECES,
};

/**
 * struct section - one section of a module
 * @name: its name
 * @piece: what it lies in; its offset there is the same with every load
 * @address: where it was last
 */
struct section {
	char name[48];
	enum piece piece;
	uint64_t address;
};

/**
 * struct sections - a module's sections
 * @module: the module's name
 * @section: those that are loaded, in the order of the file
 * @nr: how many
 * @known: the addresses have been read once
 */
struct sections {
	char module[56];
	struct section section[MAX_SECTIONS];
	unsigned int nr;
	bool known;
};

void sections_init(struct sections *s, const char *module, int fd);
void sections_report(struct sections *s);

#endif /* MODRACE_SECTIONS_H */
