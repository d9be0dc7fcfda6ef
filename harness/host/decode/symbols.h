/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Symbols: names, source lines and inlined calls for addresses in the guest
 * kernel, in the modules it has loaded, and in modules it has unloaded since.
 *
 * A guest can name its own addresses, except for those that belonged to a
 * module before it went away, which are the interesting ones here. So the guest
 * saves where each section of a module lies (/sys/module/NAME/sections/), and
 * symbols_add_module() puts the module back there.
 *
 * Nothing is read before the first lookup, debug information of an object not
 * before the first lookup in that object, and nothing twice: the next guest of the
 * same kernel begins with symbols_forget_modules().
 *
 * Usage:
 *
 *	struct symbols *syms = symbols_create("linux");
 *	struct symbol_place chain[SYMBOLS_MAX_CHAIN];
 *	const struct symbol_section sections[] = {
 *		{ ".text", 0x68807000 }, { ".data", 0x68809000 },
 *	};
 *
 *	symbols_add_module(syms, "nf_hook", "nf_hook.ko", sections, 2);
 *	n = symbols_lookup(syms, 0x68807022, true, chain, SYMBOLS_MAX_CHAIN);
 *	symbols_free(syms);
 */
#ifndef MODRACE_SYMBOLS_H
#define MODRACE_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SYMBOLS_NAME_LEN  96
#define SYMBOLS_FILE_LEN  96
#define SYMBOLS_MAX_CHAIN 8
#define SYMBOLS_MAX_LOADS 64
/* KASAN_SHADOW_OFFSET of UML on x86-64 */
#define SYMBOLS_SHADOW_OFFSET 0x100000000000ULL

struct symbols;

/**
 * struct symbol_section - where a section of a module was loaded
 * @name: as in the ELF file, ".text"
 * @address: in the guest
 */
struct symbol_section {
	const char *name;
	uint64_t address;
};

/**
 * struct symbol_place - what lies at an address
 * @symbol: function or variable; the inlined function if @inlined
 * @offset: into @symbol, bytes; 0 if @inlined
 * @size: of @symbol, bytes; 0 if @inlined or unknown
 * @module: empty for the kernel proper
 * @inlined: @symbol was inlined into the next place of the chain
 * @unloaded: the module has been unloaded since, see symbols_module_unloaded()
 * @file: relative to the kernel tree, or the bare name for a module's own
 *	source; empty if unknown
 * @line: in @file, 0 if unknown
 */
struct symbol_place {
	char symbol[SYMBOLS_NAME_LEN];
	uint64_t offset;
	uint64_t size;
	char module[SYMBOLS_NAME_LEN];
	bool inlined;
	bool unloaded;
	char file[SYMBOLS_FILE_LEN];
	unsigned int line;
};

struct symbols *symbols_create(const char *kernel_path);
void symbols_free(struct symbols *syms);
int symbols_add_module(struct symbols *syms, const char *name, const char *ko_path,
		       const struct symbol_section *sections, size_t nr);
void symbols_forget_modules(struct symbols *syms);
void symbols_module_unloaded(struct symbols *syms, const char *name);
const char *symbols_unreadable(const struct symbols *syms);

size_t symbols_lookup(struct symbols *syms, uint64_t address, bool is_return,
		      struct symbol_place *chain, size_t max);
size_t symbols_lookup_name(struct symbols *syms, const char *module, const char *symbol,
			   uint64_t offset, bool is_return, struct symbol_place *chain, size_t max);
int symbols_name_exactly(struct symbols *syms, uint64_t address, struct symbol_place *place);
int symbols_find_exactly(struct symbols *syms, const char *module, const char *symbol,
			 uint64_t offset, uint64_t *address);
int symbols_describe_address(struct symbols *syms, uint64_t address, char *buf, size_t size);

#endif /* MODRACE_SYMBOLS_H */
