/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A report for programs: all that console_report_print() prints, and the kind, in
 * members of their own.
 */
#ifndef MODRACE_CONSOLE_JSON_H
#define MODRACE_CONSOLE_JSON_H

#include <jansson.h>

#include "decode/console.h"

json_t *console_report_json(const struct console_report *report, size_t start);

#endif /* MODRACE_CONSOLE_JSON_H */
