// SPDX-License-Identifier: GPL-2.0
/*
 * Comparing the guest after an unload with what it was before the first load:
 * the module must be gone, the helpers' reference counts back where they were,
 * and no file left behind in /sys, /proc or /dev, nor one taken along. What the
 * kernel's own detectors say (active objects, accesses to what was freed) arrives on
 * the console; what takes longer to ask for is in audit_boot.c.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "audit.h"
#include "channel.h"
#include "listing.h"
#include "module.h"
#include "util.h"

/*
 * Directories are read every so many cycles: in a UML guest they are not cheap. In
 * explore mode they are read after each, to tell which schedule left something behind.
 */
#define LISTING_PERIOD 16

#define RETRY_US 20000
#define RETRIES  5

/*
 * A module whose exit has given up on a device goes with the device, behind a grace period
 * of RCU tasks, which on a kernel that preempts takes several hundred milliseconds.
 */
#define GONE_RETRIES 100

static const char *const directories[] = {
	"/dev",
	"/proc",
	"/proc/net",
	"/sys/module",
	"/sys/bus",
	"/sys/bus/platform/devices",
	"/sys/bus/platform/drivers",
	"/sys/class",
	"/sys/class/misc",
	"/sys/devices",
	"/sys/devices/platform",
	"/sys/devices/virtual",
	"/sys/kernel/debug",
};

static struct audit {
	const struct scenario *s;
	const char *module;
	enum removal removal;
	enum run_mode mode;
	struct listing before[ARRAY_SIZE(directories)];
	int helper_refs[SCENARIO_MAX_HELPERS];
} audit;

static bool holds_within(unsigned int tries, bool (*holds)(unsigned int i), unsigned int i)
{
	while (tries--) {
		if (holds(i))
			return true;
		nap_us(RETRY_US);
	}
	return false;
}

/**
 * audit_holds_soon() - whether something holds, now or a moment later
 * @holds: says so
 * @i: its argument
 *
 * What a removal leaves to worker threads may take a while.
 */
bool audit_holds_soon(bool (*holds)(unsigned int i), unsigned int i)
{
	return holds_within(RETRIES, holds, i);
}

static bool directory_clean(unsigned int i)
{
	return listing_same(&audit.before[i]);
}

static bool check_directories(uint64_t cycle)
{
	const char *stranger;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(directories); i++) {
		if (audit_holds_soon(directory_clean, i))
			continue;
		stranger = listing_newcomer(&audit.before[i]);
		channel_failure(PHASE_AUDIT, cycle, "%s: %s/%s", stranger ? "leftover" : "missing",
				directories[i],
				stranger ? stranger : listing_missing(&audit.before[i]));
		return false;
	}
	return true;
}

static bool helper_unused(unsigned int i)
{
	return module_refcount(audit.s->helpers[i]) == audit.helper_refs[i];
}

static bool check_helpers(uint64_t cycle)
{
	unsigned int i;

	for (i = 0; i < audit.s->nr_helpers; i++) {
		if (audit_holds_soon(helper_unused, i))
			continue;
		channel_failure(PHASE_AUDIT, cycle, "reference count of %s changed",
				audit.s->helpers[i]);
		return false;
	}
	return true;
}

/**
 * audit_baseline() - take down what the guest looks like before the first load
 * @s: the scenario; must stay where it is
 * @v: the variant raced; must stay where it is
 * @mode: the run's mode
 *
 * Called with the helpers loaded.
 */
void audit_baseline(const struct scenario *s, const struct variant *v, enum run_mode mode)
{
	unsigned int i;

	audit.s = s;
	audit.mode = mode;
	audit.module = v->module;
	audit.removal = v->removal;
	for (i = 0; i < s->nr_helpers; i++)
		audit.helper_refs[i] = module_refcount(s->helpers[i]);
	for (i = 0; i < ARRAY_SIZE(directories); i++)
		listing_take(&audit.before[i], directories[i]);
}

/* A module can outlive its exit, until a device of its has been released. */
static bool module_gone(unsigned int unused)
{
	(void)unused;
	return !module_present(audit.module);
}

/**
 * audit_cycle() - check what must hold after an unload, workers parked
 * @cycle: the cycle
 *
 * Return: false after a failure was sent.
 */
bool audit_cycle(uint64_t cycle)
{
	if (!holds_within(GONE_RETRIES, module_gone, 0)) {
		channel_failure(PHASE_AUDIT, cycle, "leftover: /sys/module/%s", audit.module);
		return false;
	}
	audit_boot_cycle(cycle);
	if (audit.mode != MODE_EXPLORE && cycle % LISTING_PERIOD)
		return true;
	return check_helpers(cycle) && check_directories(cycle);
}

/**
 * audit_load() - a module that could be loaded once cannot be again: what is in its way?
 * @cycle: the cycle
 * @err: negative errno of the load
 *
 * What is found is a failure of the cycle before. Sends a failure in any case.
 */
void audit_load(uint64_t cycle, int err)
{
	if (check_directories(cycle - 1))
		channel_failure(PHASE_LOAD, cycle, "cannot be loaded again: %s", strerror(-err));
}

/**
 * audit_end() - the checks that are made once, after the last cycle
 * @cycle: the last cycle
 */
void audit_end(uint64_t cycle)
{
	if (check_helpers(cycle) && check_directories(cycle))
		audit_boot_end(cycle, audit.mode, audit.removal);
}
