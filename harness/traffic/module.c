// SPDX-License-Identifier: GPL-2.0
/*
 * Another module, loaded and unloaded meanwhile: one that needs symbols of the module that
 * is raced, or uses it in another way. With `hold` it is loaded while the module is being
 * unloaded, which is refused if it is needed:
 *
 *	worker     |finit_module|delete_module|finit_module|..... held .....|delete_module|
 *	remover                                      |delete_module()|
 *
 * An operation is good that loaded it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kit.h"

/* It may be in use by others of the traffic for a moment. */
#define DELETE_TRIES 50
#define DELETE_US    2000

/* What a section says, see the keys. */
struct module_keys {
	char module[TRAFFIC_STRING_LEN];
	char params[TRAFFIC_STRING_LEN];
	enum traffic_hold hold;
};

static const struct traffic_key keys[] = {
	{ "module", TRAFFIC_MODULE(struct module_keys, module), .help = "the other module" },
	{ "params", TRAFFIC_STRING(struct module_keys, params), .def = "",
	  .help = "its parameters" },
	{ "hold", TRAFFIC_HOLD(struct module_keys, hold), .def = "no",
	  .help = "keep it loaded across an unload" },
	{}
};

static int open_module(const struct module_keys *says)
{
	char path[TRAFFIC_STRING_LEN + 16];

	snprintf(path, sizeof(path), "/modules/%s.ko", says->module);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* The file is there whatever becomes of the modules, so it stays open. */
static int module_setup(struct traffic *t)
{
	t->fd = open_module(t->params);
	return t->fd < 0 ? traffic_fail(t, "open of the module", -errno) : 0;
}

static int unload(const struct module_keys *says)
{
	unsigned int tries;

	for (tries = 0; tries < DELETE_TRIES; tries++) {
		if (!syscall(SYS_delete_module, says->module, O_NONBLOCK))
			return 0;
		if (errno != EWOULDBLOCK && errno != EBUSY)
			return -errno;
		usleep(DELETE_US);
	}
	return -EBUSY;
}

static int module_op(struct traffic *t)
{
	const struct module_keys *says = t->params;
	int ret = syscall(SYS_finit_module, t->fd, says->params, 0) ? -errno : 0;

	if (ret)
		return traffic_fail(t, "finit_module", ret);
	if (says->hold)
		traffic_hold(t, says->hold);
	/* Another worker may have done it. */
	ret = unload(says);
	return ret && ret != -ENOENT ? traffic_fail(t, "delete_module", ret) : 0;
}

const struct traffic_kind module_traffic = {
	.name = "module",
	.help = "another module, loaded and unloaded",
	.keys = keys,
	.setup = module_setup,
	.op = module_op,
};
