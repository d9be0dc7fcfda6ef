/* SPDX-License-Identifier: GPL-2.0 */
/*
 * JSON files that are either whole or absent.
 */
#ifndef MODRACE_JSON_FILE_H
#define MODRACE_JSON_FILE_H

#include <jansson.h>

int json_write(json_t *json, const char *path);
void json_write_or_die(json_t *json, const char *path);

#endif /* MODRACE_JSON_FILE_H */
