/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the checkpoint share. All of their state is in one mapping of
 * its own, which is not gone back on; see checkpoint.c.
 */
#ifndef __UM_CHECKPOINT_INTERNAL_H
#define __UM_CHECKPOINT_INTERNAL_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <longjmp.h>
#include <mm_id.h>

#define CKPT_PAGE	4096UL

#define CKPT_AREAS	128
#define CKPT_EXTENTS	65536
#define CKPT_MAPPINGS	16384
#define CKPT_NOTES	65536
#define CKPT_FRAMES	0x400000UL	/* pages of physical memory: 16 GiB */
#define CKPT_STUBS	256
#define CKPT_FDS	256
#define CKPT_REGIONS	4096
#define CKPT_STACK	0x40000
#define CKPT_TEXT	0x100000

/**
 * struct ckpt_range - part of an address space, or of the file of physical memory
 * @start: first byte
 * @end: behind the last one
 */
struct ckpt_range {
	unsigned long start, end;
};

/**
 * struct ckpt_map - one line of /proc/PID/maps
 * @range: addresses
 * @offset: in the file
 * @dev: device that the file is on
 * @inode: of the file; 0 for none
 * @prot: PROT_*
 * @shared: changes go to the file
 */
struct ckpt_map {
	struct ckpt_range range;
	unsigned long offset, dev, inode;
	int prot;
	bool shared;
};

/**
 * struct ckpt_area - memory of the kernel's process that is gone back on
 * @range: addresses
 * @physmem: it is physical memory, a file, where it is mapped one to one
 * @whole: all of it is copied: what was not touched is not zero
 */
struct ckpt_area {
	struct ckpt_range range;
	bool physmem, whole;
};

/**
 * struct ckpt_extent - pages that were there, and their copy
 * @range: addresses
 * @copy: offset into the copies
 */
struct ckpt_extent {
	struct ckpt_range range;
	unsigned long copy;
};

/* Whose mapping it is: a stub by its index, or the kernel itself. */
#define CKPT_KERNEL	(-1)

/**
 * struct ckpt_mapping - physical memory as it is mapped, one to one left out
 * @owner: index of a stub, or CKPT_KERNEL
 * @range: addresses
 * @offset: in the file
 * @prot: PROT_*
 */
struct ckpt_mapping {
	int owner;
	struct ckpt_range range;
	unsigned long offset;
	int prot;
};

/**
 * struct ckpt_note - addresses whose mapping has been changed since
 * @owner: index of a stub, or CKPT_KERNEL
 * @range: addresses
 */
struct ckpt_note {
	int owner;
	struct ckpt_range range;
};

/**
 * struct ckpt_stub - the host's process of an address space
 * @id: what the kernel knows of it
 * @saved: that, as it was
 * @pid: of the process that stands for it now
 * @pidfd: a handle of it, which is not reused as its PID is
 * @alive: it waits for the kernel, as it did at the checkpoint
 */
struct ckpt_stub {
	struct mm_id *id;
	struct mm_id saved;
	int pid, pidfd;
	bool alive;
};

/**
 * struct ckpt_fd - an open file of the kernel's process
 * @fd: its number
 * @dev: device that the file is on
 * @inode: of the file
 */
struct ckpt_fd {
	int fd;
	unsigned long dev, inode;
};

/* As PAGEMAP_SCAN returns it. */
struct ckpt_region {
	unsigned long long start, end, categories;
};

/**
 * struct ckpt - the checkpoint
 * @valid: it is complete
 * @back: how often it has been gone back to
 * @verify: compare everything that the host has at each way back
 * @tracked: what is written is known; else everything is copied back
 * @overflow: something had no room in a table: no way back
 * @context: where checkpoint_take() returns again
 * @mask: of signals
 * @physmem: file descriptor of physical memory
 * @phys_base: its first byte would be mapped here
 * @phys_dev: device that this file is on
 * @phys_inode: of this file
 * @uffd: userfaultfd, -1 without one
 * @pagemap: /proc/self/pagemap
 * @highest: end of the highest mapping of the kernel so far
 * @copies: the copies, which are read-only
 * @copies_size: bytes
 * @notes: sorted by owner and address, no two of them touch
 * @first_frame: the first page of physical memory that is in the file
 * @frames: behind the last one
 * @alias: pages of it that can be written by way of another mapping, a bit for each
 * @old_alias: that, by the mappings of the checkpoint
 * @text: what was read from /proc
 * @was: what the host knew at the checkpoint, for @verify
 * @status: /proc/self/status
 * @stack: for the way back
 */
struct ckpt {
	bool valid, verify, tracked, overflow;
	unsigned int back;
	jmp_buf context;
	sigset_t mask;
	int physmem, uffd, pagemap;
	unsigned long phys_base, phys_dev, phys_inode, highest;
	char *copies;
	unsigned long copies_size;
	unsigned long first_frame, frames;
	int nr_areas, nr_extents, nr_mappings, nr_notes, nr_stubs, nr_fds;
	struct ckpt_area areas[CKPT_AREAS];
	struct ckpt_extent extents[CKPT_EXTENTS];
	struct ckpt_mapping mappings[CKPT_MAPPINGS];
	struct ckpt_note notes[CKPT_NOTES];
	unsigned long alias[CKPT_FRAMES / 64], old_alias[CKPT_FRAMES / 64];
	struct ckpt_stub stubs[CKPT_STUBS];
	struct ckpt_fd fds[CKPT_FDS];
	struct ckpt_region regions[CKPT_REGIONS];
	char text[CKPT_TEXT], was[CKPT_TEXT], status[CKPT_PAGE];
	char stack[CKPT_STACK] __aligned(CKPT_PAGE);
};

extern struct ckpt *ckpt;

/* checkpoint.c */
void __noreturn ckpt_fail(const char *what, int err);
int ckpt_read(const char *path, char *text, int size);
int ckpt_high_fd(int fd);

/* checkpoint_maps.c */
const char *ckpt_next_map(const char *p, struct ckpt_map *map);
bool ckpt_overlap(const struct ckpt_range *a, const struct ckpt_range *b,
		  struct ckpt_range *both);
int ckpt_find_mappings(void);
bool ckpt_next_part(int *at, int owner, const struct ckpt_range *range,
		    struct ckpt_mapping *part);
void ckpt_remap_kernel(void);
void ckpt_forget_notes(void);

/* checkpoint_pages.c */
int ckpt_track(void);
int ckpt_find_pages(void);
int ckpt_copy_pages(void);
void ckpt_protect(void);
void ckpt_restore_pages(void);
void ckpt_restore_range(const struct ckpt_range *range);

/* checkpoint_stubs.c */
int ckpt_find_stubs(void);
int ckpt_find_fds(void);
void ckpt_kill_others(void);
void ckpt_close_others(void);
void ckpt_remap_stubs(void);
void ckpt_revive_stubs(void);

/* checkpoint_verify.c */
void ckpt_look(void);
void ckpt_compare(void);

#endif /* __UM_CHECKPOINT_INTERNAL_H */
