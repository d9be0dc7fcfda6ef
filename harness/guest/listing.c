// SPDX-License-Identifier: GPL-2.0
/*
 * The comparing described in listing.h. Names that are numbers do not count.
 */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "listing.h"

/* 64-bit FNV-1a */
static uint64_t hash_name(const char *name)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 0x100000001b3u;
	return hash;
}

/* Processes come and go in /proc; everything else is to stay the same. */
static bool is_process(const char *name)
{
	return name[strspn(name, "0123456789")] == '\0';
}

static bool listed(const struct listing *l, const char *name)
{
	unsigned int i;

	for (i = 0; i < l->nr; i++) {
		if (!strcmp(l->names[i], name))
			return true;
	}
	return false;
}

/* The directory's next name that counts, NULL behind the last. */
static const char *next_name(DIR *dir)
{
	struct dirent *entry;

	do {
		entry = readdir(dir);
	} while (entry && is_process(entry->d_name));
	return entry ? entry->d_name : NULL;
}

/* From its first name on; false if there is no such directory. */
static bool begin_reading(struct listing *l)
{
	if (l->dir)
		rewinddir(l->dir);
	else
		l->dir = opendir(l->path);
	return l->dir;
}

/**
 * listing_take() - take down what is in a directory
 * @l: filled in, zeroed before
 * @path: the directory, which need not exist; must stay where it is
 */
void listing_take(struct listing *l, const char *path)
{
	const char *name;

	l->path = path;
	if (!begin_reading(l))
		return;
	while (l->nr < LISTING_MAX_NAMES && (name = next_name(l->dir))) {
		l->names[l->nr++] = strdup(name);
		l->sum += hash_name(name);
	}
}

/**
 * listing_same() - does the directory have the names that it had?
 * @l: what it had
 */
bool listing_same(struct listing *l)
{
	const char *name;
	uint64_t sum = 0;

	if (begin_reading(l)) {
		while ((name = next_name(l->dir)))
			sum += hash_name(name);
	}
	return sum == l->sum;
}

/**
 * listing_newcomer() - the first name that was not there
 * @l: what was there
 *
 * Return: the name, valid until the directory is read again; NULL without one.
 */
const char *listing_newcomer(struct listing *l)
{
	const char *name = NULL;

	if (begin_reading(l)) {
		do
			name = next_name(l->dir);
		while (name && listed(l, name));
	}
	return name;
}

/**
 * listing_missing() - the first name that was there and no longer is
 * @l: what was there
 *
 * Return: the name, part of @l; empty without one.
 */
const char *listing_missing(const struct listing *l)
{
	unsigned int i;

	for (i = 0; i < l->nr; i++) {
		if (faccessat(dirfd(l->dir), l->names[i], F_OK, AT_SYMLINK_NOFOLLOW))
			return l->names[i];
	}
	return "";
}
