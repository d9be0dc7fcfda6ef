// SPDX-License-Identifier: GPL-2.0
/*
 * Starting, killing and reaping guests; see guest.h for who watches whom.
 *
 * Warden and kernel have process groups of their own, so that the terminal's signals
 * do not reach them, but not sessions: with kernel.sched_autogroup_enabled a session is
 * a scheduling group, and the host then runs the two halves of a virtual processor,
 * which hand over to each other all the time, for seconds before anybody else.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"
#include "util.h"

#define MAX_ARGS     48
#define CHANNEL_FD   3
#define INITRAMFS_FD 4
#define LINK_FILE_FD 5
#define LINK_GO_FD   6
#define LINK_WANT_FD 7
#define CONSOLE_FD   8
#define NR_GUEST_FDS 9

/* Explore guests begin at one fixed time, or their clock would be the host's. */
#define EXPLORE_EPOCH_NS "1700000000000000000"

/* They go on until they are told to stop. */
#define EXPLORE_LAST_CYCLE UINT64_C(1000000000)

/**
 * struct arguments - a command line being put together
 * @argv: the arguments, allocated
 * @nr: how many
 */
struct arguments {
	char *argv[MAX_ARGS + 1];
	unsigned int nr;
};

static void add(struct arguments *args, char *argument)
{
	if (args->nr == MAX_ARGS)
		fatal("internal error: more than %d kernel arguments", MAX_ARGS);
	args->argv[args->nr++] = argument;
}

static const char *memory_directory(void)
{
	const char *tmpdir = getenv("TMPDIR");

	return tmpdir && *tmpdir ? tmpdir : "/dev/shm";
}

/**
 * guest_preflight() - check what every guest needs of the host
 *
 * A UML kernel keeps its memory in a file that it maps executable. Ends the
 * program with a line that says what to do if that cannot work here.
 */
void guest_preflight(void)
{
	const char *dir = memory_directory();
	char *path = format("%s/modrace-XXXXXX", dir);
	int fd = mkostemp(path, O_CLOEXEC);
	void *map;

	if (fd < 0)
		fatal("%s: cannot keep guest memory there: %s; set TMPDIR to another directory",
		      dir, strerror(errno));
	unlink(path);
	if (ftruncate(fd, 4096))
		fatal("%s: no space for guest memory: %s; set TMPDIR to a roomier directory", dir,
		      strerror(errno));
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		fatal("%s: guest memory cannot be executable: %s; set TMPDIR to one without noexec",
		      dir, strerror(errno));
	munmap(map, 4096);
	close(fd);
	free(path);
}

static void mode_arguments(struct arguments *args, const struct guest_config *config)
{
	if (config->run->mode == MODE_EXPLORE) {
		add(args, format("time-travel=inf-cpu"));
		add(args, format("time-travel-start=" EXPLORE_EPOCH_NS));
		add(args, format("modrace_explore=/proc/self/fd/%d,%d,%d", LINK_FILE_FD, LINK_GO_FD,
				 LINK_WANT_FD));
	} else {
		add(args, format("ncpus=%u", GUEST_CPUS));
		add(args, format("steal_clock"));
		if (config->cpus[0] >= 0)
			add(args, format("pin_cpus=%d,%d", config->cpus[0], config->cpus[1]));
	}
}

/* All boots of an explored run are the same guest: it is told what to do as it goes. */
static void cycle_arguments(struct arguments *args, const struct run *run)
{
	bool explored = run->mode == MODE_EXPLORE;

	add(args, format("seed=%" PRIu64, run->seed + (explored ? 0 : run->boots)));
	add(args, format("first=%" PRIu64, explored ? 1 : run->next_cycle));
	add(args, format("last=%" PRIu64, explored ? EXPLORE_LAST_CYCLE : run->cycles));
}

/* The script starts the kernel, with its console where it would be without. */
static void debugger_arguments(struct arguments *args, const char *script)
{
	const char *gdb = getenv("GDB");

	add(args, format("%s", gdb && *gdb ? gdb : "gdb"));
	add(args, format("-q"));
	add(args, format("-x"));
	add(args, format("%s", script));
	add(args, format("--args"));
}

static void kernel_arguments(struct arguments *args, const struct guest_config *config,
			     const char *directory)
{
	const struct run *run = config->run;

	if (config->debugger)
		debugger_arguments(args, config->debugger);
	add(args, format("%s/linux", config->kernel));
	add(args, format("mem=%uM", config->memory_mb));
	add(args, format("initrd=/proc/self/fd/%d", INITRAMFS_FD));
	add(args, format("uml_dir=%s/", directory));
	add(args, format("umid=guest"));
	add(args, format("seccomp=on"));
	add(args, format("con=null"));
	add(args, format("con0=null,fd:1"));
	add(args, format("ssl=null"));
	add(args, format("ssl0=null,fd:%d", CHANNEL_FD));
	add(args, format("um_rng_seed=%" PRIu64, run->seed));
	add(args, format("rdinit=/init"));
	add(args, format("loglevel=6"));
	add(args, format("panic=-1"));
	add(args, format("panic_on_warn=1"));
	add(args, format("kasan.fault=panic"));
	add(args, format("rcupdate.rcu_expedited=1"));
	add(args, format("rcutree.jiffies_till_first_fqs=0"));
	mode_arguments(args, config);
	add(args, format("--"));
	add(args, format("variant=%s", run->variant->name));
	add(args, format("mode=%s", run_mode_names[run->mode]));
	cycle_arguments(args, run);
}

/* A kernel with several virtual processors places them itself (pin_cpus=). */
static void place_kernel(const struct guest_config *config)
{
	if (config->run->mode == MODE_EXPLORE && config->cpus[0] >= 0)
		affinity_set(config->cpus[0]);
}

static __noreturn void exec_kernel(const struct guest_config *config, char **argv, const int *fds)
{
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	place_kernel(config);
	if (!config->debugger)
		setpgid(0, 0);
	for (fd = 0; fd < NR_GUEST_FDS; fd++) {
		if (fds[fd] >= 0 && dup2(fds[fd], fd) < 0)
			_exit(126);
	}
	close_range(NR_GUEST_FDS, ~0U, 0);
	execvp(argv[0], argv);
	dprintf(1, "%s: cannot start: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/* Kills the warden's children; their own children then become the warden's. */
static void kill_children(void)
{
	char path[64];
	FILE *file;
	int pid;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	file = fopen(path, "re");
	if (!file)
		return;
	while (fscanf(file, "%d", &pid) == 1)
		kill(pid, SIGKILL);
	fclose(file);
}

static void reap_all(void)
{
	do
		kill_children();
	while (waitpid(-1, NULL, __WALL) > 0);
}

/* Waits until the kernel ends or the warden is told to end it. */
static void watch_kernel(pid_t kernel, const sigset_t *signals)
{
	for (;;) {
		int sig = sigwaitinfo(signals, NULL);
		pid_t pid;

		if (sig == SIGTERM)
			return;
		while ((pid = waitpid(-1, NULL, WNOHANG | __WALL)) > 0) {
			if (pid == kernel)
				return;
		}
	}
}

static __noreturn void warden_main(const struct guest_config *config, pid_t runner, char **argv,
				   const int *fds, const char *directory)
{
	sigset_t signals;
	pid_t kernel;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGCHLD);
	sigprocmask(SIG_SETMASK, &signals, NULL);
	if (!config->debugger)
		setpgid(0, 0);
	prctl(PR_SET_NAME, "modrace-warden");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != runner)
		_exit(1);
	if (mkdir(directory, 0700)) {
		dprintf(fds[1], "%s: cannot create the directory: %s\n", directory,
			strerror(errno));
		_exit(1);
	}

	kernel = fork();
	if (!kernel) {
		sigemptyset(&signals);
		sigprocmask(SIG_SETMASK, &signals, NULL);
		exec_kernel(config, argv, fds);
	}
	close_range(NR_GUEST_FDS, ~0U, 0);
	if (kernel > 0)
		watch_kernel(kernel, &signals);
	reap_all();
	remove_tree(directory);
	_exit(0);
}

/*
 * A copy of @fd that no dup2() onto the guest's first descriptors will overwrite
 * before it is used; -1 if there can be none.
 */
static int copy_above(int fd)
{
	return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, NR_GUEST_FDS);
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* Returns the read end, which does not block, and stores the write end; -1 without them. */
static int make_pipe(int *write_end)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		return -1;
	*write_end = copy_above(fds[1]);
	close(fds[1]);
	if (*write_end >= 0 && !fcntl(fds[0], F_SETFL, O_NONBLOCK))
		return fds[0];
	close(fds[0]);
	return -1;
}

/* A debugger takes the terminal; the console goes to descriptor CONSOLE_FD. */
static void keep_terminal(int *fds)
{
	close(fds[0]);
	close(fds[2]);
	fds[CONSOLE_FD] = fds[1];
	fds[0] = fds[1] = fds[2] = -1;
}

static bool all_open(const int *fds, bool linked)
{
	static const int always[] = { 0, 1, 2, CHANNEL_FD, INITRAMFS_FD };
	static const int line[] = { LINK_FILE_FD, LINK_GO_FD, LINK_WANT_FD };
	bool open = true;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(always); i++)
		open &= fds[always[i]] >= 0;
	for (i = 0; linked && i < ARRAY_SIZE(line); i++)
		open &= fds[line[i]] >= 0;
	return open;
}

/* Opens what becomes the guest kernel's descriptors 0 to NR_GUEST_FDS - 1. */
static bool open_guest_fds(struct guest *guest, const struct guest_config *config,
			   const struct link *link, int *fds)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	fds[0] = copy_above(null);
	close_fd(null);
	guest->console = make_pipe(&fds[1]);
	fds[2] = copy_above(fds[1]);
	guest->channel = make_pipe(&fds[CHANNEL_FD]);
	fds[INITRAMFS_FD] = copy_above(config->run->initramfs);
	if (link) {
		fds[LINK_FILE_FD] = copy_above(link->file);
		fds[LINK_GO_FD] = copy_above(link->guest_go);
		fds[LINK_WANT_FD] = copy_above(link->guest_want);
	}
	if (!all_open(fds, link) || guest->console < 0 || guest->channel < 0)
		return false;
	if (config->debugger)
		keep_terminal(fds);
	return true;
}

/*
 * The warden makes the directory once it is sure to survive the runner: nobody
 * else could remove it.
 */
static char *name_directory(void)
{
	uint64_t number;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		fatal("getrandom: %s", strerror(errno));
	return format("/tmp/modrace-%012" PRIx64, number >> 16);
}

static void close_all(const int *fds)
{
	int fd;

	for (fd = 0; fd < NR_GUEST_FDS; fd++)
		close_fd(fds[fd]);
}

static int fork_warden(struct guest *guest, const struct guest_config *config, const int *fds)
{
	struct arguments args = { .nr = 0 };
	pid_t runner = getpid();
	int err = 0;

	kernel_arguments(&args, config, guest->directory);
	guest->warden = fork();
	if (!guest->warden)
		warden_main(config, runner, args.argv, fds, guest->directory);
	if (guest->warden < 0)
		err = -errno;
	while (args.nr)
		free(args.argv[--args.nr]);
	return err;
}

/**
 * guest_start() - boot a guest
 * @guest: filled in; to be given to guest_reap() in the end
 * @config: what to boot
 * @link: line to its explorer, NULL for none; the guest's ends are handed over
 *
 * Return: 0, or a negative errno, nothing then being left of it.
 */
int guest_start(struct guest *guest, const struct guest_config *config, struct link *link)
{
	int fds[NR_GUEST_FDS], err;

	memset(fds, -1, sizeof(fds));
	guest->directory = name_directory();
	err = open_guest_fds(guest, config, link, fds) ? 0 : -errno;
	if (!err)
		err = fork_warden(guest, config, fds);
	close_all(fds);
	if (!err && link)
		link_handed_over(link);
	if (err) {
		close_fd(guest->console);
		close_fd(guest->channel);
		free(guest->directory);
	}
	return err;
}

/**
 * guest_kill() - end a guest; guest_reap() waits for it
 * @guest: a started guest
 */
void guest_kill(const struct guest *guest)
{
	kill(guest->warden, SIGTERM);
}

/**
 * guest_reap() - wait until nothing of a guest is left, and let go of it
 * @guest: a guest that ended or was told to
 *
 * Return: processor time all its processes took, seconds.
 */
double guest_reap(struct guest *guest)
{
	struct rusage usage = { 0 };

	while (wait4(guest->warden, NULL, 0, &usage) < 0 && errno == EINTR)
		;
	close(guest->console);
	close(guest->channel);
	free(guest->directory);
	return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}
