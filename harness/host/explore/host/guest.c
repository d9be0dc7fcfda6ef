// SPDX-License-Identifier: GPL-2.0
/* One boot of the guest, and the cycles run in it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "explore.h"

#define MAX_ARGS 64

/*
 * The command line is part of what the guest computes with: a name or number
 * that differs from run to run would make the runs differ.
 */
#define SHM_FD 100
#define GO_FD 101
#define WANT_FD 102

static unsigned int boots;

static int make_shm(struct guest *guest)
{
	uint32_t nr_trace = guest->config->nr_trace;
	int fd;

	snprintf(guest->shm_path, sizeof(guest->shm_path), "%s/shm.%d",
		 guest->config->dir, getpid());
	guest->shm_size = sizeof(*guest->shm) +
			  nr_trace * sizeof(struct explore_event);
	fd = open(guest->shm_path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, guest->shm_size))
		return -1;
	guest->shm = mmap(NULL, guest->shm_size, PROT_READ | PROT_WRITE,
			  MAP_SHARED, fd, 0);
	close(fd);
	if (guest->shm == MAP_FAILED)
		return -1;
	guest->shm->magic = EXPLORE_MAGIC;
	guest->shm->abi = EXPLORE_ABI;
	guest->shm->nr_trace = nr_trace;
	return 0;
}

static void __attribute__((noreturn))
guest_exec(struct guest *guest, int want, int go)
{
	const struct guest_config *config = guest->config;
	struct rlimit limit = { config->cpu_limit, config->cpu_limit + 1 };
	char arg_initrd[300], arg_shm[300];
	char *argv[MAX_ARGS] = {
		(char *)config->kernel, arg_initrd, arg_shm,
		"mem=256M", "con=null", "con0=null,fd:1", "rdinit=/init",
		"time-travel=inf-cpu", "time-travel-start=1000000000000000000",
		"rcupdate.rcu_expedited=1", "panic=-1", "panic_on_warn=1",
		"kasan.fault=panic", "hung_task_panic=0",
	};
	size_t n = 14;
	int fd;

	snprintf(arg_initrd, sizeof(arg_initrd), "initrd=%s", config->initrd);
	snprintf(arg_shm, sizeof(arg_shm), "modrace_explore=/proc/self/fd/%d,%d,%d",
		 SHM_FD, GO_FD, WANT_FD);
	fd = open(guest->shm_path, O_RDWR);
	dup2(fd, SHM_FD);
	dup2(go, GO_FD);
	dup2(want, WANT_FD);
	close(fd);
	close(go);
	close(want);
	for (char *const *arg = config->args; *arg && n < MAX_ARGS - 1; arg++)
		argv[n++] = *arg;
	setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CPU, &limit);
	fd = open(guest->console_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	dup2(fd, 1);
	dup2(fd, 2);
	fd = open("/dev/null", O_RDONLY);
	dup2(fd, 0);
	execv(config->kernel, argv);
	_exit(127);
}

/* Wait until the guest asks for a plan: 1, or is gone: 0. */
static int wait_wanted(struct guest *guest)
{
	struct pollfd pfd = { .fd = guest->want_fd, .events = POLLIN };
	char c;

	for (;;) {
		if (poll(&pfd, 1, 200) > 0)
			return read(guest->want_fd, &c, 1) == 1;
		if (waitpid(guest->pid, NULL, WNOHANG) == guest->pid) {
			guest->pid = 0;
			return 0;
		}
	}
}

/**
 * guest_start() - boot a guest and wait for its first cycle
 * @guest: to fill in
 * @config: what to boot, has to outlive @guest
 *
 * Return: 0, or -1 if the guest did not get as far as asking for a plan.
 */
int guest_start(struct guest *guest, const struct guest_config *config)
{
	int want[2], go[2];

	*guest = (struct guest) { .config = config };
	snprintf(guest->console_path, sizeof(guest->console_path),
		 "%s/console.%d", config->dir, getpid());
	if (make_shm(guest) || pipe2(want, 0) || pipe2(go, 0))
		return -1;
	fcntl(want[0], F_SETFD, FD_CLOEXEC);
	fcntl(go[1], F_SETFD, FD_CLOEXEC);
	boots++;
	guest->pid = fork();
	if (!guest->pid)
		guest_exec(guest, want[1], go[0]);
	close(want[1]);
	close(go[0]);
	guest->want_fd = want[0];
	guest->go_fd = go[1];
	if (guest->pid > 0 && wait_wanted(guest))
		return 0;
	guest_stop(guest);
	return -1;
}

static void copy_plan(struct explore_plan *to, const struct explore_plan *from)
{
	memcpy(to, from, offsetof(struct explore_plan, sites));
	memcpy(to->sites, from->sites, from->nr_sites * sizeof(*to->sites));
	memcpy(to->decisions, from->decisions,
	       from->nr_decisions * sizeof(*to->decisions));
}

/**
 * guest_run() - run one cycle
 * @guest: that waits for a plan
 * @plan: what to do
 *
 * After anything but a pass the guest is of no further use; its shared memory
 * and its console can still be read until guest_stop().
 */
enum outcome guest_run(struct guest *guest, const struct explore_plan *plan)
{
	copy_plan(&guest->shm->plan, plan);
	if (write(guest->go_fd, "", 1) != 1)
		return OUTCOME_DEAD;
	guest->cycles++;
	if (wait_wanted(guest) && guest->shm->result.status == EXPLORE_DONE)
		return OUTCOME_PASS;
	switch (guest->shm->result.status) {
	case EXPLORE_PANIC:
		return OUTCOME_FAIL;
	case EXPLORE_HUNG:
		return OUTCOME_HUNG;
	}
	return OUTCOME_DEAD;
}

/**
 * guest_stop() - end a guest and free what it used
 * @guest: that was started
 */
void guest_stop(struct guest *guest)
{
	if (guest->go_fd > 0)
		close(guest->go_fd);
	if (guest->pid > 0) {
		kill(guest->pid, SIGKILL);
		waitpid(guest->pid, NULL, 0);
	}
	if (guest->want_fd > 0)
		close(guest->want_fd);
	munmap(guest->shm, guest->shm_size);
	unlink(guest->shm_path);
	guest->pid = 0;
}

static bool strip_signature(const char *line, char *buf, size_t size)
{
	const char *bug = strstr(line, "BUG: ");
	size_t len;

	if (!bug)
		bug = strstr(line, "WARNING: ");
	if (!bug)
		bug = strstr(line, "Kernel panic - not syncing: ");
	if (!bug)
		return false;
	len = strcspn(bug, "+\r\n");
	snprintf(buf, size, "%.*s", (int)len, bug);
	return true;
}

/**
 * guest_signature() - what the console says went wrong
 * @guest: that failed
 * @buf: for the first report, without offsets
 * @size: of @buf
 */
bool guest_signature(const struct guest *guest, char *buf, size_t size)
{
	FILE *console = fopen(guest->console_path, "r");
	char line[1024];
	bool found = false;

	while (console && !found && fgets(line, sizeof(line), console))
		found = strip_signature(line, buf, size);
	if (console)
		fclose(console);
	if (!found)
		snprintf(buf, size, "%s", guest->shm->result.reason);
	return found;
}

/**
 * guest_cpu_seconds() - processor time of this process and all guests so far
 */
double guest_cpu_seconds(void)
{
	struct rusage self, children;

	getrusage(RUSAGE_SELF, &self);
	getrusage(RUSAGE_CHILDREN, &children);
	return self.ru_utime.tv_sec + self.ru_stime.tv_sec +
	       children.ru_utime.tv_sec + children.ru_stime.tv_sec +
	       (self.ru_utime.tv_usec + self.ru_stime.tv_usec +
		children.ru_utime.tv_usec + children.ru_stime.tv_usec) / 1e6;
}

/**
 * guest_boots() - how many guests have been started so far
 */
unsigned int guest_boots(void)
{
	return boots;
}
