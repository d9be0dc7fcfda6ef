// SPDX-License-Identifier: GPL-2.0
/*
 * The reading described in words.h: strings of the sections .rodata* that look like names.
 */
#include <elf.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "channel.h"
#include "words.h"

static const char name_characters[] =
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";

static void add_words(struct names *words, const char *pos, size_t size)
{
	const char *end = pos + size;
	size_t len;

	for (; pos < end; pos += len + 1) {
		len = strnlen(pos, end - pos);
		if (len >= 2 && len <= WORD_LEN && strspn(pos, name_characters) == len)
			names_add(words, "%s", pos);
	}
}

static void add_sections(struct names *words, const char *image)
{
	const Elf64_Ehdr *elf = (const Elf64_Ehdr *)image;
	const Elf64_Shdr *header = (const Elf64_Shdr *)(image + elf->e_shoff);
	const char *names = image + header[elf->e_shstrndx].sh_offset;
	unsigned int i;

	for (i = 0; i < elf->e_shnum; i++) {
		if (!strncmp(names + header[i].sh_name, ".rodata", strlen(".rodata")))
			add_words(words, image + header[i].sh_offset, header[i].sh_size);
	}
}

/**
 * words_read() - add the words of a module's file
 * @words: where to; sorted afterwards
 * @fd: the file, one that the kernel is able to load
 */
void words_read(struct names *words, int fd)
{
	struct stat st;
	char *image;

	guest_check(fstat(fd, &st), "fstat of a module");
	image = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (image == MAP_FAILED)
		guest_check(-1, "mmap of a module");
	add_sections(words, image);
	munmap(image, st.st_size);
	names_sort(words);
}
