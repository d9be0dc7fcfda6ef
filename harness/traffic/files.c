// SPDX-License-Identifier: GPL-2.0
/*
 * Files of any kind, used without knowing what they are: device nodes, files in /proc,
 * sysfs and debugfs, and all that lie below a directory, one after the other. What the
 * module answers is its own affair: an operation counts that opened the file, or was
 * refused by it, and all errors are as good as none.
 *
 *	worker  |open|read x 2|poll|ioctl|write|map, touch|....... held .......|read, touch|close|
 *	                  ^ a timer interrupts a call that waits   |delete_module()|
 *
 * While it is held it is mapped, watched by epoll(7) and tells by signals; with `wait` the
 * worker is asleep in it, and nothing wakes it up before the attempt to unload is over.
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
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "compiler.h"
#include "file.h"

#define READS     2
#define READ_SIZE 1024
#define ARG_SIZE  256
#define MAP_SIZE  4096
#define MAX_DEPTH 4
#define MAX_PATH  512

/* Files that drive the kernel's own code, or take the module's device away for good. */
static const char *const left_alone[] = {
	".",      "..",      "uevent", "driver_override", "power",  "subsystem", "remove",
	"rescan", "unbind",  "bind",   "autosuspend*",    "new_id", "remove_id", "drivers_probe",
	"refcnt", "holders",
};

/* What a worker that holds a file is asleep in. */
enum wait {
	WAIT_NO,
	WAIT_READ,
	WAIT_POLL,
};

static const char *const waits[] = { "no", "read", "poll", NULL };

/* What a section says, see the keys. */
struct files_keys {
	char path[TRAFFIC_STRING_LEN];
	bool write;
	char command[TRAFFIC_STRING_LEN];
	char undo[TRAFFIC_STRING_LEN];
	struct traffic_numbers ioctl;
	enum traffic_hold hold;
	enum wait wait;
};

static const struct traffic_key keys[] = {
	{ "path", TRAFFIC_STRING(struct files_keys, path),
	  .help = "the file or directory; or chrdev:NAME, a number of /proc/devices" },
	{ "write", TRAFFIC_BOOL(struct files_keys, write), .def = "no",
	  .help = "write back what was read, or a 1" },
	{ "command", TRAFFIC_STRING(struct files_keys, command), .def = "",
	  .help = "with write: every third time this; {n} is the operation's number" },
	{ "undo", TRAFFIC_STRING(struct files_keys, undo), .def = "", .help = FILE_UNDO_HELP },
	{ "ioctl", TRAFFIC_NUMBERS(struct files_keys, ioctl, 0, UINT32_MAX), .def = "0x541b",
	  .help = "request numbers, one in each operation" },
	{ "hold", TRAFFIC_HOLD(struct files_keys, hold), .def = "no",
	  .help = "keep it open and mapped across an unload, then use and close it" },
	{ "wait", TRAFFIC_CHOICE(struct files_keys, wait, waits), .def = "no",
	  .help = "with hold: be asleep in this call meanwhile" },
	{}
};

/**
 * struct files - what one worker keeps
 * @device: its own node, empty if it uses what is there
 * @pipe: to touch mapped memory with, which says EFAULT where a load would be a signal
 * @map: the mapping of the open file, or MAP_FAILED
 * @epoll: to watch the open file with
 * @skip: files still to be passed over in this walk
 * @path: the file that was found
 * @commanded: the file that a command was written to
 */
struct files {
	char device[32];
	int pipe[2];
	void *map;
	int epoll;
	unsigned long skip;
	char path[MAX_PATH];
	char commanded[MAX_PATH];
};

static int files_setup(struct traffic *t)
{
	struct files *f = calloc(1, sizeof(*f));
	int ret = traffic_wakes();

	if (!f)
		return traffic_fail(t, "calloc", -ENOMEM);
	f->map = MAP_FAILED;
	t->priv = f;
	f->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (f->epoll < 0)
		return traffic_fail(t, "epoll_create1", -errno);
	if (pipe2(f->pipe, O_CLOEXEC | O_NONBLOCK))
		return traffic_fail(t, "pipe2", -errno);
	signal(SIGIO, SIG_IGN);
	return ret ? traffic_fail(t, "sigaction", ret) : 0;
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

/* The file of this turn below a directory; begins again behind the last. */
static bool find_in(struct traffic *t, const char *directory)
{
	struct files *f = t->priv;
	unsigned long number = traffic_turn(t), left;

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

/* Every other time, or if told to, it waits for what does not come at once. */
static int open_file(struct traffic *t)
{
	static const int access[] = { O_RDWR, O_RDONLY, O_WRONLY };
	const struct files_keys *says = t->params;
	const struct files *f = t->priv;
	bool waits_for_it = says->wait || traffic_turn(t) % 2;
	int flags = O_CLOEXEC | O_NOCTTY | (waits_for_it ? 0 : O_NONBLOCK);
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

static void take_back(struct traffic *t)
{
	const struct files_keys *says = t->params;
	const struct files *f = t->priv;

	file_undo(t, f->commanded, says->undo);
}

static void command_file(struct traffic *t)
{
	const struct files_keys *says = t->params;
	struct files *f = t->priv;

	take_back(t);
	strcpy(f->commanded, f->path);
	/* A file that takes no such command refuses. */
	file_write(t, says->command);
}

/* What was read is written back, or a 1, which many a switch understands. */
static void write_file(struct traffic *t, const char *was, ssize_t size)
{
	const struct files_keys *says = t->params;
	const char *text = "1\n";

	if (!says->write)
		return;
	if (*says->command && traffic_turn(t) % 3 == 1) {
		command_file(t);
		return;
	}
	if (size <= 0 || traffic_turn(t) % 4 >= 2) {
		was = text;
		size = strlen(text);
	}
	/* Whatever comes of it is the module's answer. */
	if (pwrite(t->fd, was, size, 0) < 0 && errno == ESPIPE)
		(void)!write(t->fd, was, size);
}

/* Whatever the number means, the module is asked. */
static void ask_file(struct traffic *t)
{
	const struct traffic_numbers *numbers = &((const struct files_keys *)t->params)->ioctl;
	char arg[ARG_SIZE] = { 0 };

	if (numbers->nr)
		ioctl(t->fd, numbers->value[traffic_turn(t) % numbers->nr], arg);
}

static void use_file(struct traffic *t)
{
	struct pollfd poll_fd = { .fd = t->fd, .events = POLLIN | POLLOUT | POLLPRI };
	char buf[READ_SIZE];
	ssize_t size = 0, n = 1;
	int i;

	traffic_be_patient(true);
	for (i = 0; i < READS && n > 0; i++) {
		n = read(t->fd, buf, sizeof(buf));
		size = n > 0 ? n : size;
	}
	lseek(t->fd, 0, SEEK_SET);
	poll(&poll_fd, 1, 0);
	ask_file(t);
	write_file(t, buf, size);
	traffic_be_patient(false);
}

static void wait_in_read(struct traffic *t)
{
	char buf[READ_SIZE];
	int i;

	for (i = 0; i < READS && read(t->fd, buf, sizeof(buf)) > 0; i++)
		;
}

/* Not what a file is always ready for. */
static void wait_in_poll(struct traffic *t)
{
	struct pollfd poll_fd = { .fd = t->fd, .events = POLLPRI };

	poll(&poll_fd, 1, -1);
}

static void wait_in_it(struct traffic *t)
{
	const struct files_keys *says = t->params;

	if (says->wait == WAIT_READ)
		wait_in_read(t);
	else
		wait_in_poll(t);
}

/* Somebody else is to be told when there is something to read, in two ways. */
static void watch_file(struct traffic *t)
{
	struct epoll_event event = { .events = EPOLLIN };
	const struct files *f = t->priv;

	/* A file that knows none of this refuses. */
	epoll_ctl(f->epoll, EPOLL_CTL_ADD, t->fd, &event);
	if (!fcntl(t->fd, F_SETOWN, getpid()))
		fcntl(t->fd, F_SETFL, fcntl(t->fd, F_GETFL) | O_ASYNC);
}

static void hold_file(struct traffic *t, const struct files_keys *says)
{
	struct pollfd poll_fd = { .fd = t->fd, .events = POLLIN };
	char buf[READ_SIZE];

	watch_file(t);
	traffic_hold_in(t, says->hold, says->wait ? wait_in_it : NULL);
	traffic_be_patient(true);
	touch(t->priv);
	poll(&poll_fd, 1, 0);
	(void)!read(t->fd, buf, sizeof(buf));
	traffic_be_patient(false);
}

static int files_op(struct traffic *t)
{
	const struct files_keys *says = t->params;
	struct files *f = t->priv;
	int ret = choose_file(t);

	if (!ret) {
		traffic_be_patient(true);
		ret = open_file(t);
		traffic_be_patient(false);
	}
	if (ret)
		return is_absent(ret) ? -ENODEV : 0;
	use_file(t);
	map_file(t);
	if (says->hold)
		hold_file(t, says);
	unmap_file(f);
	close(t->fd);
	return 0;
}

static void files_park(struct traffic *t)
{
	struct files *f = t->priv;

	take_back(t);
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
