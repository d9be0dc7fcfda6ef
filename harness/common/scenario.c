// SPDX-License-Identifier: GPL-2.0
/*
 * Parser of scenario files. inih splits the text into section, key and value;
 * the tables below say which sections and keys exist and how each value is
 * stored. The reader given to inih counts lines, so that an error found in a
 * value names its line just as a syntax error does.
 */
#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "scenario.h"

const char *const run_mode_names[NR_MODES] = {
	[MODE_STRESS] = "stress",
	[MODE_EXPLORE] = "explore",
	[MODE_LOCKDEP] = "lockdep",
};

static const char *const removal_names[NR_REMOVALS] = {
	[REMOVAL_NONBLOCK] = "nonblock",
	[REMOVAL_FORCE] = "force",
	[REMOVAL_UNREG] = "unreg",
	[REMOVAL_UNREG_WAIT] = "unreg-wait",
	[REMOVAL_TWO_REMOVERS] = "two-removers",
	[REMOVAL_UNREG_PENDING] = "unreg-pending",
	[REMOVAL_GIVEUP_REENABLE] = "giveup-reenable",
	[REMOVAL_UNBIND] = "unbind",
	[REMOVAL_DELETE] = "delete",
	[REMOVAL_RELOAD] = "reload",
};

/* Before the checks at the end of the file: what the scenario says holds. */
#define REMOVAL_UNSET NR_REMOVALS

/**
 * struct parser - state of one scenario_parse()
 * @file: the open file
 * @path: its name, for messages
 * @s: what is being filled in
 * @error: SCENARIO_ERROR_LEN bytes for the message; empty until something fails
 * @line: number of the line read last
 * @section: heading of the section the previous key was in
 * @seen: bit per key of that section, to refuse duplicates
 */
struct parser {
	FILE *file;
	const char *path;
	struct scenario *s;
	char *error;
	int line;
	char section[SCENARIO_NAME_LEN * 2];
	unsigned int seen;
};

struct key;
typedef int set_fn(struct parser *p, const struct key *key, void *target, const char *value);

/**
 * struct key - one key of a section
 * @name: as written
 * @set: stores @value in @target; 0, or -1 after parse_error()
 * @offset: of the field in the section's structure, for the generic setters
 * @size: of that field
 * @min: least number allowed
 * @max: greatest number allowed
 */
struct key {
	const char *name;
	set_fn *set;
	size_t offset;
	size_t size;
	unsigned long min;
	unsigned long max;
};

static __printf(3, 4) int parse_error(struct parser *p, int line, const char *fmt, ...)
{
	va_list args;
	int n;

	if (*p->error)
		return -1;

	n = snprintf(p->error, SCENARIO_ERROR_LEN, "%s:%d: ", p->path, line);
	if (n < 0 || n >= SCENARIO_ERROR_LEN)
		return -1;

	va_start(args, fmt);
	vsnprintf(p->error + n, SCENARIO_ERROR_LEN - n, fmt, args);
	va_end(args);
	return -1;
}

static int set_string(struct parser *p, const struct key *key, void *target, const char *value)
{
	if (strlen(value) >= key->size)
		return parse_error(p, p->line, "%s: longer than %zu characters", key->name,
				   key->size - 1);
	strcpy((char *)target + key->offset, value);
	return 0;
}

static bool valid_name(const char *name)
{
	if (!*name)
		return false;
	for (; *name; name++) {
		if (!isalnum((unsigned char)*name) && *name != '_' && *name != '-')
			return false;
	}
	return true;
}

static int set_name(struct parser *p, const struct key *key, void *target, const char *value)
{
	if (!valid_name(value))
		return parse_error(p, p->line, "%s: '%s' is no module name", key->name, value);
	return set_string(p, key, target, value);
}

/* The kernel knows a module whose file is foo-bar.ko as foo_bar. */
static void fold(char *name)
{
	while ((name = strchr(name, '-')))
		*name = '_';
}

static int set_module(struct parser *p, const struct key *key, void *target, const char *value)
{
	if (set_name(p, key, target, value))
		return -1;
	fold((char *)target + key->offset);
	return 0;
}

static int set_number(struct parser *p, const struct key *key, void *target, const char *value)
{
	unsigned long number;
	char *end;

	errno = 0;
	number = strtoul(value, &end, 10);
	if (!isdigit((unsigned char)*value) || *end || errno || number < key->min ||
	    number > key->max)
		return parse_error(p, p->line, "%s: '%s' is no number from %lu to %lu", key->name,
				   value, key->min, key->max);
	*(unsigned int *)((char *)target + key->offset) = number;
	return 0;
}

/*
 * Splits @value at white space and calls @word for each piece, at most @max.
 */
static int split_words(struct parser *p, const struct key *key, const char *value, set_fn *word,
		       void *target)
{
	char copy[SCENARIO_VALUE_LEN];
	char *save, *token;
	int ret = 0;

	if (strlen(value) >= sizeof(copy))
		return parse_error(p, p->line, "%s: too long", key->name);
	strcpy(copy, value);

	for (token = strtok_r(copy, " \t", &save); token && !ret;
	     token = strtok_r(NULL, " \t", &save))
		ret = word(p, key, target, token);
	return ret;
}

static int add_helper(struct parser *p, const struct key *key, void *target, const char *word)
{
	struct scenario *s = target;

	if (!valid_name(word) || strlen(word) >= SCENARIO_NAME_LEN)
		return parse_error(p, p->line, "%s: '%s' is no module name", key->name, word);
	if (s->nr_helpers == SCENARIO_MAX_HELPERS)
		return parse_error(p, p->line, "%s: more than %d modules", key->name,
				   SCENARIO_MAX_HELPERS);
	strcpy(s->helpers[s->nr_helpers], word);
	fold(s->helpers[s->nr_helpers++]);
	return 0;
}

static int set_helpers(struct parser *p, const struct key *key, void *target, const char *value)
{
	return split_words(p, key, value, add_helper, target);
}

static int add_mode(struct parser *p, const struct key *key, void *target, const char *word)
{
	struct variant *v = target;
	int mode = run_mode_parse(word);

	if (mode < 0)
		return parse_error(p, p->line, "%s: '%s' is none of " RUN_MODE_LIST, key->name,
				   word);
	v->modes |= 1u << mode;
	return 0;
}

static int set_modes(struct parser *p, const struct key *key, void *target, const char *value)
{
	struct variant *v = target;

	v->modes = 0;
	if (split_words(p, key, value, add_mode, target))
		return -1;
	if (!v->modes)
		return parse_error(p, p->line, "%s: names no mode", key->name);
	return 0;
}

static int set_removal(struct parser *p, const struct key *key, void *target, const char *value)
{
	char list[SCENARIO_ERROR_LEN] = "";
	enum removal *removal = (enum removal *)((char *)target + key->offset);
	size_t len = 0;
	unsigned int i;

	if (*removal != REMOVAL_UNSET)
		return parse_error(p, p->line, "%s: either removal or event", key->name);
	for (i = key->min; i < key->max; i++) {
		if (strcmp(removal_names[i], value))
			continue;
		*removal = i;
		return 0;
	}
	for (i = key->min; i < key->max; i++)
		len += snprintf(list + len, sizeof(list) - len, " %s", removal_names[i]);
	return parse_error(p, p->line, "%s: '%s' is none of%s", key->name, value, list);
}

static int set_reach(struct parser *p, const struct key *key, void *target, const char *value)
{
	struct scenario *s = target;

	if (!strcmp(value, "all"))
		s->reach = REACH_ALL;
	else if (!strcmp(value, "any"))
		s->reach = REACH_ANY;
	else
		return parse_error(p, p->line, "%s: '%s' is neither all nor any", key->name, value);
	return 0;
}

static int set_expect(struct parser *p, const struct key *key, void *target, const char *value)
{
	struct variant *v = target;

	if (!strcmp(value, "pass"))
		v->expect = EXPECT_PASS;
	else if (!strcmp(value, "fail"))
		v->expect = EXPECT_FAIL;
	else
		return parse_error(p, p->line, "%s: '%s' is neither pass nor fail", key->name,
				   value);
	return 0;
}

/* Which module its classes name is known when the file has been read. */
static int set_signature(struct parser *p, const struct key *key, void *target, const char *value)
{
	struct variant *v = target;

	v->signature_line = p->line;
	return set_string(p, key, target, value);
}

static int set_twin(struct parser *p, const struct key *key, void *target, const char *value)
{
	struct variant *v = target;

	v->twin_line = p->line;
	if (!valid_name(value))
		return parse_error(p, p->line, "%s: '%s' is no name of a variant", key->name,
				   value);
	return set_string(p, key, target, value);
}

/* Names of features are made of the same characters as symbols. */
static int check_symbol(struct parser *p, const struct key *key, void *target, const char *word)
{
	const char *c = word;

	(void)target;
	while (isalnum((unsigned char)*c) || *c == '_')
		c++;
	if (*c || isdigit((unsigned char)*word))
		return parse_error(p, p->line, "%s: '%s' is no name of a feature or symbol",
				   key->name, word);
	return 0;
}

static int set_requires(struct parser *p, const struct key *key, void *target, const char *value)
{
	if (split_words(p, key, value, check_symbol, target))
		return -1;
	return set_string(p, key, target, value);
}

static int set_type(struct parser *p, const struct key *key, void *target, const char *value)
{
	struct traffic_spec *t = target;

	if (t->kind)
		return parse_error(p, p->line, "%s: given twice", key->name);
	t->kind = traffic_kind_find(value);
	if (!t->kind)
		return parse_error(p, p->line,
				   "%s: unknown traffic '%s' (modrace list traffic names them)",
				   key->name, value);
	traffic_set_defaults(t->kind, t->params);
	return 0;
}

#define FIELD(type, member) \
	.offset = offsetof(struct type, member), .size = sizeof(((struct type *)0)->member)

/* clang-format off */
static const struct key scenario_keys[] = {
	{ .name = "title", .set = set_string, FIELD(scenario, title) },
	{ .name = "module", .set = set_module, FIELD(scenario, module) },
	{ .name = "helpers", .set = set_helpers },
	{ .name = "cycles", .set = set_number, FIELD(scenario, cycles[MODE_STRESS]),
	  .min = 1, .max = 10000000 },
	{ .name = "schedules", .set = set_number, FIELD(scenario, cycles[MODE_EXPLORE]),
	  .min = 1, .max = 10000000 },
	{ .name = "attempts", .set = set_number, FIELD(scenario, attempts),
	  .min = 1, .max = 10000 },
	{ .name = "settle", .set = set_number, FIELD(scenario, settle), .max = 100000 },
	{ .name = "removal", .set = set_removal, FIELD(scenario, removal),
	  .min = 0, .max = REMOVAL_EVENTS },
	{ .name = "event", .set = set_removal, FIELD(scenario, removal),
	  .min = REMOVAL_EVENTS, .max = NR_REMOVALS },
	{ .name = "event_path", .set = set_string, FIELD(scenario, event_path) },
	{ .name = "event_write", .set = set_string, FIELD(scenario, event_write) },
	{ .name = "reach", .set = set_reach },
	{ .name = "look", .set = set_number, FIELD(scenario, look), .max = 1 },
	{ .name = "timeout", .set = set_number, FIELD(scenario, timeout), .min = 1, .max = 86400 },
};

/* clang-format on */

static const struct key helper_keys[] = {
	{ .name = "params", .set = set_string, .size = SCENARIO_VALUE_LEN },
};

/* The kind's own keys follow these, see traffic/kind.h. */
static const struct key traffic_keys[] = {
	{ .name = "type", .set = set_type },
	{ .name = "workers",
	  .set = set_number,
	  FIELD(traffic_spec, workers),
	  .min = 1,
	  .max = SCENARIO_MAX_WORKERS },
	{ .name = "uid", .set = set_number, FIELD(traffic_spec, uid), .min = 0, .max = 65534 },
};

/* clang-format off */
static const struct key variant_keys[] = {
	{ .name = "module", .set = set_module, FIELD(variant, module) },
	{ .name = "params", .set = set_string, FIELD(variant, params) },
	{ .name = "removal", .set = set_removal, FIELD(variant, removal),
	  .min = 0, .max = REMOVAL_EVENTS },
	{ .name = "event", .set = set_removal, FIELD(variant, removal),
	  .min = REMOVAL_EVENTS, .max = NR_REMOVALS },
	{ .name = "requires", .set = set_requires, FIELD(variant, requires) },
	{ .name = "expect", .set = set_expect },
	{ .name = "signature", .set = set_signature, FIELD(variant, signature) },
	{ .name = "twin", .set = set_twin, FIELD(variant, twin) },
	{ .name = "modes", .set = set_modes },
};

/* clang-format on */

static void *scenario_target(struct parser *p, const char *name)
{
	(void)name;
	return p->s;
}

static void *helper_target(struct parser *p, const char *name)
{
	char folded[SCENARIO_NAME_LEN];
	unsigned int i;

	snprintf(folded, sizeof(folded), "%s", name);
	fold(folded);
	for (i = 0; i < p->s->nr_helpers; i++) {
		if (!strcmp(p->s->helpers[i], folded))
			return p->s->helper_params[i];
	}
	parse_error(p, p->line, "[helper %s]: not among the scenario's helpers", name);
	return NULL;
}

static void *traffic_target(struct parser *p, const char *name)
{
	struct scenario *s = p->s;
	struct traffic_spec *t;
	unsigned int i;

	for (i = 0; i < s->nr_traffic; i++) {
		if (!strcmp(s->traffic[i].name, name))
			return &s->traffic[i];
	}
	if (s->nr_traffic == SCENARIO_MAX_TRAFFIC) {
		parse_error(p, p->line, "more than %d traffic sections", SCENARIO_MAX_TRAFFIC);
		return NULL;
	}
	t = &s->traffic[s->nr_traffic++];
	strcpy(t->name, name);
	t->workers = 1;
	t->line = p->line;
	return t;
}

static void *variant_target(struct parser *p, const char *name)
{
	struct scenario *s = p->s;
	struct variant *v;
	unsigned int i;

	for (i = 0; i < s->nr_variants; i++) {
		if (!strcmp(s->variants[i].name, name))
			return &s->variants[i];
	}
	if (s->nr_variants == SCENARIO_MAX_VARIANTS) {
		parse_error(p, p->line, "more than %d variant sections", SCENARIO_MAX_VARIANTS);
		return NULL;
	}
	v = &s->variants[s->nr_variants++];
	strcpy(v->name, name);
	v->removal = REMOVAL_UNSET;
	v->modes = (1u << NR_MODES) - 1;
	v->line = p->line;
	return v;
}

/**
 * struct section - one kind of section
 * @kind: first word of the heading
 * @named: a name follows it
 * @target: finds or makes the structure the section fills in
 * @keys: the keys allowed
 * @nr_keys: their number
 */
static const struct section {
	const char *kind;
	bool named;
	void *(*target)(struct parser *p, const char *name);
	const struct key *keys;
	size_t nr_keys;
} sections[] = {
	{ "scenario", false, scenario_target, scenario_keys, ARRAY_SIZE(scenario_keys) },
	{ "helper", true, helper_target, helper_keys, ARRAY_SIZE(helper_keys) },
	{ "traffic", true, traffic_target, traffic_keys, ARRAY_SIZE(traffic_keys) },
	{ "variant", true, variant_target, variant_keys, ARRAY_SIZE(variant_keys) },
};

/*
 * Splits "traffic reader" into its kind and its name; @name is left empty for
 * a heading of one word.
 */
static const struct section *find_section(struct parser *p, const char *heading, char *name)
{
	size_t i, len = strcspn(heading, " \t");
	const char *rest = heading + len + strspn(heading + len, " \t");

	for (i = 0; i < ARRAY_SIZE(sections); i++) {
		const struct section *section = &sections[i];

		if (strlen(section->kind) != len || memcmp(section->kind, heading, len))
			continue;
		if (section->named != valid_name(rest) || strlen(rest) >= SCENARIO_NAME_LEN ||
		    (!section->named && *rest)) {
			parse_error(p, p->line, "[%s]: %s", heading,
				    section->named ? "needs a name of letters, digits, - and _" :
						     "takes no name");
			return NULL;
		}
		strcpy(name, rest);
		return section;
	}
	parse_error(p, p->line, "unknown section [%s]", heading);
	return NULL;
}

/* Refuses a key given twice; @bit is the key's place in its section. */
static int note_key(struct parser *p, const char *heading, const char *name, unsigned int bit)
{
	if (strcmp(p->section, heading)) {
		snprintf(p->section, sizeof(p->section), "%s", heading);
		p->seen = 0;
	}
	if (p->seen & (1u << bit))
		return parse_error(p, p->line, "%s: given twice", name);
	p->seen |= 1u << bit;
	return 0;
}

static int set_traffic_value(struct parser *p, const char *heading, struct traffic_spec *t,
			     const char *name, const char *value)
{
	const struct traffic_key *key;
	char reason[128];
	unsigned int bit;

	if (!t->kind)
		return parse_error(p, p->line, "[%s]: type = must be its first key", heading);
	key = traffic_key_find(t->kind, name);
	if (!key)
		return parse_error(p, p->line, "unknown key '%s' for traffic of type %s", name,
				   t->kind->name);
	bit = 1u << (key - t->kind->keys);
	if (t->given & bit)
		return parse_error(p, p->line, "%s: given twice", name);
	t->given |= bit;

	if (!*value)
		return parse_error(p, p->line, "%s: says nothing (%s)", name, key->help);
	if (traffic_key_set(key, t->params, value, reason, sizeof(reason)))
		return parse_error(p, p->line, "%s: %s (%s)", name, reason, key->help);
	return 0;
}

static int handle_key(void *user, const char *heading, const char *name, const char *value)
{
	char section_name[SCENARIO_NAME_LEN];
	const struct section *section;
	struct parser *p = user;
	void *target;
	size_t i;

	if (*p->error)
		return 0;
	section = find_section(p, heading, section_name);
	if (!section)
		return 0;
	target = section->target(p, section_name);
	if (!target)
		return 0;

	for (i = 0; i < section->nr_keys; i++) {
		const struct key *key = &section->keys[i];

		if (!strcmp(key->name, name))
			return !note_key(p, heading, name, i) && !key->set(p, key, target, value);
	}
	if (section->keys == traffic_keys)
		return !set_traffic_value(p, heading, target, name, value);
	parse_error(p, p->line, "unknown key '%s' in [%s]", name, heading);
	return 0;
}

/* inih cuts off what is longer between the brackets of a heading. */
#define MAX_HEADING 49

/* fgets() for inih, counting lines and refusing those inih would cut. */
static char *read_line(char *buf, int size, void *stream)
{
	struct parser *p = stream;
	size_t len;

	if (*p->error || !fgets(buf, size, p->file))
		return NULL;
	p->line++;
	len = strlen(buf);
	if (len == (size_t)size - 1 && buf[len - 1] != '\n') {
		parse_error(p, p->line, "line longer than %d characters", size - 2);
		return NULL;
	}
	if (len && isspace((unsigned char)buf[0]) && buf[strspn(buf, " \t\r\n")]) {
		parse_error(p, p->line, "starts with white space");
		return NULL;
	}
	if (*buf == '[' && strcspn(buf, "]") > MAX_HEADING + 1) {
		parse_error(p, p->line, "heading longer than %d characters", MAX_HEADING);
		return NULL;
	}
	return buf;
}

static int check_traffic(struct parser *p, const struct traffic_spec *t)
{
	const struct traffic_key *key;

	if (!t->kind)
		return parse_error(p, t->line, "[traffic %s]: type = is missing", t->name);
	for (key = t->kind->keys; key->name; key++) {
		if (!key->def && !(t->given & 1u << (key - t->kind->keys)))
			return parse_error(p, t->line, "[traffic %s]: %s = is missing (%s)",
					   t->name, key->name, key->help);
	}
	return 0;
}

/* Writes the classes of a signature out. */
static int write_signature(struct parser *p, struct variant *v)
{
	char reason[256], written[SIGNATURE_LEN];

	if (v->expect == EXPECT_FAIL && !v->signature_line)
		return parse_error(p, v->line, "[variant %s]: expect = fail needs a signature",
				   v->name);
	if (v->expect == EXPECT_PASS && v->signature_line)
		return parse_error(p, v->line, "[variant %s]: signature = goes with expect = fail",
				   v->name);
	if (!v->signature_line)
		return 0;
	strcpy(written, v->signature);
	if (signature_expand(written, v->module, v->signature, reason, sizeof(reason)))
		return parse_error(p, v->signature_line, "signature: %s", reason);
	return 0;
}

/* A twin shows that what its variant passes can be failed. */
static int check_twin(struct parser *p, const struct variant *v)
{
	const struct variant *twin = scenario_variant(p->s, v->twin);

	if (!v->twin_line)
		return 0;
	if (v->expect == EXPECT_FAIL)
		return parse_error(p, v->twin_line, "twin: goes with expect = pass");
	if (!twin)
		return parse_error(p, v->twin_line, "twin: there is no [variant %s]", v->twin);
	if (twin->expect != EXPECT_FAIL)
		return parse_error(p, v->twin_line, "twin: %s is not expected to fail", v->twin);
	if (!(twin->modes & v->modes))
		return parse_error(p, v->twin_line, "twin: %s runs in none of the modes of %s",
				   v->twin, v->name);
	return 0;
}

static void inherit(const struct scenario *s, struct variant *v)
{
	if (!*v->module)
		strcpy(v->module, s->module);
	if (v->removal == REMOVAL_UNSET)
		v->removal = s->removal;
}

/* An event needs to know what it is about. */
static int check_event(struct parser *p, const struct variant *v)
{
	bool wants_path = v->removal == REMOVAL_UNBIND || v->removal == REMOVAL_DELETE;

	if (wants_path && !strchr(p->s->event_path, '/'))
		return parse_error(p, v->line,
				   "[variant %s]: event = %s needs event_path = in [scenario]",
				   v->name, removal_names[v->removal]);
	return 0;
}

/* What can only be said once the whole file is read. */
static int check_scenario(struct parser *p)
{
	struct scenario *s = p->s;
	unsigned int i;

	if (!*s->module)
		return parse_error(p, p->line, "[scenario] module = is missing");
	if (!s->nr_variants)
		return parse_error(p, p->line, "no [variant NAME] section");
	if (!s->nr_traffic)
		return parse_error(p, p->line, "no [traffic NAME] section, nothing to race");
	if (s->removal == REMOVAL_UNSET)
		s->removal = REMOVAL_NONBLOCK;
	for (i = 0; i < s->nr_traffic; i++) {
		if (check_traffic(p, &s->traffic[i]))
			return -1;
	}
	for (i = 0; i < s->nr_variants; i++) {
		inherit(s, &s->variants[i]);
		if (write_signature(p, &s->variants[i]) || check_twin(p, &s->variants[i]) ||
		    check_event(p, &s->variants[i]))
			return -1;
	}
	s->cycles[MODE_LOCKDEP] = s->cycles[MODE_STRESS];
	return 0;
}

static void scenario_init(struct scenario *s, const char *path)
{
	const char *base = strrchr(path, '/');

	memset(s, 0, sizeof(*s));
	base = base ? base + 1 : path;
	snprintf(s->path, sizeof(s->path), "%s", path);
	snprintf(s->name, sizeof(s->name), "%.*s", (int)strcspn(base, "."), base);
	s->cycles[MODE_STRESS] = 1000;
	s->cycles[MODE_EXPLORE] = 200;
	s->attempts = 5;
	s->settle = 1;
	s->removal = REMOVAL_UNSET;
	strcpy(s->event_write, "1");
	s->timeout = SCENARIO_TIMEOUT;
}

/**
 * scenario_parse() - parse an open scenario file
 * @file: read to its end, not closed
 * @path: its name, for messages and for the scenario's own name
 * @s: filled in; its contents are undefined after an error
 * @error: SCENARIO_ERROR_LEN bytes, holds "path:line: reason" after an error
 *
 * Return: 0, or -1 with @error filled in.
 */
int scenario_parse(FILE *file, const char *path, struct scenario *s, char *error)
{
	struct parser p = { .file = file, .path = path, .s = s, .error = error };
	int line;

	*error = '\0';
	scenario_init(s, path);
	line = ini_parse_stream(read_line, &p, handle_key, &p);
	if (*error)
		return -1;
	if (ferror(file))
		return parse_error(&p, p.line, "%s", strerror(errno));
	if (line)
		return parse_error(&p, line, "neither [section], key = value nor ; comment");
	return check_scenario(&p);
}

/**
 * scenario_load() - open and parse a scenario file
 * @path: the file
 * @s: filled in
 * @error: SCENARIO_ERROR_LEN bytes for a message
 *
 * Return: 0, or -1 with @error filled in.
 */
int scenario_load(const char *path, struct scenario *s, char *error)
{
	FILE *file = fopen(path, "re");
	int ret;

	if (!file) {
		snprintf(error, SCENARIO_ERROR_LEN, "%s: %s", path, strerror(errno));
		return -1;
	}
	ret = scenario_parse(file, path, s, error);
	fclose(file);
	return ret;
}

/**
 * scenario_variant() - find a variant by name
 * @s: the scenario
 * @name: as in its [variant NAME] heading
 *
 * Return: the variant, part of @s, or NULL.
 */
const struct variant *scenario_variant(const struct scenario *s, const char *name)
{
	unsigned int i;

	for (i = 0; i < s->nr_variants; i++) {
		if (!strcmp(s->variants[i].name, name))
			return &s->variants[i];
	}
	return NULL;
}

/**
 * scenario_twin() - the variant that must fail for a pass of another to mean something
 * @s: the scenario
 * @v: one of its variants
 * @mode: the mode both are run in
 *
 * The one that @v names, or else the first of the same module.
 *
 * Return: part of @s, or NULL if there is none in @mode or @v is expected to fail.
 */
const struct variant *scenario_twin(const struct scenario *s, const struct variant *v,
				    enum run_mode mode)
{
	unsigned int i;

	for (i = 0; v->expect == EXPECT_PASS && i < s->nr_variants; i++) {
		const struct variant *other = &s->variants[i];

		if (other->expect == EXPECT_FAIL && other->modes & (1u << mode) &&
		    !(*v->twin ? strcmp(other->name, v->twin) : strcmp(other->module, v->module)))
			return other;
	}
	return NULL;
}

/**
 * scenario_traffic_module() - the module that traffic loads by itself
 * @t: the section
 *
 * Return: its name, part of @t, or NULL if there is none.
 */
const char *scenario_traffic_module(const struct traffic_spec *t)
{
	const struct traffic_key *key;

	for (key = t->kind->keys; key->name; key++) {
		if (key->type == TRAFFIC_KEY_MODULE)
			return (const char *)t->params + key->offset;
	}
	return NULL;
}

/* Puts @module in the place of every "{module}" of @value. */
static void name_module(char *value, size_t size, const char *module)
{
	static const char mark[] = "{module}";
	char result[TRAFFIC_PARAMS_LEN];
	char *at;

	while ((at = strstr(value, mark))) {
		snprintf(result, size, "%.*s%s%s", (int)(at - value), value, module,
			 at + strlen(mark));
		strcpy(value, result);
	}
}

static void name_module_in(struct traffic_spec *t, const char *module)
{
	const struct traffic_key *key;
	char *text;

	for (key = t->kind->keys; key->name; key++) {
		text = traffic_key_text(key, t->params);
		if (text)
			name_module(text, key->size, module);
	}
}

/**
 * scenario_name_module() - say which module "{module}" stands for in the traffic's keys
 * @s: the scenario, changed
 * @module: the module raced
 *
 * Values that grow too long are cut.
 */
void scenario_name_module(struct scenario *s, const char *module)
{
	unsigned int i;

	for (i = 0; i < s->nr_traffic; i++)
		name_module_in(&s->traffic[i], module);
}

/**
 * run_mode_parse() - the mode of a name
 * @name: as in run_mode_names
 *
 * Return: an enum run_mode, or -1.
 */
int run_mode_parse(const char *name)
{
	int mode;

	for (mode = 0; mode < NR_MODES; mode++) {
		if (!strcmp(run_mode_names[mode], name))
			return mode;
	}
	return -1;
}
