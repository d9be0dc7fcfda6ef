// SPDX-License-Identifier: GPL-2.0
/*
 * Writing JSON files; see json_file.h. jansson hands NULL on from wherever a text was
 * not UTF-8, so that it is enough to look at the whole.
 */
#include <errno.h>
#include <string.h>

#include "base/json_file.h"
#include "base/util.h"

/**
 * json_write() - write a JSON file
 * @json: what goes into it, NULL if it could not be put together; let go of
 * @path: the file
 *
 * Return: 0, or a negative errno; -EILSEQ for a text that is not UTF-8.
 */
int json_write(json_t *json, const char *path)
{
	FILE *file;

	if (!json)
		return -EILSEQ;
	file = file_begin(path);
	if (file) {
		json_dumpf(json, file, JSON_INDENT(2));
		fputc('\n', file);
	}
	json_decref(json);
	return file_commit(file, path);
}

/**
 * json_write_or_die() - write a JSON file without which there is nothing to show
 * @json: as for json_write()
 * @path: the file
 */
void json_write_or_die(json_t *json, const char *path)
{
	int err = json_write(json, path);

	if (err)
		fatal("%s: cannot write: %s", path, strerror(-err));
}
