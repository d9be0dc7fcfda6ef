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
#include <stdarg.h>
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

#include "base/util.h"
#include "plan/mode.h"
#include "vm/guest.h"

#define CHANNEL_FD   3
#define INITRAMFS_FD 4
#define CONSOLE_FD   8
#define NR_GUEST_FDS 9

/* A guest that has a checkpoint goes back to it, wherever it is. */
#define BACK_SIGNAL SIGUSR2

/**
 * guest_argument() - add an argument to a guest's command line
 * @args: the command line
 * @fmt: as for printf()
 */
void guest_argument(struct guest_arguments *args, const char *fmt, ...)
{
	va_list list;

	if (args->nr == GUEST_MAX_ARGS)
		fatal("internal error: more than %d kernel arguments", GUEST_MAX_ARGS);
	va_start(list, fmt);
	if (vasprintf(&args->argv[args->nr++], fmt, list) < 0)
		fatal("out of memory");
	va_end(list);
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

/* The script starts the kernel, with its console where it would be without. */
static void debugger_arguments(struct guest_arguments *args, const char *script)
{
	const char *gdb = getenv("GDB");

	guest_argument(args, "%s", gdb && *gdb ? gdb : "gdb");
	guest_argument(args, "-q");
	guest_argument(args, "-x");
	guest_argument(args, "%s", script);
	guest_argument(args, "--args");
}

static void kernel_arguments(struct guest_arguments *args, const struct guest_config *config,
			     const char *directory)
{
	const struct run *run = config->run;
	const struct mode *mode = mode_of(run);

	if (config->debugger)
		debugger_arguments(args, config->debugger);
	guest_argument(args, "%s/linux", config->kernel);
	guest_argument(args, "mem=%uM", config->memory_mb);
	guest_argument(args, "initrd=/proc/self/fd/%d", INITRAMFS_FD);
	guest_argument(args, "uml_dir=%s/", directory);
	guest_argument(args, "umid=guest");
	guest_argument(args, "seccomp=on");
	guest_argument(args, "con=null");
	guest_argument(args, "con0=null,fd:1");
	guest_argument(args, "ssl=null");
	guest_argument(args, "ssl0=null,fd:%d", CHANNEL_FD);
	guest_argument(args, "um_rng_seed=%" PRIu64, run->spec.seed);
	guest_argument(args, "rdinit=/init");
	guest_argument(args, "loglevel=6");
	guest_argument(args, "printk.devkmsg=on");
	guest_argument(args, "panic=-1");
	guest_argument(args, "panic_on_warn=1");
	guest_argument(args, "kasan.fault=panic");
	guest_argument(args, "rcupdate.rcu_expedited=1");
	guest_argument(args, "rcutree.jiffies_till_first_fqs=0");
	mode->kernel_arguments(args, config);
	guest_argument(args, "--");
	guest_argument(args, "variant=%s", run->spec.variant->name);
	guest_argument(args, "mode=%s", run_mode_names[run->spec.mode]);
	mode->ops->init_arguments(args, run);
}

/* A kernel with several virtual processors places them itself (pin_cpus=). */
static void place_kernel(const struct guest_config *config)
{
	if (mode_of(config->run)->one_cpu && config->cpus[0] >= 0)
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

/* Waits until the kernel ends or the warden is told to end it; passes on what is for it. */
static void watch_kernel(pid_t kernel, const sigset_t *signals)
{
	for (;;) {
		int sig = sigwaitinfo(signals, NULL);
		pid_t pid;

		if (sig == SIGTERM)
			return;
		if (sig == BACK_SIGNAL)
			kill(kernel, BACK_SIGNAL);
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
	sigaddset(&signals, BACK_SIGNAL);
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

static bool all_open(const int *fds)
{
	static const int always[] = { 0, 1, 2, CHANNEL_FD, INITRAMFS_FD };
	bool open = true;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(always); i++)
		open &= fds[always[i]] >= 0;
	return open;
}

/* The guest's ends of the link, if there is one; false if they cannot be had. */
static bool copy_link(const struct link *link, int *fds)
{
	if (link->file < 0)
		return true;
	fds[GUEST_LINK_FILE_FD] = copy_above(link->file);
	fds[GUEST_LINK_GO_FD] = copy_above(link->guest_go);
	fds[GUEST_LINK_WANT_FD] = copy_above(link->guest_want);
	return fds[GUEST_LINK_FILE_FD] >= 0 && fds[GUEST_LINK_GO_FD] >= 0 &&
	       fds[GUEST_LINK_WANT_FD] >= 0;
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
	fds[INITRAMFS_FD] = copy_above(config->run->spec.initramfs);
	if (!copy_link(link, fds) || !all_open(fds) || guest->console < 0 || guest->channel < 0)
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
	struct guest_arguments args = { .nr = 0 };
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
 * @link: line to its explorer, or link_closed; the guest's ends are handed over
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
	if (!err)
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
 * guest_call_back() - have a guest go back to its checkpoint although it does not ask
 * @guest: a started guest that has one
 */
void guest_call_back(const struct guest *guest)
{
	kill(guest->warden, BACK_SIGNAL);
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
