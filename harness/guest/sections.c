// SPDX-License-Identifier: GPL-2.0
/*
 * The addresses of a module's sections, from /sys/module/NAME/sections.
 *
 * Reading some twenty files takes longer than an unload. But a module is loaded
 * to a few pieces of memory, and where in its piece a section lies depends on the
 * module's file alone (layout_sections() in kernel/module/main.c). So the files
 * are all read once, and then one for each piece.
 */
#include <elf.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "channel.h"
#include "sections.h"
#include "util.h"

static enum piece piece_of(const char *name, uint64_t flags)
{
	bool init = !strncmp(name, ".init", 5);

	if (flags & SHF_EXECINSTR)
		return init ? PIECE_INIT_TEXT : PIECE_TEXT;
	if (!strcmp(name, ".data..ro_after_init") || !strcmp(name, "__jump_table"))
		return PIECE_RO_AFTER_INIT;
	if (flags & SHF_WRITE)
		return init ? PIECE_INIT_DATA : PIECE_DATA;
	return init ? PIECE_INIT_RODATA : PIECE_RODATA;
}

/* Nobody could run into what is not loaded, or is read by user space only. */
static bool is_interesting(const char *name, const Elf64_Shdr *header)
{
	return header->sh_flags & SHF_ALLOC && header->sh_size && strncmp(name, ".note", 5) &&
	       strcmp(name, ".eh_frame");
}

static void collect(struct sections *s, const Elf64_Ehdr *elf)
{
	const char *image = (const char *)elf;
	const Elf64_Shdr *header = (const Elf64_Shdr *)(image + elf->e_shoff);
	const char *names = image + header[elf->e_shstrndx].sh_offset;
	unsigned int i;

	for (i = 0; i < elf->e_shnum && s->nr < MAX_SECTIONS; i++) {
		const char *name = names + header[i].sh_name;
		struct section *section = &s->section[s->nr];

		if (!is_interesting(name, &header[i]))
			continue;
		snprintf(section->name, sizeof(section->name), "%s", name);
		section->piece = piece_of(name, header[i].sh_flags);
		s->nr++;
	}
}

/**
 * sections_init() - learn which sections a module has
 * @s: filled in
 * @module: the module's name
 * @fd: its file, one that the kernel is able to load
 */
void sections_init(struct sections *s, const char *module, int fd)
{
	struct stat st;
	void *image;

	memset(s, 0, sizeof(*s));
	snprintf(s->module, sizeof(s->module), "%s", module);
	guest_check(fstat(fd, &st), module);
	image = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (image == MAP_FAILED)
		guest_check(-1, module);
	collect(s, image);
	munmap(image, st.st_size);
}

/* 0 if the kernel has no file for the section. */
static uint64_t read_address(const struct sections *s, const char *section)
{
	char path[160], value[32];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/sys/module/%s/sections/%s", s->module, section);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, value, sizeof(value) - 1);
	close(fd);
	value[n < 0 ? 0 : n] = '\0';
	return strtoull(value, NULL, 16);
}

static void read_all(struct sections *s)
{
	unsigned int i;

	for (i = 0; i < s->nr; i++)
		s->section[i].address = read_address(s, s->section[i].name);
	s->known = true;
}

/* Moves a piece to where the first of its sections is now. */
static bool follow_piece(struct sections *s, enum piece piece)
{
	uint64_t offset = 0;
	bool found = false;
	unsigned int i;

	for (i = 0; i < s->nr; i++) {
		struct section *section = &s->section[i];

		if (section->piece != piece || !section->address)
			continue;
		if (!found)
			offset = read_address(s, section->name) - section->address;
		found = true;
		section->address += offset;
	}
	return offset;
}

static bool follow_all(struct sections *s)
{
	enum piece piece;
	bool moved = false;

	for (piece = 0; piece < PIECES; piece++)
		moved |= follow_piece(s, piece);
	return moved;
}

static void send(const struct sections *s)
{
	struct wire_record r = { .kind = WIRE_SECTIONS };
	size_t used = 0;
	unsigned int i;

	snprintf(r.name, sizeof(r.name), "%s", s->module);
	for (i = 0; i < s->nr && used < sizeof(r.text); i++) {
		if (s->section[i].address)
			used += snprintf(r.text + used, sizeof(r.text) - used, "%s%s=%" PRIx64,
					 used ? " " : "", s->section[i].name,
					 s->section[i].address);
	}
	channel_send(&r);
}

/**
 * sections_report() - send the section addresses of a module that is loaded
 * @s: the module's sections
 *
 * Nothing is sent while they are where they were the time before.
 */
void sections_report(struct sections *s)
{
	bool moved = !s->known;

	if (moved)
		read_all(s);
	else
		moved = follow_all(s);
	if (moved)
		send(s);
}
