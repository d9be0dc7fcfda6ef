// SPDX-License-Identifier: GPL-2.0
/*
 * A filesystem: mounted, filled with a directory and a file, which is written, read, mapped
 * and renamed, emptied again and unmounted. What it cannot do is its own affair: an
 * operation is good that mounted it.
 *
 *	worker     |mount|create, write, map ...|....... held .......|unlink|unmount|
 *	remover                                     |delete_module()|
 *
 * Every other time it is detached first, and the last close unmounts it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "kit.h"

#define MAP_SIZE  4096
#define PATH_LEN  48
#define MAX_NAMES 16
#define READ_SIZE 1024

/* What a section says, see the keys. */
struct mount_keys {
	char filesystem[TRAFFIC_STRING_LEN];
	char source[TRAFFIC_STRING_LEN];
	enum traffic_hold hold;
};

static const struct traffic_key keys[] = {
	{ "filesystem", TRAFFIC_STRING(struct mount_keys, filesystem), .help = "its type" },
	{ "source", TRAFFIC_STRING(struct mount_keys, source), .def = "none",
	  .help = "what is mounted: a block device, or any word" },
	{ "hold", TRAFFIC_HOLD(struct mount_keys, hold), .def = "no",
	  .help = "keep it mounted, a file of it open, across an unload" },
	{}
};

/**
 * struct mount_point - what one worker keeps
 * @at: where it mounts
 * @file: a file there
 * @moved: its other name
 * @directory: a directory there
 */
struct mount_point {
	char at[PATH_LEN];
	char file[PATH_LEN];
	char moved[PATH_LEN];
	char directory[PATH_LEN];
};

static int mount_setup(struct traffic *t)
{
	struct mount_point *m = calloc(1, sizeof(*m));
	int ret = traffic_wakes();

	if (!m)
		return traffic_fail(t, "calloc", -ENOMEM);
	t->priv = m;
	snprintf(m->at, sizeof(m->at), "/mnt-%d", getpid());
	snprintf(m->file, sizeof(m->file), "/mnt-%d/file", getpid());
	snprintf(m->moved, sizeof(m->moved), "/mnt-%d/moved", getpid());
	snprintf(m->directory, sizeof(m->directory), "/mnt-%d/directory", getpid());
	if (mkdir(m->at, 0700))
		return traffic_fail(t, "mkdir", -errno);
	return ret ? traffic_fail(t, "sigaction", ret) : 0;
}

static void map_file(int fd)
{
	char *map = mmap(NULL, MAP_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (map == MAP_FAILED)
		return;
	msync(map, MAP_SIZE, MS_SYNC);
	munmap(map, MAP_SIZE);
}

static void use_file(int fd)
{
	char data[READ_SIZE] = "modrace";

	(void)!write(fd, data, sizeof(data));
	(void)!pread(fd, data, sizeof(data), 0);
	fsync(fd);
	map_file(fd);
}

static void use_tree(struct traffic *t)
{
	const struct mount_point *m = t->priv;
	struct statfs statistics;
	char list[READ_SIZE];

	t->fd = open(m->file, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	if (t->fd >= 0)
		use_file(t->fd);
	else
		t->fd = open(m->at, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	mkdir(m->directory, 0700);
	rename(m->file, m->moved);
	symlink("file", m->file);
	listxattr(m->moved, list, sizeof(list));
	statfs(m->at, &statistics);
	/* Also those that are there already, such as a control file. */
	traffic_read_files(m->at, MAX_NAMES);
}

static void empty_tree(const struct mount_point *m)
{
	unlink(m->file);
	unlink(m->moved);
	rmdir(m->directory);
}

static void leave(struct traffic *t, bool detached)
{
	const struct mount_point *m = t->priv;

	empty_tree(m);
	if (detached)
		umount2(m->at, MNT_DETACH);
	if (t->fd >= 0)
		close(t->fd);
	if (!detached && umount2(m->at, 0))
		umount2(m->at, MNT_DETACH);
}

static int mount_op(struct traffic *t)
{
	const struct mount_keys *says = t->params;
	const struct mount_point *m = t->priv;

	if (mount(says->source, m->at, says->filesystem, 0, NULL))
		return errno == ENOTBLK ? -ENODEV : traffic_fail(t, "mount", -errno);
	traffic_be_patient(true);
	use_tree(t);
	traffic_be_patient(false);
	if (says->hold) {
		traffic_hold(t, says->hold);
		use_file(t->fd);
	}
	leave(t, traffic_turn(t) % 2);
	return 0;
}

const struct traffic_kind mount_traffic = {
	.name = "mount",
	.help = "a filesystem, mounted, used and unmounted; no error counts once it is mounted",
	.keys = keys,
	.setup = mount_setup,
	.op = mount_op,
};
