// SPDX-License-Identifier: GPL-2.0
/*
 * The events described in event.h:
 *
 *	event	what happens		what undoes it
 *	unbind	DRIVER/unbind		DRIVER/bind
 *	delete	event_path		nothing, the device is gone
 *	reload	delete_module(2)	finit_module(2)
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "event.h"
#include "module.h"

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return -errno;
	ret = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

/* "/sys/bus/platform/drivers/foo/foo.0": the device foo.0 of the driver foo */
static int write_driver_file(const struct removal_run *r, const char *name)
{
	const char *device = strrchr(r->event_path, '/');
	char path[SCENARIO_VALUE_LEN + 16];

	snprintf(path, sizeof(path), "%.*s/%s", (int)(device - r->event_path), r->event_path, name);
	return write_file(path, device + 1);
}

static int unbind(const struct removal_run *r)
{
	return write_driver_file(r, "unbind");
}

static int bind(const struct removal_run *r)
{
	return write_driver_file(r, "bind");
}

static int write_event(const struct removal_run *r)
{
	return write_file(r->event_path, r->event_write);
}

static int unload(const struct removal_run *r)
{
	return module_remove(r->module, O_NONBLOCK);
}

static int load(const struct removal_run *r)
{
	int err = module_load(r->fd, r->params);

	if (!err)
		sections_report(r->sections);
	return err;
}

static const struct event {
	int (*happen)(const struct removal_run *r);
	int (*undo)(const struct removal_run *r);
} events[NR_REMOVALS] = {
	[REMOVAL_UNBIND] = { unbind, bind },
	[REMOVAL_DELETE] = { write_event, NULL },
	[REMOVAL_RELOAD] = { unload, load },
};

/**
 * event_happen() - have it happen
 * @r: what
 *
 * Return: 0 or a negative errno; -ENODEV if traffic was faster.
 */
int event_happen(const struct removal_run *r)
{
	return events[r->how].happen(r);
}

/**
 * event_undo() - make it possible again
 * @r: what
 *
 * Return: 0 or a negative errno; -EBUSY if traffic was faster.
 */
int event_undo(const struct removal_run *r)
{
	return events[r->how].undo(r);
}

/**
 * event_is_final() - can it happen only once?
 * @r: what
 */
bool event_is_final(const struct removal_run *r)
{
	return !events[r->how].undo;
}
