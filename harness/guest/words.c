// SPDX-License-Identifier: GPL-2.0
/*
 * The reading described in words.h: strings of the sections .rodata* that look like names,
 * or like a verb and a number.
 */
#include <elf.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "channel.h"
#include "words.h"

static const char name_characters[] =
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";

static bool is_word(const char *text, size_t len)
{
	return len >= 2 && len <= WORD_LEN && strspn(text, name_characters) == len;
}

/* "add %u" */
static bool is_command(const char *text)
{
	static const char *const numbers[] = { " %u", " %d", " %i", " %x", " %lu", " %ld" };
	size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz_"), i;

	for (i = 0; len >= 2 && i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (!strcmp(text + len, numbers[i]))
			return true;
	}
	return false;
}

static void add_strings(struct names *words, struct names *commands, const char *pos, size_t size)
{
	const char *end = pos + size;
	size_t len;

	for (; pos < end; pos += len + 1) {
		len = strnlen(pos, end - pos);
		if (is_word(pos, len))
			names_add(words, "%s", pos);
		else if (len && len <= WORD_LEN && pos + len < end && is_command(pos))
			names_add(commands, "%s", pos);
	}
}

static void add_sections(struct names *words, struct names *commands, const char *image)
{
	const Elf64_Ehdr *elf = (const Elf64_Ehdr *)image;
	const Elf64_Shdr *header = (const Elf64_Shdr *)(image + elf->e_shoff);
	const char *names = image + header[elf->e_shstrndx].sh_offset;
	unsigned int i;

	for (i = 0; i < elf->e_shnum; i++) {
		if (!strncmp(names + header[i].sh_name, ".rodata", strlen(".rodata")))
			add_strings(words, commands, image + header[i].sh_offset,
				    header[i].sh_size);
	}
}

/**
 * words_read() - add the words of a module's file
 * @words: where to; sorted afterwards
 * @commands: where verbs with a number go
 * @fd: the file, one that the kernel is able to load
 */
void words_read(struct names *words, struct names *commands, int fd)
{
	struct stat st;
	char *image;

	guest_check(fstat(fd, &st), "fstat of a module");
	image = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (image == MAP_FAILED)
		guest_check(-1, "mmap of a module");
	add_sections(words, commands, image);
	munmap(image, st.st_size);
	names_sort(words);
}
