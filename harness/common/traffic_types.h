/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kinds of traffic a scenario may ask for, with the keys each kind takes.
 *
 * One table, read by both sides: the host checks scenario files against it
 * before anything boots, the guest finds its parameters by position in it. How
 * a kind works is the guest's business (harness/guest/traffic/).
 */
#ifndef MODRACE_TRAFFIC_TYPES_H
#define MODRACE_TRAFFIC_TYPES_H

#include <stdbool.h>
#include <stddef.h>

#define TRAFFIC_MAX_KEYS 8

enum traffic_key_kind {
	TRAFFIC_KEY_STRING,
	TRAFFIC_KEY_NUMBER,
	TRAFFIC_KEY_BOOL,
};

/**
 * struct traffic_key - one key of a [traffic NAME] section
 * @name: the key as written in the scenario file; NULL ends a table
 * @kind: how its value is checked
 * @def: value when the key is absent; NULL makes the key mandatory
 * @help: one line for `modrace --list-traffic`
 */
struct traffic_key {
	const char *name;
	enum traffic_key_kind kind;
	const char *def;
	const char *help;
};

/**
 * struct traffic_type - one kind of traffic
 * @name: what `type =` says
 * @help: one line for `modrace --list-traffic`
 * @keys: its keys, ended by an entry without a name
 */
struct traffic_type {
	const char *name;
	const char *help;
	struct traffic_key keys[TRAFFIC_MAX_KEYS + 1];
};

extern const struct traffic_type traffic_types[];
extern const size_t nr_traffic_types;

const struct traffic_type *traffic_type_find(const char *name);
int traffic_key_index(const struct traffic_type *type, const char *key);
bool traffic_value_valid(const struct traffic_key *key, const char *value);

#endif /* MODRACE_TRAFFIC_TYPES_H */
