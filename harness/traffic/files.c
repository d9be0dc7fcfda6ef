// SPDX-License-Identifier: GPL-2.0
/*
 * Files of any kind, used without knowing what they are: device nodes, files in /proc,
 * sysfs and debugfs, and all that lie below a directory, one after the other. What the
 * module answers is its own affair: an operation counts that opened the file, or was
 * refused by it, and all errors are as good as none.
 *
 *	worker  |open|read x 2|poll|write|map, touch|...... held ......|read, touch|close|
 *	                  ^ a timer interrupts a call that waits    |delete_module()|
 *
 * With "chrdev:NAME" for a path it makes a node of its own for the number that
 * /proc/devices has for the name.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <unistd.h>

#include "compiler.h"
#include "kit.h"

#define READS     2
#define READ_SIZE 1024
#define MAP_SIZE  4096
#define MAX_DEPTH 4
#define MAX_PATH  512

/* After so long a call that waits is interrupted, and then again. */
#define PATIENCE_US 2000

/* Files that drive the kernel's own code, or take the module's device away for good. */
static const char *const left_alone[] = {
	".",      "..",      "uevent", "driver_override", "power",  "subsystem", "remove",
	"rescan", "unbind",  "bind",   "autosuspend*",    "new_id", "remove_id", "drivers_probe",
	"refcnt", "holders",
};

/* What a section says, see the keys. */
struct files_keys {
	char path[TRAFFIC_STRING_LEN];
	bool write;
	enum traffic_hold hold;
};

static const struct traffic_key keys[] = {
	{ "path", TRAFFIC_STRING(struct files_keys, path),
	  .help = "the file or directory; or chrdev:NAME, a number of /proc/devices" },
	{ "write", TRAFFIC_BOOL(struct files_keys, write), .def = "no",
	  .help = "write back what was read, or a 1" },
	{ "hold", TRAFFIC_HOLD(struct files_keys, hold), .def = "no",
	  .help = "keep it open and mapped across an unload, then use and close it" },
	{}
};

/**
 * struct files - what one worker keeps
 * @device: its own node, empty if it uses what is there
 * @pipe: to touch mapped memory with, which says EFAULT where a load would be a signal
 * @map: the mapping of the open file, or MAP_FAILED
 * @skip: files still to be passed over in this walk
 * @path: the file that was found
 */
struct files {
	char device[32];
	int pipe[2];
	void *map;
	unsigned long skip;
	char path[MAX_PATH];
};

static void wake_up(int signal)
{
	(void)signal;
}

static int files_setup(struct traffic *t)
{
	struct sigaction action = { .sa_handler = wake_up };
	struct files *f = calloc(1, sizeof(*f));

	if (!f)
		return traffic_fail(t, "calloc", -ENOMEM);
	f->map = MAP_FAILED;
	t->priv = f;
	if (pipe2(f->pipe, O_CLOEXEC | O_NONBLOCK))
		return traffic_fail(t, "pipe2", -errno);
	signal(SIGPIPE, SIG_IGN);
	return sigaction(SIGALRM, &action, NULL) ? traffic_fail(t, "sigaction", -errno) : 0;
}

static void be_patient(bool patient)
{
	struct itimerval timer = { .it_value.tv_usec = patient ? PATIENCE_US : 0,
				   .it_interval.tv_usec = patient ? PATIENCE_US : 0 };

	setitimer(ITIMER_REAL, &timer, NULL);
}

static bool is_left_alone(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(left_alone); i++) {
		if (!fnmatch(left_alone[i], name, 0))
			return true;
	}
	return false;
}

static bool find_below(struct files *f, const char *path, unsigned int depth);

static bool is_it(struct files *f, const char *path, const struct dirent *entry, unsigned int depth)
{
	char below[MAX_PATH];

	if (is_left_alone(entry->d_name) || entry->d_type == DT_LNK ||
	    snprintf(below, sizeof(below), "%s/%s", path, entry->d_name) >= MAX_PATH)
		return false;
	if (entry->d_type == DT_DIR)
		return depth < MAX_DEPTH && find_below(f, below, depth + 1);
	if (f->skip--)
		return false;
	strcpy(f->path, below);
	return true;
}

/* Finds the file that comes after those to be skipped. */
static bool find_below(struct files *f, const char *path, unsigned int depth)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	bool found = false;

	while (dir && !found && (entry = readdir(dir)))
		found = is_it(f, path, entry, depth);
	if (dir)
		closedir(dir);
	return found;
}

/*
 * How often the worker has been here: since ever, or where each cycle is to be like the
 * others since it began.
 */
static unsigned long turn(const struct traffic *t)
{
	const struct traffic_slot *slot = t->slot;

	if (t->board->pace == PACE_FREE)
		return slot->started;
	return slot->ops + t->board->good_ops - slot->goal;
}

/* The file of this turn below a directory; begins again behind the last. */
static bool find_in(struct traffic *t, const char *directory)
{
	struct files *f = t->priv;
	unsigned long number = turn(t), left;

	f->skip = number;
	if (find_below(f, directory, 0))
		return true;
	/* Passing over one takes one off, so this many there were. */
	left = number - f->skip;
	if (!left)
		return false;
	f->skip = number % left;
	return find_below(f, directory, 0);
}

/* The number that /proc/devices has for a name; 0 if the module is not there. */
static unsigned int find_major(const char *name)
{
	FILE *file = fopen("/proc/devices", "re");
	char line[128], is[64];
	unsigned int number, major = 0;

	if (!file)
		return 0;
	while (!major && fgets(line, sizeof(line), file) && strncmp(line, "Block", 5)) {
		if (sscanf(line, "%u %63s", &number, is) == 2 && !strcmp(is, name))
			major = number;
	}
	fclose(file);
	return major;
}

static int make_device(struct traffic *t, const char *name)
{
	struct files *f = t->priv;
	unsigned int major = find_major(name);

	if (!major)
		return -ENODEV;
	snprintf(f->device, sizeof(f->device), "/node-%d", getpid());
	unlink(f->device);
	if (mknod(f->device, S_IFCHR | 0600, makedev(major, 0)))
		return traffic_fail(t, "mknod", -errno);
	strcpy(f->path, f->device);
	return 0;
}

/* Sets the path that this operation is about; a directory without files stands for itself. */
static int choose_file(struct traffic *t)
{
	static const char number[] = "chrdev:";
	const struct files_keys *says = t->params;
	const char *path = says->path;
	struct files *f = t->priv;
	struct stat st;

	if (!strncmp(path, number, strlen(number)))
		return make_device(t, path + strlen(number));
	if (stat(path, &st))
		return -ENODEV;
	if (S_ISDIR(st.st_mode) && find_in(t, path))
		return 0;
	snprintf(f->path, sizeof(f->path), "%s", path);
	return 0;
}

/* Every other time it waits for what does not come at once. */
static int open_file(struct traffic *t)
{
	static const int access[] = { O_RDWR, O_RDONLY, O_WRONLY };
	const struct files *f = t->priv;
	int flags = O_CLOEXEC | O_NOCTTY | (turn(t) % 2 ? 0 : O_NONBLOCK);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(access); i++) {
		t->fd = open(f->path, access[i] | flags);
		if (t->fd >= 0 || (errno != EACCES && errno != EPERM && errno != EINVAL))
			break;
	}
	return t->fd < 0 ? -errno : 0;
}

/* The file is not there, or its node is half made. */
static bool is_absent(int err)
{
	return err == -ENOENT || err == -ENODEV || err == -ENXIO || err == -EACCES ||
	       err == -ENOTDIR;
}

static void touch(const struct files *f)
{
	char byte;

	if (f->map == MAP_FAILED)
		return;
	if (write(f->pipe[1], f->map, 1) == 1 && read(f->pipe[0], &byte, 1) != 1)
		return;
}

static void map_file(struct traffic *t)
{
	struct files *f = t->priv;

	f->map = mmap(NULL, MAP_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, t->fd, 0);
	if (f->map == MAP_FAILED)
		f->map = mmap(NULL, MAP_SIZE, PROT_READ, MAP_SHARED, t->fd, 0);
	touch(f);
}

static void unmap_file(struct files *f)
{
	if (f->map != MAP_FAILED)
		munmap(f->map, MAP_SIZE);
	f->map = MAP_FAILED;
}

/* What was read is written back, or a 1, which many a switch understands. */
static void write_file(struct traffic *t, const char *was, ssize_t size)
{
	const struct files_keys *says = t->params;
	const char *text = "1\n";

	if (!says->write)
		return;
	if (size <= 0 || turn(t) % 4 >= 2) {
		was = text;
		size = strlen(text);
	}
	/* Whatever comes of it is the module's answer. */
	if (pwrite(t->fd, was, size, 0) < 0 && errno == ESPIPE)
		(void)!write(t->fd, was, size);
}

static void use_file(struct traffic *t)
{
	struct pollfd poll_fd = { .fd = t->fd, .events = POLLIN | POLLOUT | POLLPRI };
	char buf[READ_SIZE];
	ssize_t size = 0, n = 1;
	int i;

	be_patient(true);
	for (i = 0; i < READS && n > 0; i++) {
		n = read(t->fd, buf, sizeof(buf));
		size = n > 0 ? n : size;
	}
	lseek(t->fd, 0, SEEK_SET);
	poll(&poll_fd, 1, 0);
	write_file(t, buf, size);
	be_patient(false);
}

static void hold_file(struct traffic *t, enum traffic_hold hold)
{
	struct pollfd poll_fd = { .fd = t->fd, .events = POLLIN };
	char buf[READ_SIZE];

	traffic_hold(t, hold);
	be_patient(true);
	touch(t->priv);
	poll(&poll_fd, 1, 0);
	(void)!read(t->fd, buf, sizeof(buf));
	be_patient(false);
}

static int files_op(struct traffic *t)
{
	const struct files_keys *says = t->params;
	struct files *f = t->priv;
	int ret = choose_file(t);

	if (!ret) {
		be_patient(true);
		ret = open_file(t);
		be_patient(false);
	}
	if (ret)
		return is_absent(ret) ? -ENODEV : 0;
	use_file(t);
	map_file(t);
	if (says->hold)
		hold_file(t, says->hold);
	unmap_file(f);
	close(t->fd);
	return 0;
}

static void files_park(struct traffic *t)
{
	struct files *f = t->priv;

	if (*f->device)
		unlink(f->device);
}

const struct traffic_kind files_traffic = {
	.name = "files",
	.help = "any file, device node or all files below a directory; no error counts",
	.keys = keys,
	.setup = files_setup,
	.op = files_op,
	.park = files_park,
};
