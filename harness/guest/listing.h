/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The names in a directory, and what has come and gone since they were taken down.
 */
#ifndef MODRACE_LISTING_H
#define MODRACE_LISTING_H

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>

#define LISTING_MAX_NAMES 4096

/**
 * struct listing - the names in one directory
 * @path: of the directory
 * @dir: kept open, which halves the price of reading it; NULL if it is not there
 * @names: allocated strings
 * @nr: how many
 * @sum: order-independent hash over them
 */
struct listing {
	const char *path;
	DIR *dir;
	char *names[LISTING_MAX_NAMES];
	unsigned int nr;
	uint64_t sum;
};

void listing_take(struct listing *l, const char *path);
bool listing_same(struct listing *l);
const char *listing_newcomer(struct listing *l);
const char *listing_missing(const struct listing *l);

#endif /* MODRACE_LISTING_H */
