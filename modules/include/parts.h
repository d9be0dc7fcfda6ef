/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A module as a table of parts, from which init, exit and unreg are made.
 *
 *	init            start 0, start 1, start 2           a failure ends those started
 *	exit            close 2, stop 2, close 1, stop 1, close 0, stop 0
 *
 *	unreg           close 2, close 1, close 0           of the lifecycle series
 *	exit            stop 2, stop 1, stop 0              once nobody is in any more
 *
 * What the others use comes first in the table, what lets traffic in comes last.
 *
 * A module that defines LIFECYCLE is removed in two steps. Of one that is raced both ways
 * Kbuild makes a second, NAME_lifecycle, with LIFECYCLE defined.
 *
 * Three parameters name a part that is not treated as it should be, "unclosed=hook": the
 * mutants of `make mutate`. One that names no part that this can be done to is refused.
 *
 * To be included once, by the module's only source file.
 */
#ifndef MODRACE_PARTS_H
#define MODRACE_PARTS_H

#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/string.h>

#ifdef LIFECYCLE
#define TWO_STEPS 1
#else
#define TWO_STEPS 0
#endif

/**
 * struct part - one thing that a module has
 * @name: for the mutants; NULL ends a table
 * @start: returns 0 or a negative errno; NULL if there is nothing to start
 * @close: on return nobody new gets in; NULL if nobody does anyway
 * @stop: on return nothing of the part is in use, or ever will be; NULL if closing
 *	it does that
 *
 * All may sleep.
 */
struct part {
	const char *name;
	int (*start)(void);
	void (*close)(void);
	void (*stop)(void);
};

/**
 * module_parts() - the table that init, exit and unreg are made from
 * @table: an array of struct part, ended by one without a name
 */
#define module_parts(table) static const struct part *const module_table = (table)

static const struct part *const module_table;

static char *unclosed;
module_param(unclosed, charp, 0444);
MODULE_PARM_DESC(unclosed, "a part that is not closed");

static char *unstopped;
module_param(unstopped, charp, 0444);
MODULE_PARM_DESC(unstopped, "a part that is not stopped");

static char *early;
module_param(early, charp, 0444);
MODULE_PARM_DESC(early, "a part that is stopped before it is closed");

static bool part_is(const struct part *part, const char *mutant)
{
	return mutant && !strcmp(part->name, mutant);
}

static void close_part(const struct part *part)
{
	if (part_is(part, early))
		part->stop();
	if (part->close && !part_is(part, unclosed))
		part->close();
}

static void stop_part(const struct part *part)
{
	if (part->stop && !part_is(part, unstopped) && !part_is(part, early))
		part->stop();
}

/* What has been started, the last one first. */
static void end_parts(unsigned int nr)
{
	while (nr--) {
		close_part(&module_table[nr]);
		stop_part(&module_table[nr]);
	}
}

static unsigned int count_parts(void)
{
	unsigned int nr = 0;

	while (module_table[nr].name)
		nr++;
	return nr;
}

static bool __init mutable(const struct part *part)
{
	return (part_is(part, unclosed) && part->close) ||
	       (part_is(part, unstopped) && part->stop) ||
	       (part_is(part, early) && part->close && part->stop);
}

static int __init check_mutant(void)
{
	const struct part *part;

	if (!unclosed && !unstopped && !early)
		return 0;
	for (part = module_table; part->name; part++) {
		if (mutable(part))
			return 0;
	}
	return -EINVAL;
}

static int __init parts_init(void)
{
	int ret = check_mutant();
	unsigned int i;

	for (i = 0; module_table[i].name && !ret; i++) {
		ret = module_table[i].start ? module_table[i].start() : 0;
		if (ret)
			end_parts(i);
	}
	return ret;
}
module_init(parts_init);

#if TWO_STEPS
static int parts_unreg(void)
{
	unsigned int nr = count_parts();

	while (nr--)
		close_part(&module_table[nr]);
	return 0;
}
module_unreg(parts_unreg);

static void __exit parts_exit(void)
{
	unsigned int nr = count_parts();

	while (nr--)
		stop_part(&module_table[nr]);
}
#else
static void __exit parts_exit(void)
{
	end_parts(count_parts());
}
#endif
module_exit(parts_exit);

/**
 * two_steps_get() - have the module stay for the sake of something that exit would wait for
 *
 * To be called by who holds a reference or locks out unreg. Without two steps it
 * does nothing, and exit waits.
 */
static inline void two_steps_get(void)
{
	if (TWO_STEPS)
		__module_get(THIS_MODULE);
}

/**
 * two_steps_put() - undo two_steps_get()
 *
 * The caller, if it is the module itself, returns without sleeping.
 */
static inline void two_steps_put(void)
{
	if (TWO_STEPS)
		module_put(THIS_MODULE);
}

#endif /* MODRACE_PARTS_H */
