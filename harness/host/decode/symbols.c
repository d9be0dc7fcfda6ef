// SPDX-License-Identifier: GPL-2.0
/*
 * Symbols: names, source lines and inlined calls for guest addresses, with
 * libdwfl for what is in the ELF files. What has been read of a file is kept: it
 * takes longer to read a kernel's symbols than to do anything with them. So are answers:
 * one failure is looked at many times, and its stacks hold the same addresses each time.
 *
 * Each object (the kernel, and every load of a module) has a libdwfl session of
 * its own, because two loads may cover the same addresses at different times,
 * which libdwfl does not allow within one.
 */
#include <elfutils/libdwfl.h>
#include <dwarf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "decode/symbols.h"

#define KASAN_SCALE_SHIFT 3

/**
 * struct symbol_entry - one symbol of an object
 * @address: where it starts
 * @end: where it ends
 * @name: owned by the libdwfl session
 */
struct symbol_entry {
	uint64_t address;
	uint64_t end;
	const char *name;
};

/**
 * struct range - one section of a loaded module
 * @name: section
 * @address: where it starts
 * @size: bytes; known once the object has been opened
 */
struct range {
	char *name;
	uint64_t address;
	uint64_t size;
};

/**
 * struct answer - what was found at an address
 * @entry: the symbol
 * @address: the address
 * @is_return: it was asked for as a return address
 * @unloaded: the module had been unloaded
 * @max: for how much of it there was room
 * @nr: entries of @chain
 * @chain: what was found
 */
struct answer {
	const struct symbol_entry *entry;
	uint64_t address;
	bool is_return;
	bool unloaded;
	size_t max;
	size_t nr;
	struct symbol_place chain[];
};

/**
 * struct object - the kernel, or one load of a module
 * @name: module, empty for the kernel
 * @path: ELF file
 * @ranges: sections of a module; none for the kernel
 * @nr_ranges: entries of @ranges
 * @unloaded: the module has been unloaded
 * @opened: an attempt to open @path has been made
 * @dwfl: session, NULL if not open
 * @module: the only module of @dwfl
 * @entries: sorted by address
 * @nr_entries: entries of @entries
 * @names: the same, sorted by name; NULL before a name is looked up
 * @answers: what has been asked of it, a tree of struct answer as tsearch(3) has it
 */
struct object {
	char *name;
	char *path;
	struct range *ranges;
	size_t nr_ranges;
	bool unloaded;
	bool opened;
	Dwfl *dwfl;
	Dwfl_Module *module;
	struct symbol_entry *entries;
	size_t nr_entries;
	const struct symbol_entry **names;
	void *answers;
};

/**
 * struct objects - some loads of modules
 * @list: oldest first; each is allocated, since libdwfl keeps pointers to it
 * @nr: entries used of @list
 */
struct objects {
	struct object *list[SYMBOLS_MAX_LOADS];
	size_t nr;
};

/**
 * struct symbols - all objects
 * @kernel: the kernel
 * @loads: loads of modules
 * @spare: loads of guests before, which this one may have, too
 * @tree: what source paths of the kernel start with, NULL if not known yet
 */
struct symbols {
	struct object kernel;
	struct objects loads;
	struct objects spare;
	char *tree;
};

static int find_elf(Dwfl_Module *mod, void **userdata, const char *modname, Dwarf_Addr base,
		    char **file_name, Elf **elf)
{
	const struct object *object = *userdata;

	(void)mod;
	(void)modname;
	(void)base;
	(void)elf;
	*file_name = strdup(object->path);
	return open(object->path, O_RDONLY | O_CLOEXEC);
}

static int no_separate_debuginfo(Dwfl_Module *mod, void **userdata, const char *modname,
				 Dwarf_Addr base, const char *file_name, const char *debuglink_file,
				 GElf_Word debuglink_crc, char **debuginfo_file_name)
{
	(void)mod;
	(void)userdata;
	(void)modname;
	(void)base;
	(void)file_name;
	(void)debuglink_file;
	(void)debuglink_crc;
	(void)debuginfo_file_name;
	return -1;
}

/* libdwfl asks where a section lies; (Dwarf_Addr)-1 says that it does not */
static int section_address(Dwfl_Module *mod, void **userdata, const char *modname, Dwarf_Addr base,
			   const char *secname, GElf_Word shndx, const GElf_Shdr *shdr,
			   Dwarf_Addr *addr)
{
	struct object *object = *userdata;
	size_t i;

	(void)mod;
	(void)modname;
	(void)base;
	(void)shndx;
	*addr = (Dwarf_Addr)-1;
	for (i = 0; i < object->nr_ranges; i++) {
		if (!strcmp(object->ranges[i].name, secname)) {
			object->ranges[i].size = shdr->sh_size;
			*addr = object->ranges[i].address;
		}
	}
	return DWARF_CB_OK;
}

static const Dwfl_Callbacks kernel_callbacks = {
	.find_elf = dwfl_build_id_find_elf,
	.find_debuginfo = no_separate_debuginfo,
};

static const Dwfl_Callbacks module_callbacks = {
	.find_elf = find_elf,
	.find_debuginfo = no_separate_debuginfo,
	.section_address = section_address,
};

static int compare_entries(const void *a, const void *b)
{
	const struct symbol_entry *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return x->end < y->end ? -1 : x->end > y->end;
}

/* Symbols without a size (assembler) extend to the next one. */
static void close_gaps(struct object *object)
{
	size_t i;

	for (i = 0; i + 1 < object->nr_entries; i++) {
		struct symbol_entry *entry = &object->entries[i];

		if (entry->end == entry->address)
			entry->end = entry[1].address;
	}
}

static bool is_wanted(const char *name, const GElf_Sym *sym, GElf_Word shndx)
{
	unsigned int type = GELF_ST_TYPE(sym->st_info);

	return name && *name && *name != '.' && shndx != SHN_UNDEF && shndx != SHN_ABS &&
	       strncmp(name, "__UNIQUE_ID", 11) &&
	       (type == STT_FUNC || type == STT_OBJECT || type == STT_NOTYPE);
}

static int read_symbols(struct object *object)
{
	int i, nr = dwfl_module_getsymtab(object->module);

	if (nr <= 0)
		return -ENOEXEC;
	object->entries = calloc(nr, sizeof(*object->entries));
	if (!object->entries)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		GElf_Word shndx = SHN_UNDEF;
		GElf_Sym sym;
		GElf_Addr address;
		const char *name = dwfl_module_getsym_info(object->module, i, &sym, &address,
							   &shndx, NULL, NULL);

		if (is_wanted(name, &sym, shndx))
			object->entries[object->nr_entries++] =
				(struct symbol_entry){ address, address + sym.st_size, name };
	}
	qsort(object->entries, object->nr_entries, sizeof(*object->entries), compare_entries);
	close_gaps(object);
	return 0;
}

static Dwfl_Module *report_module(struct object *object)
{
	uint64_t start = UINT64_MAX, end = 0;
	Dwfl_Module *module;
	void **userdata;
	size_t i;

	for (i = 0; i < object->nr_ranges; i++) {
		uint64_t address = object->ranges[i].address;

		start = address < start ? address : start;
		end = address + 1 > end ? address + 1 : end;
	}
	module = dwfl_report_module(object->dwfl, object->name, start, end);
	if (module) {
		dwfl_module_info(module, &userdata, NULL, NULL, NULL, NULL, NULL, NULL);
		*userdata = object;
	}
	return module;
}

static Dwfl_Module *report_object(struct object *object)
{
	if (object->nr_ranges)
		return report_module(object);
	return dwfl_report_elf(object->dwfl, "kernel", object->path, -1, 0, false);
}

static void close_object(struct object *object)
{
	free(object->names);
	object->names = NULL;
	free(object->entries);
	object->entries = NULL;
	object->nr_entries = 0;
	dwfl_end(object->dwfl);
	object->dwfl = NULL;
}

/* Opens an object the first time it is needed. */
static bool open_object(struct object *object)
{
	if (object->opened)
		return object->dwfl;
	object->opened = true;
	object->dwfl = dwfl_begin(object->nr_ranges ? &module_callbacks : &kernel_callbacks);
	if (!object->dwfl)
		return false;
	dwfl_report_begin(object->dwfl);
	object->module = report_object(object);
	dwfl_report_end(object->dwfl, NULL, NULL);
	if (!object->module || read_symbols(object))
		close_object(object);
	return object->dwfl;
}

/* Whether @address lies in a section of a module, or in one that holds code */
static bool in_ranges(const struct object *object, uint64_t address, bool code)
{
	size_t i;

	for (i = 0; i < object->nr_ranges; i++) {
		const struct range *range = &object->ranges[i];

		if (address - range->address < range->size &&
		    (!code || strstr(range->name, "text")))
			return true;
	}
	return false;
}

/* The last symbol that starts at or before @address and covers it */
static const struct symbol_entry *find_entry(const struct object *object, uint64_t address)
{
	size_t low = 0, high = object->nr_entries;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (object->entries[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || address >= object->entries[low - 1].end)
		return NULL;
	return &object->entries[low - 1];
}

static void copy_string(char *buf, size_t size, const char *text)
{
	snprintf(buf, size, "%s", text);
}

/* Takes "dir/../" out of an absolute path, as the compiler left it there. */
static void normalize(char *path)
{
	size_t i, n = 0;

	for (i = 0; path[i]; i++) {
		path[n++] = path[i];
		if (n < 5 || memcmp(&path[n - 4], "/../", 4))
			continue;
		for (n -= 4; n > 0 && path[n - 1] != '/'; n--)
			;
	}
	path[n] = '\0';
}

/* File names in debug information are relative to where the compiler ran. */
static void full_path(Dwarf_Die *cu, const char *file, char *path)
{
	Dwarf_Attribute attr;
	const char *dir = dwarf_formstring(dwarf_attr(cu, DW_AT_comp_dir, &attr));

	if (*file == '/' || !dir)
		snprintf(path, PATH_MAX, "%s", file);
	else
		snprintf(path, PATH_MAX, "%s/%s", dir, file);
	if (*path == '/')
		normalize(path);
}

/* Source of the code at @pc into @path; returns the line, 0 if unknown */
static int source_of(struct object *object, uint64_t pc, char *path)
{
	Dwfl_Line *found = dwfl_module_getsrc(object->module, pc);
	Dwarf_Addr bias;
	Dwarf_Die *cu = dwfl_module_addrdie(object->module, pc, &bias);
	const char *file;
	int line = 0;

	path[0] = '\0';
	file = found && cu ? dwfl_lineinfo(found, NULL, &line, NULL, NULL, NULL) : NULL;
	if (file)
		full_path(cu, file, path);
	return file ? line : 0;
}

/*
 * Where the kernel tree was when it was built: start_kernel() is in
 * init/main.c, what stands before that is the tree.
 */
static const char *find_tree(struct symbols *syms)
{
	static const char suffix[] = "init/main.c";
	struct object *kernel = &syms->kernel;
	char path[PATH_MAX] = "";
	size_t i, len;

	if (syms->tree)
		return syms->tree;
	for (i = 0; open_object(kernel) && i < kernel->nr_entries && !path[0]; i++)
		if (!strcmp(kernel->entries[i].name, "start_kernel"))
			source_of(kernel, kernel->entries[i].address, path);
	len = strlen(path);
	if (len >= sizeof(suffix) && !strcmp(path + len - sizeof(suffix) + 1, suffix))
		path[len - sizeof(suffix) + 1] = '\0';
	else
		path[0] = '\0';
	syms->tree = strdup(path);
	return syms->tree;
}

static void set_source(struct symbols *syms, struct symbol_place *place, const char *path, int line)
{
	const char *tree = find_tree(syms);
	size_t len = tree ? strlen(tree) : 0;

	if (!*path)
		return;
	if (len && !strncmp(path, tree, len))
		path += len;
	else if (place->module[0] && strrchr(path, '/'))
		path = strrchr(path, '/') + 1;
	copy_string(place->file, sizeof(place->file), path);
	place->line = line;
}

/* Source of the call of an inlined function into @path; returns the line */
static int call_site(Dwarf_Die *cu, Dwarf_Die *die, char *path)
{
	Dwarf_Attribute attr;
	Dwarf_Files *files;
	Dwarf_Word index, line;
	const char *file = NULL;
	size_t nr;

	if (!dwarf_formudata(dwarf_attr(die, DW_AT_call_file, &attr), &index) &&
	    !dwarf_getsrcfiles(cu, &files, &nr) && index < nr)
		file = dwarf_filesrc(files, index, NULL, NULL);
	path[0] = '\0';
	if (file)
		full_path(cu, file, path);
	return dwarf_formudata(dwarf_attr(die, DW_AT_call_line, &attr), &line) ? 0 : (int)line;
}

/*
 * Adds the functions inlined at @pc before the last place of the chain. Each
 * takes over the source line found so far, the next one out gets the line of
 * the call.
 */
static size_t add_inlined(struct symbols *syms, Dwarf_Die *cu, Dwarf_Die *scopes, int nr,
			  struct symbol_place *chain, size_t max)
{
	char path[PATH_MAX];
	size_t n = 1;
	int i, line;

	for (i = 0; i < nr && n < max; i++) {
		const char *name = dwarf_diename(&scopes[i]);

		if (dwarf_tag(&scopes[i]) == DW_TAG_subprogram)
			break;
		if (dwarf_tag(&scopes[i]) != DW_TAG_inlined_subroutine || !name)
			continue;
		chain[n] = chain[n - 1];
		copy_string(chain[n - 1].symbol, sizeof(chain[n - 1].symbol), name);
		chain[n - 1].inlined = true;
		chain[n - 1].offset = 0;
		chain[n - 1].size = 0;
		line = call_site(cu, &scopes[i], path);
		set_source(syms, &chain[n], path, line);
		n++;
	}
	return n;
}

/* @chain[0] holds the symbol already; adds source and inlined functions */
static size_t add_debuginfo(struct symbols *syms, struct object *object, uint64_t pc,
			    struct symbol_place *chain, size_t max)
{
	Dwarf_Die *scopes = NULL, *nested = NULL, *cu;
	Dwarf_Addr bias;
	char path[PATH_MAX];
	int line = source_of(object, pc, path), nr;
	size_t n = 1;

	set_source(syms, &chain[0], path, line);
	cu = dwfl_module_addrdie(object->module, pc, &bias);
	if (cu && dwarf_getscopes(cu, pc - bias, &scopes) > 0) {
		nr = dwarf_getscopes_die(&scopes[0], &nested);
		n = add_inlined(syms, cu, nested, nr, chain, max);
	}
	free(nested);
	free(scopes);
	return n;
}

static size_t describe_anew(struct symbols *syms, struct object *object,
			    const struct symbol_entry *entry, uint64_t address, bool is_return,
			    struct symbol_place *chain, size_t max)
{
	if (!max)
		return 0;
	memset(&chain[0], 0, sizeof(chain[0]));
	copy_string(chain[0].symbol, sizeof(chain[0].symbol), entry->name);
	copy_string(chain[0].module, sizeof(chain[0].module), object->name);
	chain[0].offset = address - entry->address;
	chain[0].size = entry->end - entry->address;
	chain[0].unloaded = object->unloaded;
	return add_debuginfo(syms, object, address - is_return, chain, max);
}

static int compare_answers(const void *a, const void *b)
{
	const struct answer *x = a, *y = b;

	if (x->entry != y->entry)
		return x->entry < y->entry ? -1 : 1;
	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	if (x->is_return != y->is_return)
		return x->is_return - y->is_return;
	if (x->unloaded != y->unloaded)
		return x->unloaded - y->unloaded;
	return x->max < y->max ? -1 : x->max > y->max;
}

/* Without memory the next one who asks has to wait again. */
static void keep_answer(struct object *object, const struct answer *key,
			const struct symbol_place *chain, size_t nr)
{
	struct answer *answer = malloc(sizeof(*answer) + nr * sizeof(*chain));

	if (!answer)
		return;
	*answer = *key;
	answer->nr = nr;
	memcpy(answer->chain, chain, nr * sizeof(*chain));
	if (!tsearch(answer, &object->answers, compare_answers))
		free(answer);
}

/* What was found before is found again. */
static size_t describe(struct symbols *syms, struct object *object,
		       const struct symbol_entry *entry, uint64_t address, bool is_return,
		       struct symbol_place *chain, size_t max)
{
	struct answer key = { entry, address, is_return, object->unloaded, max, 0 };
	struct answer *const *known = tfind(&key, &object->answers, compare_answers);
	size_t nr;

	if (known) {
		memcpy(chain, (*known)->chain, (*known)->nr * sizeof(*chain));
		return (*known)->nr;
	}
	nr = describe_anew(syms, object, entry, address, is_return, chain, max);
	keep_answer(object, &key, chain, nr);
	return nr;
}

/**
 * symbols_create() - start with a kernel
 * @kernel_path: the UML executable, with debug information; copied. It is
 *	opened at the first lookup; if that fails, kernel addresses stay unknown.
 *
 * Return: symbols to be freed with symbols_free(), NULL without memory.
 */
struct symbols *symbols_create(const char *kernel_path)
{
	struct symbols *syms = calloc(1, sizeof(*syms));

	if (!syms)
		return NULL;
	syms->kernel.name = strdup("");
	syms->kernel.path = strdup(kernel_path);
	if (!syms->kernel.name || !syms->kernel.path) {
		symbols_free(syms);
		return NULL;
	}
	return syms;
}

static void drop_object(struct object *object)
{
	size_t i;

	close_object(object);
	tdestroy(object->answers, free);
	for (i = 0; i < object->nr_ranges; i++)
		free(object->ranges[i].name);
	free(object->ranges);
	free(object->name);
	free(object->path);
	memset(object, 0, sizeof(*object));
}

static void free_load(struct object *load)
{
	drop_object(load);
	free(load);
}

static struct object *take(struct objects *objects, size_t index)
{
	struct object *object = objects->list[index];

	objects->nr--;
	memmove(&objects->list[index], &objects->list[index + 1],
		(objects->nr - index) * sizeof(objects->list[0]));
	return object;
}

/* The oldest makes room. */
static void put(struct objects *objects, struct object *object)
{
	if (objects->nr == SYMBOLS_MAX_LOADS)
		free_load(take(objects, 0));
	objects->list[objects->nr++] = object;
}

/**
 * symbols_free() - free everything
 * @syms: from symbols_create(); may be NULL
 */
void symbols_free(struct symbols *syms)
{
	if (!syms)
		return;
	while (syms->loads.nr)
		free_load(take(&syms->loads, 0));
	while (syms->spare.nr)
		free_load(take(&syms->spare, 0));
	drop_object(&syms->kernel);
	free(syms->tree);
	free(syms);
}

static bool is_same(const struct object *load, const char *name, const char *path,
		    const struct symbol_section *sections, size_t nr)
{
	size_t i;

	if (strcmp(load->name, name) || strcmp(load->path, path) || load->nr_ranges != nr)
		return false;
	for (i = 0; i < nr; i++)
		if (load->ranges[i].address != sections[i].address ||
		    strcmp(load->ranges[i].name, sections[i].name))
			return false;
	return true;
}

/* A load of the same module to the same place has been read already. */
static struct object *take_same(struct objects *objects, const char *name, const char *path,
				const struct symbol_section *sections, size_t nr)
{
	size_t i;

	for (i = 0; i < objects->nr; i++)
		if (is_same(objects->list[i], name, path, sections, nr))
			return take(objects, i);
	return NULL;
}

static struct object *new_load(const char *name, const char *path,
			       const struct symbol_section *sections, size_t nr)
{
	struct object *load = calloc(1, sizeof(*load));

	if (!load)
		return NULL;
	load->name = strdup(name);
	load->path = strdup(path);
	load->ranges = calloc(nr, sizeof(*load->ranges));
	while (load->ranges && load->nr_ranges < nr) {
		struct range *range = &load->ranges[load->nr_ranges];

		range->address = sections[load->nr_ranges].address;
		range->name = strdup(sections[load->nr_ranges].name);
		if (!range->name)
			break;
		load->nr_ranges++;
	}
	if (load->name && load->path && load->nr_ranges == nr)
		return load;
	free_load(load);
	return NULL;
}

/**
 * symbols_add_module() - put a module where the guest had loaded it
 * @syms: symbols
 * @name: of the module
 * @ko_path: its file, opened at the first lookup that needs it
 * @sections: where its sections lie; copied
 * @nr: entries of @sections, at least 1
 *
 * The same module may be added again after it was loaded elsewhere, and another
 * one at the same addresses: lookups prefer the latest. Of more than
 * SYMBOLS_MAX_LOADS loads the oldest are forgotten.
 *
 * Return: 0, -EINVAL without sections, or -ENOMEM.
 */
int symbols_add_module(struct symbols *syms, const char *name, const char *ko_path,
		       const struct symbol_section *sections, size_t nr)
{
	struct object *load;

	if (!nr)
		return -EINVAL;
	load = take_same(&syms->loads, name, ko_path, sections, nr);
	if (!load)
		load = take_same(&syms->spare, name, ko_path, sections, nr);
	if (!load)
		load = new_load(name, ko_path, sections, nr);
	if (!load)
		return -ENOMEM;
	load->unloaded = false;
	put(&syms->loads, load);
	return 0;
}

/**
 * symbols_forget_modules() - begin with another guest of the same kernel
 * @syms: symbols; none of the modules added so far is known any more
 */
void symbols_forget_modules(struct symbols *syms)
{
	while (syms->loads.nr)
		put(&syms->spare, take(&syms->loads, 0));
}

/**
 * symbols_module_unloaded() - note that a module is no longer loaded
 * @syms: symbols
 * @name: of the module; all its loads so far
 */
void symbols_module_unloaded(struct symbols *syms, const char *name)
{
	size_t i;

	for (i = 0; i < syms->loads.nr; i++)
		if (!strcmp(syms->loads.list[i]->name, name))
			syms->loads.list[i]->unloaded = true;
}

/**
 * symbols_unreadable() - was a module looked at that cannot be read?
 * @syms: symbols
 *
 * Return: its file; NULL if all that was needed could be read. Owned by @syms.
 */
const char *symbols_unreadable(const struct symbols *syms)
{
	size_t i;

	for (i = 0; i < syms->loads.nr; i++) {
		const struct object *load = syms->loads.list[i];

		if (load->opened && !load->dwfl)
			return load->path;
	}
	return NULL;
}

static struct object *find_load(struct symbols *syms, uint64_t address, bool code)
{
	size_t i;

	for (i = syms->loads.nr; i > 0; i--) {
		struct object *load = syms->loads.list[i - 1];

		if (open_object(load) && in_ranges(load, address, code))
			return load;
	}
	return NULL;
}

/*
 * The object @address belongs to, the latest if there were several. What is
 * looked for as code has been code once, whatever was put there since.
 */
static struct object *find_object(struct symbols *syms, uint64_t address, bool code)
{
	struct object *load = code ? find_load(syms, address, true) : NULL;

	if (!load)
		load = find_load(syms, address, false);
	if (load)
		return load;
	return open_object(&syms->kernel) ? &syms->kernel : NULL;
}

static size_t look_up(struct symbols *syms, struct object *object, uint64_t address, bool is_return,
		      struct symbol_place *chain, size_t max)
{
	const struct symbol_entry *entry = object ? find_entry(object, address) : NULL;

	return entry ? describe(syms, object, entry, address, is_return, chain, max) : 0;
}

/**
 * symbols_lookup() - what code lies at an address
 * @syms: symbols
 * @address: in the guest; if several modules were loaded there, the latest that
 *	had code there counts, or else the latest
 * @is_return: @address is a return address, the source line is that of the call
 * @chain: receives the functions inlined at @address, innermost first, and as
 *	the last place the symbol itself
 * @max: room in @chain; SYMBOLS_MAX_CHAIN will do
 *
 * Return: places filled in, 0 if nothing is known about @address.
 */
size_t symbols_lookup(struct symbols *syms, uint64_t address, bool is_return,
		      struct symbol_place *chain, size_t max)
{
	return look_up(syms, find_object(syms, address, true), address, is_return, chain, max);
}

static int compare_names(const void *a, const void *b)
{
	const struct symbol_entry *x = *(const struct symbol_entry **)a,
				  *y = *(const struct symbol_entry **)b;
	int order = strcmp(x->name, y->name);

	return order ? order : x < y ? -1 : x > y;
}

static bool sort_names(struct object *object)
{
	size_t i;

	if (object->names)
		return true;
	object->names = calloc(object->nr_entries + 1, sizeof(*object->names));
	if (!object->names)
		return false;
	for (i = 0; i < object->nr_entries; i++)
		object->names[i] = &object->entries[i];
	qsort(object->names, object->nr_entries, sizeof(*object->names), compare_names);
	return true;
}

/* The entries of a name in the order of addresses, up to the NULL or one of another name */
static const struct symbol_entry **find_names(struct object *object, const char *symbol)
{
	size_t low = 0, high = object->nr_entries;

	if (!sort_names(object))
		return NULL;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(object->names[middle]->name, symbol) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return &object->names[low];
}

static bool is_named(const struct symbol_entry *entry, const char *symbol)
{
	return entry && !strcmp(entry->name, symbol);
}

/* Of several static functions of one name, that which @offset fits best */
static const struct symbol_entry *find_name(struct object *object, const char *symbol,
					    uint64_t offset)
{
	const struct symbol_entry **entry = find_names(object, symbol);

	for (; entry && is_named(*entry, symbol); entry++)
		if (offset <= (*entry)->end - (*entry)->address)
			return *entry;
	return NULL;
}

/* The objects of a name, the latest load first; @i begins behind the loads. */
static struct object *next_object(struct symbols *syms, const char *module, size_t *i)
{
	struct object *object;

	while (*i > 0) {
		object = --*i ? syms->loads.list[*i - 1] : &syms->kernel;
		if (!strcmp(object->name, module) && open_object(object))
			return object;
	}
	return NULL;
}

/**
 * symbols_lookup_name() - what lies at "symbol+offset [module]"
 * @syms: symbols
 * @module: module, empty for the kernel
 * @symbol: function or variable
 * @offset: into @symbol, bytes
 * @is_return: as for symbols_lookup(); where a function begins, it is the end of
 *	the one before, whose last instruction is a call that does not return
 * @chain: as for symbols_lookup()
 * @max: as for symbols_lookup()
 *
 * Return: places filled in, 0 if there is no such symbol.
 */
size_t symbols_lookup_name(struct symbols *syms, const char *module, const char *symbol,
			   uint64_t offset, bool is_return, struct symbol_place *chain, size_t max)
{
	size_t i = syms->loads.nr + 1;
	const struct symbol_entry *entry;
	struct object *object;
	uint64_t address;

	while ((object = next_object(syms, module, &i))) {
		entry = find_name(object, symbol, offset);
		if (!entry)
			continue;
		address = entry->address + offset;
		if (is_return && !offset)
			entry = find_entry(object, address - 1) ?: entry;
		return describe(syms, object, entry, address, is_return, chain, max);
	}
	return 0;
}

/* Which one an entry is among those of its name, from 1 */
static unsigned int homonym(struct object *object, const struct symbol_entry *entry)
{
	const struct symbol_entry **other = find_names(object, entry->name);
	unsigned int nr = 1;

	for (; other && *other != entry; other++)
		nr++;
	return nr;
}

/**
 * symbols_name_exactly() - a name that leads back to the address
 * @syms: symbols
 * @address: in the guest, code
 * @place: receives the symbol, its offset and its module, no source. Of static
 *	functions of one name the second one is called "name~2".
 *
 * Return: 0, or -ENOENT if nothing is known about @address.
 */
int symbols_name_exactly(struct symbols *syms, uint64_t address, struct symbol_place *place)
{
	struct object *object = find_object(syms, address, true);
	const struct symbol_entry *entry = object ? find_entry(object, address) : NULL;
	unsigned int nr;

	if (!entry)
		return -ENOENT;
	memset(place, 0, sizeof(*place));
	nr = homonym(object, entry);
	copy_string(place->symbol, sizeof(place->symbol), entry->name);
	if (nr > 1)
		snprintf(place->symbol, sizeof(place->symbol), "%.80s~%u", entry->name, nr);
	copy_string(place->module, sizeof(place->module), object->name);
	place->offset = address - entry->address;
	return 0;
}

/* The entry of a name as symbols_name_exactly() gives it */
static const struct symbol_entry *find_homonym(struct object *object, const char *symbol)
{
	const char *tilde = strchr(symbol, '~');
	unsigned long nr = tilde ? strtoul(tilde + 1, NULL, 10) : 1;
	const struct symbol_entry **entry;
	char name[SYMBOLS_NAME_LEN];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(symbol, "~"), symbol);
	for (entry = find_names(object, name); entry && is_named(*entry, name); entry++)
		if (!--nr)
			return *entry;
	return NULL;
}

/**
 * symbols_find_exactly() - the address of a name
 * @syms: symbols
 * @module: module, the latest load counts; empty for the kernel
 * @symbol: as symbols_name_exactly() gives it
 * @offset: into @symbol, bytes
 * @address: set
 *
 * Return: 0, or -ENOENT if there is no such symbol or it is shorter than that.
 */
int symbols_find_exactly(struct symbols *syms, const char *module, const char *symbol,
			 uint64_t offset, uint64_t *address)
{
	size_t i = syms->loads.nr + 1;
	struct object *object = next_object(syms, module, &i);
	const struct symbol_entry *entry = object ? find_homonym(object, symbol) : NULL;

	if (!entry || offset >= entry->end - entry->address)
		return -ENOENT;
	*address = entry->address + offset;
	return 0;
}

/* Any section of a module, be there a symbol or not */
static int describe_section(struct symbols *syms, uint64_t address, char *buf, size_t size)
{
	const struct object *object = find_object(syms, address, false);
	size_t i;

	for (i = 0; object && i < object->nr_ranges; i++) {
		const struct range *range = &object->ranges[i];

		if (address - range->address >= range->size)
			continue;
		snprintf(buf, size, "%s+0x%llx [%s]%s", range->name,
			 (unsigned long long)(address - range->address), object->name,
			 object->unloaded ? " (unloaded)" : "");
		return 0;
	}
	return -ENOENT;
}

static int describe_plain(struct symbols *syms, uint64_t address, char *buf, size_t size)
{
	struct symbol_place place;

	if (!look_up(syms, find_object(syms, address, false), address, false, &place, 1))
		return describe_section(syms, address, buf, size);
	snprintf(buf, size, "%s+0x%llx%s%s%s%s", place.symbol, (unsigned long long)place.offset,
		 place.module[0] ? " [" : "", place.module, place.module[0] ? "]" : "",
		 place.unloaded ? " (unloaded)" : "");
	return 0;
}

/**
 * symbols_describe_address() - say what an address is, for people
 * @syms: symbols
 * @address: in the guest: code, data, or KASAN shadow of either
 * @buf: receives "symbol+0x4 [module]", perhaps followed by " (unloaded)", or
 *	preceded by "shadow of "
 * @size: of @buf, bytes
 *
 * Return: 0, or -ENOENT if nothing is known, @buf then empty.
 */
int symbols_describe_address(struct symbols *syms, uint64_t address, char *buf, size_t size)
{
	uint64_t shadowed = (address - SYMBOLS_SHADOW_OFFSET) << KASAN_SCALE_SHIFT;

	buf[0] = '\0';
	if (!describe_plain(syms, address, buf, size))
		return 0;
	if (address < SYMBOLS_SHADOW_OFFSET)
		return -ENOENT;
	copy_string(buf, size, "shadow of ");
	if (!describe_plain(syms, shadowed, buf + strlen(buf), size - strlen(buf)))
		return 0;
	buf[0] = '\0';
	return -ENOENT;
}
