// SPDX-License-Identifier: GPL-2.0
/*
 * See util.h. Where memory runs out, the program ends with one line and status 2; the
 * guests' wardens notice its end and clean up. Whether it has to end because a file
 * cannot be written, the caller knows.
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

#include "base/util.h"

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
 *
 * Return: whether it is there now; errno says why not.
 */
bool make_directory(const char *path)
{
	char *copy = format("%s", path);
	bool made;
	char *p;

	for (p = copy + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		mkdir(copy, 0777);
		*p = '/';
	}
	made = !mkdir(copy, 0777) || errno == EEXIST;
	free(copy);
	return made;
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
 *
 * Return: whether that went well; errno says why not.
 */
bool write_all(int fd, const void *data, size_t size)
{
	const char *p = data;

	while (size) {
		ssize_t n = write(fd, p, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		p += n;
		size -= n;
	}
	return true;
}

/**
 * file_begin() - begin to write a file that appears whole or not at all
 * @path: its final name
 *
 * Return: a stream, to be handed to file_commit(); NULL if there can be none, errno
 * then says why.
 */
FILE *file_begin(const char *path)
{
	char *temporary = format("%s.tmp", path);
	FILE *file = fopen(temporary, "we");

	free(temporary);
	return file;
}

/**
 * file_commit() - put a file begun with file_begin() in its place
 * @file: the stream; closed. NULL if it could not be opened, errno being of that
 * @path: its final name
 *
 * Return: 0, or a negative errno, nothing then being left of the file.
 */
int file_commit(FILE *file, const char *path)
{
	char *temporary;
	int err = 0;

	if (!file)
		return -errno;
	temporary = format("%s.tmp", path);
	if (fflush(file) || ferror(file) || fsync(fileno(file)))
		err = -errno;
	if (fclose(file) || (!err && rename(temporary, path)))
		err = err ? err : -errno;
	if (err)
		unlink(temporary);
	free(temporary);
	return err;
}

/**
 * file_begin_or_die() - begin a file without which the program cannot go on
 * @path: its final name
 *
 * Return: a stream, to be handed to file_commit_or_die().
 */
FILE *file_begin_or_die(const char *path)
{
	FILE *file = file_begin(path);

	if (!file)
		fatal("%s: cannot create: %s", path, strerror(errno));
	return file;
}

/**
 * file_commit_or_die() - put a file begun with file_begin_or_die() in its place
 * @file: the stream; closed
 * @path: its final name
 */
void file_commit_or_die(FILE *file, const char *path)
{
	int err = file_commit(file, path);

	if (err)
		fatal("%s: cannot write: %s", path, strerror(-err));
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
