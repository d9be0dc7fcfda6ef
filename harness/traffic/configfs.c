// SPDX-License-Identifier: GPL-2.0
/*
 * A subsystem of configfs: a directory is made in it, its attributes are read and written
 * back, and it is removed. A subsystem that allows none has them made in one of its own
 * directories.
 *
 *	worker     |mkdir|read, write each attribute|....... held .......|rmdir|
 *	remover                                         |delete_module()|
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kit.h"

#define PATH_LEN  512
#define READ_SIZE 4096

/* What a section says, see the keys. */
struct configfs_keys {
	char path[TRAFFIC_STRING_LEN];
	enum traffic_hold hold;
};

static const struct traffic_key keys[] = {
	{ "path", TRAFFIC_FILE(struct configfs_keys, path), .help = "the subsystem's directory" },
	{ "hold", TRAFFIC_HOLD(struct configfs_keys, hold), .def = "no",
	  .help = "keep the directory across an unload" },
	{}
};

static int configfs_setup(struct traffic *t)
{
	int ret = traffic_wakes();

	t->priv = calloc(1, PATH_LEN);
	if (!t->priv)
		return traffic_fail(t, "calloc", -ENOMEM);
	return ret ? traffic_fail(t, "sigaction", ret) : 0;
}

/* The name is remembered; it is empty if there is no directory of ours. */
static int make_in(struct traffic *t, const char *path)
{
	char *made = t->priv;

	snprintf(made, PATH_LEN, "%s/modrace-%d", path, getpid());
	if (!mkdir(made, 0700) || errno == EEXIST)
		return 0;
	*made = '\0';
	return -errno;
}

static int make_below(struct traffic *t, const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	char below[PATH_LEN / 2];
	int ret = -EPERM;

	while (dir && ret && (entry = readdir(dir))) {
		if (entry->d_type != DT_DIR || *entry->d_name == '.' ||
		    snprintf(below, sizeof(below), "%s/%s", path, entry->d_name) >=
			    (int)sizeof(below))
			continue;
		ret = make_in(t, below);
	}
	if (dir)
		closedir(dir);
	return ret;
}

static int make_directory(struct traffic *t)
{
	const struct configfs_keys *says = t->params;
	int ret = make_in(t, says->path);

	return ret && ret != -ENOENT ? make_below(t, says->path) : ret;
}

static void use_attribute(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDWR | O_CLOEXEC);
	char data[READ_SIZE];
	ssize_t size;

	if (fd < 0)
		fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	size = read(fd, data, sizeof(data));
	if (size > 0)
		(void)!pwrite(fd, data, size, 0);
	close(fd);
}

static void use_directory(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (entry->d_type == DT_REG)
			use_attribute(dirfd(dir), entry->d_name);
	}
	if (dir)
		closedir(dir);
}

static void remove_directory(struct traffic *t)
{
	char *made = t->priv;

	if (*made)
		rmdir(made);
	*made = '\0';
}

/* A subsystem that allows no directory has its attributes used. */
static int configfs_op(struct traffic *t)
{
	const struct configfs_keys *says = t->params;
	int ret = make_directory(t);

	if (ret == -ENOENT)
		return ret;
	traffic_be_patient(true);
	use_directory(ret ? says->path : t->priv);
	traffic_be_patient(false);
	if (says->hold)
		traffic_hold(t, says->hold);
	remove_directory(t);
	return 0;
}

const struct traffic_kind configfs_traffic = {
	.name = "configfs",
	.help = "directories of a configfs subsystem, made, used and removed",
	.keys = keys,
	.setup = configfs_setup,
	.op = configfs_op,
	.park = remove_directory,
};
