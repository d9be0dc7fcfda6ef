// SPDX-License-Identifier: GPL-2.0
/*
 * The other processes and the descriptors of an instance.
 *
 * A stub that waits for the kernel does so in its signal handler. Where it is in there, and
 * what it will go on with, is on its data page, so that it is as it was once this page and
 * its mappings are. One that runs, or has been killed, is replaced by a new one, which is
 * told to map everything:
 *
 *	alive, waits		memory, mappings of the notes, memory of the data page
 *	dead, or runs		start_userspace(), all mappings, memory of the data page
 *	not known		killed; one that was just being made is among them
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <as-layout.h>
#include <kern_util.h>
#include <os.h>
#include <skas.h>
#include <stub-data.h>
#include "checkpoint_internal.h"
#include "internal.h"

#define CHILDREN	"/proc/thread-self/children"

/* Of the C library's struct stat only its own functions know; the kernel's header has ours. */
struct host_stat {
	unsigned long dev, inode;
	unsigned long rest[16];
};

static struct stub_data *data_of(const struct ckpt_stub *s)
{
	return (struct stub_data *)s->saved.stack;
}

/* ---- the checkpoint ---------------------------------------------------- */

/**
 * ckpt_find_stubs() - learn what has to be known of the stubs
 *
 * Return: 0, or a negative errno.
 */
int ckpt_find_stubs(void)
{
	int i;

	if (!ckpt->nr_stubs || !using_seccomp)
		return -EOPNOTSUPP;
	for (i = 0; i < ckpt->nr_stubs; i++) {
		struct ckpt_stub *s = &ckpt->stubs[i];

		s->saved = *s->id;
		s->pid = s->id->pid;
		s->pidfd = ckpt_high_fd(syscall(__NR_pidfd_open, s->pid, 0));
		if (s->pidfd < 0)
			return s->pidfd;
	}
	return 0;
}

static bool look_at_fd(int fd, struct ckpt_fd *known)
{
	struct host_stat st;

	if (syscall(__NR_fstat, fd, &st))
		return false;
	known->fd = fd;
	known->dev = st.dev;
	known->inode = st.inode;
	return true;
}

/**
 * ckpt_find_fds() - learn which descriptors there are
 *
 * Return: 0, or a negative errno.
 */
int ckpt_find_fds(void)
{
	int fd;

	for (fd = 0; fd < CKPT_FDS; fd++)
		if (look_at_fd(fd, &ckpt->fds[ckpt->nr_fds]))
			ckpt->nr_fds++;
	return 0;
}

/* ---- the way back ------------------------------------------------------ */

static bool waits(const struct ckpt_stub *s)
{
	return !syscall(__NR_pidfd_send_signal, s->pidfd, 0, NULL, 0) &&
	       data_of(s)->futex == FUTEX_IN_KERN;
}

static bool is_kept(int pid)
{
	int i;

	for (i = 0; i < ckpt->nr_stubs; i++)
		if (ckpt->stubs[i].alive && ckpt->stubs[i].pid == pid)
			return true;
	return false;
}

/**
 * ckpt_kill_others() - end all processes but those that wait as they did
 *
 * To be called before memory is brought back: it says who waits.
 */
void ckpt_kill_others(void)
{
	const char *p = ckpt->text;
	int i, pid;

	for (i = 0; i < ckpt->nr_stubs; i++)
		ckpt->stubs[i].alive = waits(&ckpt->stubs[i]);
	i = ckpt_read(CHILDREN, ckpt->text, CKPT_TEXT);
	if (i < 0)
		ckpt_fail(CHILDREN, -i);
	while (*p) {
		for (pid = 0; *p >= '0' && *p <= '9'; p++)
			pid = pid * 10 + *p - '0';
		if (*p)
			p++;
		if (!pid || is_kept(pid))
			continue;
		syscall(__NR_kill, pid, SIGKILL);
		while (syscall(__NR_wait4, pid, NULL, __WALL, NULL) < 0 &&
		       errno == EINTR)
			;
	}
}

static bool is_socket_of_dead(int fd)
{
	int i;

	for (i = 0; i < ckpt->nr_stubs; i++)
		if (!ckpt->stubs[i].alive && ckpt->stubs[i].saved.sock == fd)
			return true;
	return false;
}

static void close_between(int first, int end)
{
	if (first < end)
		syscall(__NR_close_range, first, end - 1, 0);
}

/**
 * ckpt_close_others() - close all descriptors that are new
 */
void ckpt_close_others(void)
{
	int i, next = 0;

	for (i = 0; i < ckpt->nr_fds; i++) {
		const struct ckpt_fd *known = &ckpt->fds[i];
		struct ckpt_fd now = { .fd = -1 };

		close_between(next, known->fd);
		next = known->fd + 1;
		if (is_socket_of_dead(known->fd))
			syscall(__NR_close, known->fd);
		else if (!look_at_fd(known->fd, &now) || now.inode != known->inode ||
			 now.dev != known->dev)
			ckpt_fail("a descriptor is another file", 0);
	}
	close_between(next, CKPT_FDS);
}

static void run_calls(const struct ckpt_stub *s, int nr)
{
	struct stub_data *data = data_of(s);

	if (!nr)
		return;
	data->syscall_data_len = nr;
	data->restart_wait = 1;
	s->id->syscall_fd_map[0] = ckpt->physmem;
	s->id->syscall_fd_num = 1;
	wait_stub_done_seccomp(s->id, 0, 1);
	if (data->err < 0)
		ckpt_fail("memory of a process cannot be mapped", -data->err);
}

static void queue(const struct ckpt_stub *s, int *nr, int type,
		  const struct ckpt_mapping *m)
{
	struct stub_data *data = data_of(s);
	struct stub_syscall *call;

	if (*nr == ARRAY_SIZE(data->syscall_data)) {
		run_calls(s, *nr);
		*nr = 0;
	}
	call = &data->syscall_data[(*nr)++];
	call->syscall = type;
	call->mem.addr = m->range.start;
	call->mem.length = m->range.end - m->range.start;
	call->mem.offset = m->offset;
	call->mem.prot = m->prot;
	call->mem.fd = 0;
}

/* In a range of addresses, what was mapped is mapped again, and nothing else. */
static void queue_range(const struct ckpt_stub *s, int *nr, struct ckpt_range range)
{
	struct ckpt_mapping part = { .range = range };
	int at = -1;

	queue(s, nr, STUB_SYSCALL_MUNMAP, &part);
	while (ckpt_next_part(&at, s - ckpt->stubs, &range, &part))
		queue(s, nr, STUB_SYSCALL_MMAP, &part);
}

/* It has been written to while the stub did what it was told. */
static void restore_data_page(const struct ckpt_stub *s)
{
	struct stub_data *data = data_of(s);
	struct ckpt_range range = { s->saved.stack,
				    s->saved.stack + sizeof(*data) };

	ckpt_restore_range(&range);
	/* Whatever they were, the stub may have others by now. */
	data->arch_data.fs_base = ~0UL;
	data->arch_data.gs_base = ~0UL;
	*s->id = s->saved;
	s->id->pid = s->pid;
}

static void remap(const struct ckpt_stub *s)
{
	int i, nr = 0;

	for (i = 0; i < ckpt->nr_notes; i++)
		if (ckpt->notes[i].owner == s - ckpt->stubs)
			queue_range(s, &nr, ckpt->notes[i].range);
	run_calls(s, nr);
	restore_data_page(s);
}

/**
 * ckpt_remap_stubs() - map in the stubs that are alive what was mapped
 *
 * Memory has been brought back, their data pages among it.
 */
void ckpt_remap_stubs(void)
{
	int i;

	for (i = 0; i < ckpt->nr_stubs; i++) {
		struct ckpt_stub *s = &ckpt->stubs[i];

		/* It may have been made anew on an earlier way back. */
		s->id->pid = s->pid;
		if (s->alive)
			remap(s);
	}
}

/* Descriptors keep their numbers. */
static void move_fd(int from, int to)
{
	if (from == to)
		return;
	if (syscall(__NR_dup3, from, to, 0) < 0)
		ckpt_fail("the socket of a stub", errno);
	syscall(__NR_close, from);
}

static void revive(struct ckpt_stub *s)
{
	struct ckpt_range all = { 0, STUB_START };
	int err, nr = 0;

	err = start_userspace(s->id);
	if (err < 0)
		ckpt_fail("no new stub", -err);
	s->pid = s->id->pid;
	move_fd(s->id->sock, s->saved.sock);
	s->id->sock = s->saved.sock;
	syscall(__NR_close, s->pidfd);
	s->pidfd = ckpt_high_fd(syscall(__NR_pidfd_open, s->pid, 0));
	if (s->pidfd < 0)
		ckpt_fail("no handle of a stub", -s->pidfd);
	queue_range(s, &nr, all);
	run_calls(s, nr);
	restore_data_page(s);
}

/**
 * ckpt_revive_stubs() - make anew what has died
 *
 * All else is as it was, so that the kernel's own functions can be used.
 */
void ckpt_revive_stubs(void)
{
	sigset_t blocked, all;
	int i;

	/* A stub inherits the mask. */
	blocked = ckpt->mask;
	sigaddset(&blocked, SIGCHLD);
	sigaddset(&blocked, SIGUSR2);
	sigfillset(&all);
	for (i = 0; i < ckpt->nr_stubs; i++) {
		if (ckpt->stubs[i].alive)
			continue;
		sigprocmask(SIG_SETMASK, &blocked, NULL);
		revive(&ckpt->stubs[i]);
		sigprocmask(SIG_SETMASK, &all, NULL);
	}
}
