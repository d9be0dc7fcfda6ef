// SPDX-License-Identifier: GPL-2.0
/*
 * Names of sites. A site of the kernel is an offset into its image, a site of
 * a module is an offset into the text the loader has laid out: the executable
 * sections in their order in the file, each aligned as it asks.
 */
#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "explore.h"

#define MAX_SECTIONS 512

struct symbol {
	uint64_t addr;
	const char *name;
};

struct object {
	char name[64];
	void *map;
	size_t size;
	struct symbol *symbols;
	size_t nr;
};

struct symbols {
	const char *module_dir;
	uint64_t text;
	struct object objects[1 + EXPLORE_MODULES];
	size_t nr;
};

static void *map_file(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *map = MAP_FAILED;

	if (fd >= 0 && !fstat(fd, &st)) {
		*size = st.st_size;
		map = mmap(NULL, *size, PROT_READ, MAP_PRIVATE, fd, 0);
	}
	if (fd >= 0)
		close(fd);
	return map == MAP_FAILED ? NULL : map;
}

/* Where the module loader puts each section, relative to the text. */
static void layout_text(const Elf64_Ehdr *ehdr, bool init, uint64_t *base)
{
	const Elf64_Shdr *s = (void *)((char *)ehdr + ehdr->e_shoff);
	const char *names = (char *)ehdr + s[ehdr->e_shstrndx].sh_offset;
	uint64_t offset = 0;

	for (int i = 0; i < ehdr->e_shnum && i < MAX_SECTIONS; i++) {
		bool is_init = !strncmp(names + s[i].sh_name, ".init", 5);

		if (!(s[i].sh_flags & SHF_EXECINSTR) || is_init != init)
			continue;
		offset = (offset + s[i].sh_addralign - 1) &
			 -(s[i].sh_addralign ?: 1);
		base[i] = offset | (init ? EXPLORE_SITE_INIT : 0);
		offset += s[i].sh_size;
	}
}

static int compare_symbols(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

static void read_symbols(struct object *o, const Elf64_Shdr *tab,
			 const char *strings, const uint64_t *base)
{
	const Elf64_Sym *sym = (void *)((char *)o->map + tab->sh_offset);
	size_t n = tab->sh_size / sizeof(*sym);

	o->symbols = calloc(n, sizeof(*o->symbols));
	for (size_t i = 0; o->symbols && i < n; i++) {
		if (ELF64_ST_TYPE(sym[i].st_info) != STT_FUNC ||
		    sym[i].st_shndx >= MAX_SECTIONS)
			continue;
		o->symbols[o->nr].addr = sym[i].st_value +
			(base ? base[sym[i].st_shndx] : 0);
		o->symbols[o->nr++].name = strings + sym[i].st_name;
	}
	if (o->nr)
		qsort(o->symbols, o->nr, sizeof(*o->symbols), compare_symbols);
}

static struct object *load_object(struct symbols *symbols, const char *name,
				  const char *path)
{
	struct object *o = &symbols->objects[symbols->nr];
	uint64_t base[MAX_SECTIONS] = {};
	const Elf64_Ehdr *ehdr;
	const Elf64_Shdr *s;

	if (symbols->nr == 1 + EXPLORE_MODULES)
		return NULL;
	snprintf(o->name, sizeof(o->name), "%s", name);
	symbols->nr++;
	o->map = map_file(path, &o->size);
	if (!o->map)
		return o;
	ehdr = o->map;
	s = (void *)((char *)ehdr + ehdr->e_shoff);
	layout_text(ehdr, false, base);
	layout_text(ehdr, true, base);
	for (int i = 0; i < ehdr->e_shnum; i++)
		if (s[i].sh_type == SHT_SYMTAB)
			read_symbols(o, &s[i], (char *)ehdr +
				     s[s[i].sh_link].sh_offset,
				     ehdr->e_type == ET_REL ? base : NULL);
	return o;
}

/**
 * symbols_load() - read the kernel's symbols
 * @kernel: path of the executable
 * @module_dir: where modules are looked for once they are needed
 */
struct symbols *symbols_load(const char *kernel, const char *module_dir)
{
	struct symbols *symbols = calloc(1, sizeof(*symbols));

	if (!symbols)
		return NULL;
	symbols->module_dir = module_dir;
	load_object(symbols, "", kernel);
	return symbols;
}

/**
 * symbols_set_text() - say what kernel sites count from
 * @symbols: to tell
 * @text: from the shared memory
 */
void symbols_set_text(struct symbols *symbols, uint64_t text)
{
	symbols->text = text;
}

/**
 * symbols_free() - the opposite of symbols_load()
 * @symbols: to free
 */
void symbols_free(struct symbols *symbols)
{
	for (size_t i = 0; symbols && i < symbols->nr; i++) {
		free(symbols->objects[i].symbols);
		if (symbols->objects[i].map)
			munmap(symbols->objects[i].map, symbols->objects[i].size);
	}
	free(symbols);
}

static struct object *module_object(struct symbols *symbols, const char *name)
{
	char path[512];

	for (size_t i = 1; i < symbols->nr; i++)
		if (!strcmp(symbols->objects[i].name, name))
			return &symbols->objects[i];
	snprintf(path, sizeof(path), "%s/%s.ko", symbols->module_dir, name);
	return load_object(symbols, name, path);
}

static const struct symbol *find_symbol(const struct object *o, uint64_t addr)
{
	size_t low = 0, high = o ? o->nr : 0;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (o->symbols[mid].addr <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low ? &o->symbols[low - 1] : NULL;
}

/**
 * site_name() - [module:]function+offset
 * @symbols: where to look
 * @modules: names of modules, from the shared memory
 * @site: to name
 * @buf: for the name
 * @size: of @buf
 *
 * A site is the return address of a hook: the instruction lies before it.
 */
void site_name(struct symbols *symbols, const struct explore_module *modules,
	       uint32_t site, char *buf, size_t size)
{
	const struct object *o = &symbols->objects[0];
	const struct symbol *sym;
	const char *prefix = "";
	uint64_t addr = site + symbols->text;

	if (site == EXPLORE_SITE_UNKNOWN) {
		snprintf(buf, size, "?");
		return;
	}
	if (site & EXPLORE_SITE_MODULE) {
		prefix = modules[EXPLORE_SITE_INDEX(site)].name;
		o = module_object(symbols, prefix);
		addr = site & (EXPLORE_SITE_INIT | EXPLORE_SITE_OFFSET(~0u));
	}
	sym = find_symbol(o, addr - 1);
	if (sym)
		snprintf(buf, size, "%s%s%s+0x%llx", prefix, *prefix ? ":" : "",
			 sym->name, (unsigned long long)(addr - sym->addr));
	else
		snprintf(buf, size, "%s+0x%llx", prefix,
			 (unsigned long long)addr);
}

/**
 * decision_print() - role @ site # passage > target : rank
 * @out: where to
 * @symbols: for the site
 * @modules: for the site
 * @d: the decision
 */
void decision_print(FILE *out, struct symbols *symbols,
		    const struct explore_module *modules,
		    const struct explore_decision *d)
{
	char name[256];

	site_name(symbols, modules, d->site, name, sizeof(name));
	fprintf(out, "%s@%s#%u>%s:%u", role_name(d->role), name, d->nth,
		role_name(d->target), d->rank);
}
