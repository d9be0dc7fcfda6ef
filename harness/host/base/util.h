/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What every part of the host program needs: one way to give up, strings and
 * paths that are never cut short, files that are either whole or absent.
 */
#ifndef MODRACE_HOST_UTIL_H
#define MODRACE_HOST_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "compiler.h"

__printf(1, 2) __noreturn void fatal(const char *fmt, ...);
__printf(1, 2) char *format(const char *fmt, ...);
void *allocate(size_t size);
void *grow(void *array, size_t nr, size_t size);
double now_seconds(void);
bool make_directory(const char *path);
void remove_tree(const char *path);
bool write_all(int fd, const void *data, size_t size);
FILE *file_begin(const char *path);
int file_commit(FILE *file, const char *path);
FILE *file_begin_or_die(const char *path);
void file_commit_or_die(FILE *file, const char *path);
char *file_read(const char *path, size_t *size);
int run_program(const char *const *argv);
uint64_t parse_number(const char *what, const char *text, uint64_t min, uint64_t max);

#endif /* MODRACE_HOST_UTIL_H */
