/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One User-Mode Linux instance and the process that answers for it.
 *
 *	runner ---fork---> warden ---fork---> linux ---> stubs, helper threads
 *	   \  pidfd/wait  /   \  subreaper   /
 *
 * A UML kernel is several host processes, and killing the one that was started
 * leaves the others behind. The warden is their subreaper: it kills and reaps
 * every descendant before it exits itself. It does so when the kernel ends,
 * when the runner asks (SIGTERM), and when the runner dies in whatever way
 * (PR_SET_PDEATHSIG).
 */
#ifndef MODRACE_GUEST_H
#define MODRACE_GUEST_H

#include <stdbool.h>
#include <sys/types.h>

#include "compiler.h"
#include "plan/run.h"
#include "vm/affinity.h"
#include "vm/link.h"

#define GUEST_MAX_ARGS 48

/* The guest's ends of the link are these descriptors of its kernel. */
#define GUEST_LINK_FILE_FD 5
#define GUEST_LINK_GO_FD   6
#define GUEST_LINK_WANT_FD 7

/**
 * struct guest_arguments - a guest's command line being put together
 * @argv: the arguments, allocated
 * @nr: how many
 */
struct guest_arguments {
	char *argv[GUEST_MAX_ARGS + 1];
	unsigned int nr;
};

/**
 * struct guest_config - what a guest is started with
 * @kernel: the kernel's build directory, which holds `linux`
 * @memory_mb: guest memory, MiB
 * @run: what it is to do; its initramfs, variant, mode, seed and cycles are
 *	handed over
 * @cpus: processors of the host for its virtual ones; -1 for any
 * @debugger: script for a debugger to run the kernel in, on the user's terminal;
 *	NULL for none
 */
struct guest_config {
	const char *kernel;
	unsigned int memory_mb;
	const struct run *run;
	int cpus[GUEST_CPUS];
	const char *debugger;
};

/**
 * struct guest - a started guest
 * @warden: process ID of its warden
 * @console: read end of the kernel's console
 * @channel: read end of the verdict channel
 * @directory: the guest's directory for temporary files; removed by its warden
 */
struct guest {
	pid_t warden;
	int console;
	int channel;
	char *directory;
};

void guest_preflight(void);
__printf(2, 3) void guest_argument(struct guest_arguments *args, const char *fmt, ...);
int guest_start(struct guest *guest, const struct guest_config *config, struct link *link);
void guest_kill(const struct guest *guest);
void guest_call_back(const struct guest *guest);
double guest_reap(struct guest *guest);

#endif /* MODRACE_GUEST_H */
