/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A kind of traffic: the keys that a [traffic NAME] section of `type = KIND` takes, and
 * what a worker does for it.
 *
 * A kind is one file of this directory and one row of kinds.c. Both sides are built with
 * it: the host checks scenario files and lists the keys, the guest carries out the
 * operations. A value is parsed once, with the scenario, into a field of the kind's own
 * structure; docs/traffic.md says how to add a kind.
 *
 *	key row    { "burst", TRAFFIC_NUMBER(struct udp_keys, burst, 1, 64), ... }
 *	scenario   burst = 8                   -> udp_keys.burst = 8, or file:line: why not
 *	worker     const struct udp_keys *keys = t->params;  ... keys->burst ...
 */
#ifndef MODRACE_TRAFFIC_KIND_H
#define MODRACE_TRAFFIC_KIND_H

#include <stdbool.h>
#include <stddef.h>

#define TRAFFIC_STRING_LEN 192
#define TRAFFIC_PARAMS_LEN 1024
#define TRAFFIC_MAX_KEYS   16
#define TRAFFIC_NUMBERS_NR 16

struct traffic;

/**
 * enum traffic_key_type - what a value is, and so the type of its field
 * @TRAFFIC_KEY_STRING: text; an array of char, as long as the text may be
 * @TRAFFIC_KEY_FILE: a file that has to be there before the traffic begins; as
 *	TRAFFIC_KEY_STRING
 * @TRAFFIC_KEY_MODULE: a module that the guest is given; as TRAFFIC_KEY_STRING
 * @TRAFFIC_KEY_NUMBER: a number within limits, in C's notation; unsigned long
 * @TRAFFIC_KEY_NUMBERS: some numbers within limits, blanks between; struct traffic_numbers
 * @TRAFFIC_KEY_BOOL: yes or no; bool
 * @TRAFFIC_KEY_CHOICE: one of some words; an enum, by the words' order
 */
enum traffic_key_type {
	TRAFFIC_KEY_STRING,
	TRAFFIC_KEY_FILE,
	TRAFFIC_KEY_MODULE,
	TRAFFIC_KEY_NUMBER,
	TRAFFIC_KEY_NUMBERS,
	TRAFFIC_KEY_BOOL,
	TRAFFIC_KEY_CHOICE,
};

/**
 * struct traffic_numbers - the value of a key that may be several numbers
 * @nr: how many there are
 * @value: the numbers
 */
struct traffic_numbers {
	unsigned int nr;
	unsigned long value[TRAFFIC_NUMBERS_NR];
};

/**
 * struct traffic_key - one key of a [traffic NAME] section
 * @name: the key as written in the scenario file; NULL ends a table
 * @type: what its value is
 * @offset: of its field in the kind's structure
 * @size: of that field, for text
 * @min: least number allowed
 * @max: greatest number allowed
 * @words: what may be chosen, ended by NULL
 * @def: value when the key is absent; NULL makes the key mandatory
 * @help: one line for `modrace --list-traffic`
 *
 * @type and what follows from it are set by the macros below.
 */
struct traffic_key {
	const char *name;
	enum traffic_key_type type;
	size_t offset;
	size_t size;
	unsigned long min;
	unsigned long max;
	const char *const *words;
	const char *def;
	const char *help;
};

#define TRAFFIC_NONE(s) ((__typeof__(s) *)0)

/*
 * The place of a field in a structure for which there is room; @pointer, to the field or
 * to the first part of it, has to be one to @t.
 */
#define TRAFFIC_PLACE(s, field, pointer, t)                     \
	(offsetof(s, field) + 0 * sizeof((t *)0 == (pointer)) + \
	 0 * sizeof(char[sizeof(s) <= TRAFFIC_PARAMS_LEN ? 1 : -1]))
#define TRAFFIC_TEXT(s, field)                                               \
	.offset = TRAFFIC_PLACE(s, field, &TRAFFIC_NONE(s)->field[0], char), \
	.size = sizeof(TRAFFIC_NONE(s)->field)
#define TRAFFIC_VALUE(s, field, t) .offset = TRAFFIC_PLACE(s, field, &TRAFFIC_NONE(s)->field, t)

#define TRAFFIC_STRING(s, field) .type = TRAFFIC_KEY_STRING, TRAFFIC_TEXT(s, field)
#define TRAFFIC_FILE(s, field)   .type = TRAFFIC_KEY_FILE, TRAFFIC_TEXT(s, field)
#define TRAFFIC_MODULE(s, field) .type = TRAFFIC_KEY_MODULE, TRAFFIC_TEXT(s, field)
#define TRAFFIC_NUMBER(s, field, least, greatest)                                           \
	.type = TRAFFIC_KEY_NUMBER, TRAFFIC_VALUE(s, field, unsigned long), .min = (least), \
	.max = (greatest)
#define TRAFFIC_NUMBERS(s, field, least, greatest)                                    \
	.type = TRAFFIC_KEY_NUMBERS, TRAFFIC_VALUE(s, field, struct traffic_numbers), \
	.min = (least), .max = (greatest)
#define TRAFFIC_BOOL(s, field) .type = TRAFFIC_KEY_BOOL, TRAFFIC_VALUE(s, field, bool)
#define TRAFFIC_CHOICE(s, field, choice) \
	.type = TRAFFIC_KEY_CHOICE, TRAFFIC_VALUE(s, field, unsigned int), .words = (choice)

/**
 * struct traffic_kind - one kind of traffic
 * @name: what `type =` says
 * @help: one line for `modrace --list-traffic`
 * @keys: its keys, ended by an entry without a name; at most TRAFFIC_MAX_KEYS
 * @setup: once per worker, before the module is first loaded; may be NULL
 * @op: one operation, long enough to be worth racing, short enough to be swept
 *	(tens of microseconds to a few milliseconds)
 * @park: drop whatever is held between operations; may be NULL
 *
 * The functions are called in the guest, by a process of its own for each worker, and
 * return 0 or a negative errno. From ->op(), 0 means that the operation reached the
 * module; what traffic_is_miss() accepts, that the module is not there now, or does
 * not want to; anything else ends the run as BROKEN, named by traffic_fail().
 */
struct traffic_kind {
	const char *name;
	const char *help;
	const struct traffic_key *keys;
	int (*setup)(struct traffic *t);
	int (*op)(struct traffic *t);
	void (*park)(struct traffic *t);
};

extern const struct traffic_kind udp_traffic, chardev_traffic, sysfs_traffic, procfs_traffic;
extern const struct traffic_kind bind_traffic, netlink_traffic, netdev_traffic, usbfs_traffic;
extern const struct traffic_kind kthread_traffic, files_traffic, link_traffic, inet_traffic;
extern const struct traffic_kind none_traffic, socket_traffic, mount_traffic, netns_traffic;
extern const struct traffic_kind rtnl_traffic, configfs_traffic, alg_traffic, ldisc_traffic;
extern const struct traffic_kind module_traffic;

extern const struct traffic_kind *const traffic_kinds[];
extern const size_t nr_traffic_kinds;

const struct traffic_kind *traffic_kind_find(const char *name);
const struct traffic_key *traffic_key_find(const struct traffic_kind *kind, const char *name);
int traffic_key_set(const struct traffic_key *key, void *params, const char *value, char *reason,
		    size_t size);
void traffic_set_defaults(const struct traffic_kind *kind, void *params);
char *traffic_key_text(const struct traffic_key *key, void *params);

#endif /* MODRACE_TRAFFIC_KIND_H */
