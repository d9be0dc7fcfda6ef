/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A checkpoint: a state of the whole instance to which it can go back, in place,
 * as often as it likes and from wherever it is. See os-Linux/checkpoint.c.
 *
 *	checkpoint_add_mms()			each address space there is
 *	n = checkpoint_take(...)		0: taken
 *	  ...
 *	  checkpoint_go_back()			checkpoint_take() returns again: 1, 2, ...
 *
 * Between the two, whoever changes what the host has mapped says so.
 */
#ifndef __UM_CHECKPOINT_H
#define __UM_CHECKPOINT_H

#include <linux/compiler_types.h>
#ifdef __UM_HOST__
#include <stdbool.h>
#else
#include <linux/types.h>
#endif

struct mm_id;

/* Offset of a mapping that is taken away. */
#define CHECKPOINT_UNMAPPED	(~0ULL)

#ifdef CONFIG_MODRACE_EXPLORE
int checkpoint_add_mms(void);
int checkpoint_add_mm(struct mm_id *id);
int checkpoint_take(int physmem_fd, unsigned long phys_base, bool verify);
bool checkpoint_taken(void);
bool checkpoint_tracks(void);
void __noreturn checkpoint_go_back(void);
void checkpoint_note_kernel(unsigned long addr, unsigned long len,
			    unsigned long long offset);
void checkpoint_note_user(struct mm_id *id, unsigned long addr,
			  unsigned long len, unsigned long long offset);
#else
static inline void checkpoint_note_kernel(unsigned long addr, unsigned long len,
					  unsigned long long offset) { }
static inline void checkpoint_note_user(struct mm_id *id, unsigned long addr,
					unsigned long len,
					unsigned long long offset) { }
#endif

#endif /* __UM_CHECKPOINT_H */
