// SPDX-License-Identifier: GPL-2.0
/*
 * See util.h. Every failure of a call here ends the program with one line that
 * names the file and status 2; the guests' wardens notice its end and clean up.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "util.h"

/**
 * fatal() - say in one line why the program cannot go on, and end it
 * @fmt: the reason, and what the user can do about it
 */
void fatal(const char *fmt, ...)
{
	va_list args;

	fputs("modrace: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

/**
 * format() - a string from a format
 * @fmt: as for printf()
 *
 * Return: an allocated string.
 */
char *format(const char *fmt, ...)
{
	va_list args;
	char *text;
	int n;

	va_start(args, fmt);
	n = vasprintf(&text, fmt, args);
	va_end(args);
	if (n < 0)
		fatal("out of memory");
	return text;
}

/**
 * allocate() - zeroed memory
 * @size: bytes
 */
void *allocate(size_t size)
{
	void *p = calloc(1, size);

	if (!p)
		fatal("out of memory");
	return p;
}

/**
 * grow() - room for one more element
 * @array: allocated array or NULL
 * @nr: elements in use
 * @size: of one element
 *
 * Return: the array, perhaps elsewhere; room is made at powers of two.
 */
void *grow(void *array, size_t nr, size_t size)
{
	if (nr & (nr - 1))
		return array;
	array = reallocarray(array, nr ? nr * 2 : 1, size);
	if (!array)
		fatal("out of memory");
	return array;
}

/**
 * now_seconds() - monotonic time
 */
double now_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/**
 * make_directory() - create a directory and its parents
 * @path: existing is fine
 */
void make_directory(const char *path)
{
	char *copy = format("%s", path);
	char *p;

	for (p = copy + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		mkdir(copy, 0777);
		*p = '/';
	}
	if (mkdir(copy, 0777) && errno != EEXIST)
		fatal("%s: cannot create the directory: %s", path, strerror(errno));
	free(copy);
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	remove(path);
	return 0;
}

/**
 * remove_tree() - remove a directory and all in it, as far as possible
 * @path: absent is fine
 */
void remove_tree(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/**
 * write_all() - write to a file, whole
 * @fd: the file
 * @data: what to write
 * @size: bytes
 * @path: its name, for the message
 */
void write_all(int fd, const void *data, size_t size, const char *path)
{
	const char *p = data;

	while (size) {
		ssize_t n = write(fd, p, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			fatal("%s: cannot write: %s", path, strerror(errno));
		p += n;
		size -= n;
	}
}

/**
 * file_begin() - begin to write a file that appears whole or not at all
 * @path: its final name
 *
 * Return: a stream, to be handed to file_commit().
 */
FILE *file_begin(const char *path)
{
	char *temporary = format("%s.tmp", path);
	FILE *file = fopen(temporary, "we");

	if (!file)
		fatal("%s: cannot create: %s", temporary, strerror(errno));
	free(temporary);
	return file;
}

/**
 * file_commit() - put a file begun with file_begin() in its place
 * @file: the stream; closed
 * @path: its final name
 */
void file_commit(FILE *file, const char *path)
{
	char *temporary = format("%s.tmp", path);

	if (fflush(file) || ferror(file) || fsync(fileno(file)) || fclose(file) ||
	    rename(temporary, path)) {
		int error = errno;

		unlink(temporary);
		fatal("%s: cannot write: %s", path, strerror(error));
	}
	free(temporary);
}

/**
 * file_read() - read a whole file
 * @path: the file
 * @size: set to its size; may be NULL
 *
 * Return: allocated contents with a terminating NUL, or NULL with errno set.
 */
char *file_read(const char *path, size_t *size)
{
	FILE *file = fopen(path, "re");
	char *data = NULL;
	size_t used = 0;

	if (!file)
		return NULL;
	do {
		data = realloc(data, used + 65537);
		if (!data)
			fatal("out of memory");
		used += fread(data + used, 1, 65536, file);
	} while (!feof(file) && !ferror(file));

	if (ferror(file)) {
		int error = errno;

		fclose(file);
		free(data);
		errno = error;
		return NULL;
	}
	data[used] = '\0';
	if (size)
		*size = used;
	fclose(file);
	return data;
}

/**
 * run_program() - run a program to its end
 * @argv: its arguments, the program itself first; NULL ends the list
 *
 * Return: its exit status, or -1 if it could not be run or was killed.
 */
int run_program(const char *const *argv)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		sigset_t none;

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		execv(argv[0], (char *const *)argv);
		fprintf(stderr, "modrace: %s: %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	if (pid < 0)
		return -1;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/**
 * parse_number() - a number the user gave
 * @what: what it is for, as the user writes it
 * @text: what the user wrote
 * @min: least value allowed
 * @max: greatest value allowed
 */
uint64_t parse_number(const char *what, const char *text, uint64_t min, uint64_t max)
{
	uint64_t value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (!isdigit((unsigned char)*text) || *end || errno || value < min || value > max)
		fatal("%s=%s: not a number from %" PRIu64 " to %" PRIu64, what, text, min, max);
	return value;
}
