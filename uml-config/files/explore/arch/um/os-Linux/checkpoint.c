// SPDX-License-Identifier: GPL-2.0
/*
 * Going back to an earlier state of the whole instance, in place.
 *
 * An instance is processes of the host: the kernel's, and a stub for each address
 * space. What belongs to its state is found at the checkpoint, in /proc, and is
 * brought back like this:
 *
 *	physical memory		a file; pages written since are copied back
 *	data, heap, TLS, stack,	private mappings of the kernel's process; the same
 *	KASAN's shadow
 *	vmalloc, modules	mappings of the file; those changed since are made anew
 *	memory of processes	the same in their stubs, which do it when they are told
 *	stubs			new ones are killed. The others wait in their signal
 *				handler, and all they will look at is in their data
 *				page, which is physical memory. Dead ones are made anew
 *	descriptors		new ones are closed
 *	registers		longjmp()
 *	signals			the mask is set, pending ones are taken off
 *
 *	checkpoint_take()                      checkpoint_go_back()
 *	  find everything                        to a stack of our own, no signals
 *	  copy, protect   <------ longjmp ------ stubs, mappings, pages, new stubs
 *
 * All that is needed for it is in one shared mapping, which is not brought back. On the
 * way nothing is called that looks at what is being overwritten: system calls only.
 * There is one thread; whoever adds another has to stop it first.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <checkpoint.h>
#include <init.h>
#include <os.h>
#include "checkpoint_internal.h"

/* Descriptors that are ours stay out of the way of the others. */
#define FIRST_FD	500

struct ckpt *ckpt;

static void say(const char *text, size_t size)
{
	syscall(__NR_write, 2, text, size);
}

/**
 * ckpt_fail() - give up: the instance is neither here nor there
 * @what: could not be done
 * @err: errno, 0 for none
 */
void ckpt_fail(const char *what, int err)
{
	char number[4] = { '0' + err / 100 % 10, '0' + err / 10 % 10,
			   '0' + err % 10, '\n' };
	size_t size = 0;

	while (what[size])
		size++;
	say("checkpoint: no way back: ", 25);
	say(what, size);
	say(", errno ", 8);
	say(number, sizeof(number));
	for (;;)
		syscall(__NR_exit_group, 1);
}

/**
 * ckpt_read() - read a file of /proc
 * @path: the file
 * @text: filled in, ended by a zero
 * @size: of @text
 *
 * Return: bytes read, or a negative errno.
 */
int ckpt_read(const char *path, char *text, int size)
{
	int fd = syscall(__NR_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
	int n, done = 0;

	if (fd < 0)
		return -errno;
	while ((n = syscall(__NR_read, fd, text + done, size - 1 - done)) > 0)
		done += n;
	syscall(__NR_close, fd);
	if (done == size - 1)
		return -EFBIG;
	text[done] = 0;
	return n < 0 ? -EIO : done;
}

/**
 * ckpt_high_fd() - move a descriptor of ours out of the way
 * @fd: the descriptor, or a negative number; closed
 *
 * Return: the one to use, or a negative errno.
 */
int ckpt_high_fd(int fd)
{
	int high;

	if (fd < 0)
		return -errno;
	high = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FD);
	if (high < 0)
		high = -errno;
	close(fd);
	return high;
}

/* The host has waited long enough, wherever we are. */
static void requested(int sig)
{
	checkpoint_go_back();
}

static int catch_request(void)
{
	struct sigaction action = { .sa_handler = requested, .sa_flags = SA_ONSTACK };
	sigset_t set;

	sigfillset(&action.sa_mask);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	if (sigaction(SIGUSR2, &action, NULL) ||
	    sigprocmask(SIG_UNBLOCK, &set, NULL))
		return -errno;
	return 0;
}

static void *map_outside(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* Where what is known is kept, from the first address space on. */
static int begin(void)
{
	if (ckpt)
		return 0;
	ckpt = map_outside(sizeof(*ckpt));
	if (!ckpt)
		return -ENOMEM;
	ckpt->uffd = -1;
	return 0;
}

/* It could not be taken; what was found is forgotten. */
static void discard(void)
{
	int i;

	for (i = 0; i < ckpt->nr_stubs; i++)
		close(ckpt->stubs[i].pidfd);
	if (ckpt->uffd >= 0)
		close(ckpt->uffd);
	if (ckpt->pagemap > 0)
		close(ckpt->pagemap);
	if (ckpt->copies)
		munmap(ckpt->copies, ckpt->copies_size);
	munmap(ckpt, sizeof(*ckpt));
	ckpt = NULL;
}

/* The order matters: what is opened and mapped on the way is not to be found. */
static int find_all(void)
{
	static int (*const steps[])(void) = {
		ckpt_find_stubs, ckpt_find_mappings, ckpt_find_fds, ckpt_track,
		ckpt_find_pages, catch_request,
	};
	unsigned int i;
	int err;

	ckpt->pagemap = ckpt_high_fd(open("/proc/self/pagemap",
					  O_RDONLY | O_CLOEXEC));
	if (ckpt->pagemap < 0)
		return ckpt->pagemap;
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		err = steps[i]();
		if (err)
			return err;
	}
	return 0;
}

static void block_all(void)
{
	unsigned long all = ~0UL;

	syscall(__NR_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof(all));
}

static int copy_all(void)
{
	int err = ckpt_copy_pages();

	if (err)
		return err;
	if (ckpt->verify)
		ckpt_look();
	ckpt->valid = true;
	ckpt_protect();
	return 0;
}

/**
 * checkpoint_take() - keep the present state of everything
 * @physmem_fd: descriptor of physical memory
 * @phys_base: where its first byte would be mapped
 * @verify: compare what the host has of us at each way back, and fail if it differs
 *
 * Each address space has been told by checkpoint_add_mm(), and no stub runs. There is
 * one checkpoint at most.
 *
 * Return: 0 when it has been taken, a negative errno if it cannot be; and, each time
 * that it has been gone back to, how often that was.
 */
int checkpoint_take(int physmem_fd, unsigned long phys_base, bool verify)
{
	int err = checkpoint_taken() ? -EBUSY : begin();
	sigset_t mask;

	if (err)
		return err;
	ckpt->physmem = physmem_fd;
	ckpt->phys_base = phys_base;
	ckpt->verify = verify;
	err = find_all();
	if (err) {
		discard();
		return err;
	}
	sigprocmask(SIG_SETMASK, NULL, &mask);
	ckpt->mask = mask;
	block_all();
	if (!setjmp(ckpt->context))
		err = copy_all();
	else
		err = ckpt->back;
	sigprocmask(SIG_SETMASK, &ckpt->mask, NULL);
	if (err < 0)
		discard();
	return err;
}

/**
 * checkpoint_taken() - is there a state to go back to?
 */
bool checkpoint_taken(void)
{
	return ckpt && ckpt->valid;
}

/**
 * checkpoint_tracks() - is it known what has been written since?
 *
 * Return: false if all of memory is copied back.
 */
bool checkpoint_tracks(void)
{
	return checkpoint_taken() && ckpt->tracked;
}

/**
 * checkpoint_add_mm() - an address space that the next checkpoint consists of
 * @id: what is known of it
 *
 * Return: 0, or a negative errno.
 */
int checkpoint_add_mm(struct mm_id *id)
{
	int err = begin();

	if (err)
		return err;
	if (ckpt->nr_stubs == CKPT_STUBS)
		return -ENOSPC;
	ckpt->stubs[ckpt->nr_stubs].id = id;
	ckpt->stubs[ckpt->nr_stubs++].pidfd = -1;
	return 0;
}

static void take_off_signals(void)
{
	struct timespec none = { 0 };
	unsigned long all = ~0UL;

	while (syscall(__NR_rt_sigtimedwait, &all, NULL, &none, sizeof(all)) > 0)
		;
}

static __noreturn void on_own_stack(void)
{
	if (ckpt->overflow)
		ckpt_fail("too much has changed", 0);
	ckpt_kill_others();
	ckpt_close_others();
	ckpt_restore_pages();
	ckpt_remap_kernel();
	ckpt_remap_stubs();
	ckpt_revive_stubs();
	ckpt_protect();
	take_off_signals();
	ckpt_forget_notes();
	if (ckpt->verify)
		ckpt_compare();
	ckpt->back++;
	longjmp(ckpt->context, 1);
	__builtin_unreachable();
}

/**
 * checkpoint_go_back() - go back to the checkpoint that was taken
 *
 * Can be called from anywhere, on any stack, a signal handler's among them.
 * checkpoint_take() returns once more.
 */
void checkpoint_go_back(void)
{
	jmp_buf go;

	block_all();
	go[0] = ckpt->context[0];
	go[0].JB_IP = (unsigned long)on_own_stack;
	go[0].JB_SP = (unsigned long)ckpt->stack + CKPT_STACK - 8;
	longjmp(go, 1);
	__builtin_unreachable();
}
