// SPDX-License-Identifier: GPL-2.0
/*
 * Memory: which pages there are, their copies, and which have been written since.
 *
 *	areas	 |ppp  p |     |pppppppp       p|	p: present, in an extent
 *	copies	 |pppp| |pppppppp|p|			read-only
 *	written	  ^  ^ ^
 *		  |  | +-- not there at the checkpoint: zeroed
 *		  +--+---- copied back
 *
 * What is written is found by write protection that the host takes off by itself
 * (userfaultfd and PAGEMAP_SCAN, Linux 6.7). A host that has neither is asked which pages
 * there are, by /proc/self/pagemap, and all of them are copied back. KASAN's shadow is too
 * large to be asked about as a whole then: it is known what it is the shadow of.
 *
 * Physical memory can be written by way of other mappings, too: those pages are always
 * copied back.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <linux/userfaultfd.h>
#include <os.h>
#include "checkpoint_internal.h"

/* Not in every C library's copy of the host's headers. */
struct scan_arg {
	unsigned long size, flags, start, end, walk_end, vec, vec_len, max_pages;
	unsigned long category_inverted, category_mask, category_anyof_mask;
	unsigned long return_mask;
};

#define SCAN		_IOWR('f', 16, struct scan_arg)
#define SCAN_PROTECT	0x01	/* flags */
#define SCAN_TRACKED	0x02
#define WRITTEN		0x02	/* categories */
#define PRESENT		0x08
#define SWAPPED		0x10

#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY	1
#endif
#define TRACK_UNPOPULATED	0x2000
#define TRACK_ASYNC		0x8000

/* /proc/self/pagemap has so many bytes for a page; present, or swapped. */
#define ENTRY		8UL
#define ENTRY_THERE	(3ULL << 62)

/* An area of this size is KASAN's shadow, where a byte stands for eight. */
#define SHADOW_SIZE	0x10000000000UL
/* Of the addresses behind the kernel's last mapping, what may have a shadow. */
#define SHADOW_MORE	(64UL << 20)

static inline void copy_page(void *to, const void *from)
{
	unsigned long n = CKPT_PAGE / 8;

	asm volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
}

static inline void zero_page(void *to)
{
	unsigned long n = CKPT_PAGE / 8;

	asm volatile("rep stosq" : "+D"(to), "+c"(n) : "a"(0) : "memory");
}

/* ---- what is written --------------------------------------------------- */

static int register_areas(void)
{
	int i;

	for (i = 0; i < ckpt->nr_areas; i++) {
		const struct ckpt_range *r = &ckpt->areas[i].range;
		struct uffdio_register reg = {
			.range = { r->start, r->end - r->start },
			.mode = UFFDIO_REGISTER_MODE_WP,
		};

		if (ioctl(ckpt->uffd, UFFDIO_REGISTER, &reg))
			return -errno;
	}
	return 0;
}

/*
 * Asks for pages of @range, of which it takes away what has been looked at. Returns how
 * many regions there are, or a negative errno.
 */
static int scan(struct ckpt_range *range, unsigned long all_of, unsigned long any_of,
		unsigned long flags)
{
	struct scan_arg arg = {
		.size = sizeof(arg), .flags = flags,
		.start = range->start, .end = range->end,
		.vec = (unsigned long)ckpt->regions, .vec_len = CKPT_REGIONS,
		.category_mask = all_of, .category_anyof_mask = any_of,
		.return_mask = WRITTEN | PRESENT | SWAPPED,
	};
	int nr = syscall(__NR_ioctl, ckpt->pagemap, SCAN, &arg);

	range->start = arg.walk_end;
	return nr < 0 ? -errno : nr;
}

/**
 * ckpt_track() - from now on, find out what is written, if the host can
 *
 * Return: 0.
 */
int ckpt_track(void)
{
	struct uffdio_api api = {
		.api = UFFD_API, .features = TRACK_ASYNC | TRACK_UNPOPULATED,
	};
	struct ckpt_range probe = ckpt->areas[0].range;

	ckpt->uffd = ckpt_high_fd(syscall(__NR_userfaultfd,
					  O_CLOEXEC | UFFD_USER_MODE_ONLY));
	if (ckpt->uffd < 0)
		return 0;
	ckpt->tracked = !ioctl(ckpt->uffd, UFFDIO_API, &api) &&
			!register_areas() && scan(&probe, WRITTEN, 0, 0) >= 0;
	if (!ckpt->tracked) {
		close(ckpt->uffd);
		ckpt->uffd = -1;
	}
	return 0;
}

/**
 * ckpt_protect() - what is written is asked for from here on
 */
void ckpt_protect(void)
{
	int i;

	for (i = 0; ckpt->tracked && i < ckpt->nr_areas; i++) {
		struct ckpt_range left = ckpt->areas[i].range;

		/* Not the holes: the shadow's would take gigabytes of page tables. */
		while (left.start < left.end)
			if (scan(&left, WRITTEN | PRESENT, 0,
				 SCAN_PROTECT | SCAN_TRACKED) < 0)
				ckpt_fail("memory cannot be tracked", errno);
	}
}

/* ---- which pages there are --------------------------------------------- */

typedef int (*page_fn)(const struct ckpt_range *range);

static int each_by_scan(const struct ckpt_range *range, page_fn fn)
{
	struct ckpt_range left = *range;
	int i, nr, err = 0;

	while (!err && left.start < left.end) {
		nr = scan(&left, 0, PRESENT | SWAPPED, 0);
		if (nr < 0)
			return nr;
		for (i = 0; !err && i < nr; i++) {
			struct ckpt_range there = { ckpt->regions[i].start,
						    ckpt->regions[i].end };

			err = fn(&there);
		}
	}
	return err;
}

/* The same, by reading eight bytes a page. */
static int each_by_pagemap(const struct ckpt_range *range, page_fn fn)
{
	unsigned long *entries = (unsigned long *)ckpt->text;
	unsigned long at = range->start, nr;
	int err = 0;
	long n, i;

	while (!err && at < range->end) {
		nr = (range->end - at) / CKPT_PAGE;
		if (nr > CKPT_TEXT / ENTRY)
			nr = CKPT_TEXT / ENTRY;
		n = syscall(__NR_pread64, ckpt->pagemap, entries, nr * ENTRY,
			    at / CKPT_PAGE * ENTRY);
		if (n < (long)ENTRY)
			return -EIO;
		for (i = 0; !err && i < n / (long)ENTRY; i++) {
			struct ckpt_range page = { at + i * CKPT_PAGE,
						   at + (i + 1) * CKPT_PAGE };

			if (entries[i] & ENTRY_THERE)
				err = fn(&page);
		}
		at += n / ENTRY * CKPT_PAGE;
	}
	return err;
}

static bool is_shadow(const struct ckpt_area *area)
{
	return !area->physmem &&
	       area->range.end - area->range.start >= SHADOW_SIZE;
}

static struct ckpt_range shadow_of(unsigned long start, unsigned long end)
{
	struct ckpt_range r = {
		(CONFIG_KASAN_SHADOW_OFFSET + (start >> 3)) & ~(CKPT_PAGE - 1),
		(CONFIG_KASAN_SHADOW_OFFSET + (end >> 3) + CKPT_PAGE) &
			~(CKPT_PAGE - 1),
	};

	return r;
}

/* What KASAN knows something of: physical memory, and all that was ever mapped. */
static int each_of_shadow(page_fn fn)
{
	unsigned long phys_end = ckpt->phys_base + ckpt->frames * CKPT_PAGE;
	unsigned long first = phys_end, last = ckpt->highest + SHADOW_MORE;
	struct ckpt_range low = shadow_of(ckpt->phys_base, phys_end);
	struct ckpt_range high = shadow_of(first, last);
	int err = each_by_pagemap(&low, fn);

	if (high.start < low.end)
		high.start = low.end;
	return err ?: each_by_pagemap(&high, fn);
}

/* Physical memory is in a file, which has holes where nothing was ever written. */
static int each_in_file(const struct ckpt_range *range, page_fn fn)
{
	off_t from = range->start - ckpt->phys_base, to;
	off_t end = range->end - ckpt->phys_base;
	struct ckpt_range data;
	int err = 0;

	while (!err) {
		from = syscall(__NR_lseek, ckpt->physmem, from, SEEK_DATA);
		if (from < 0)
			return errno == ENXIO ? 0 : -errno;
		if (from >= end)
			return 0;
		to = syscall(__NR_lseek, ckpt->physmem, from, SEEK_HOLE);
		if (to < 0 || to > end)
			to = end;
		data.start = ckpt->phys_base + from;
		data.end = ckpt->phys_base + to;
		err = fn(&data);
		from = to;
	}
	return err;
}

/* Pages of an area. */
static int each_page(const struct ckpt_area *area, page_fn fn)
{
	if (area->physmem)
		return each_in_file(&area->range, fn);
	if (ckpt->tracked)
		return each_by_scan(&area->range, fn);
	if (is_shadow(area))
		return each_of_shadow(fn);
	return each_by_pagemap(&area->range, fn);
}

/* ---- the checkpoint ---------------------------------------------------- */

static int add_extent(const struct ckpt_range *range)
{
	struct ckpt_extent *last = &ckpt->extents[ckpt->nr_extents - 1];

	if (ckpt->nr_extents && last->range.end == range->start) {
		last->range.end = range->end;
	} else {
		if (ckpt->nr_extents == CKPT_EXTENTS)
			return -ENOSPC;
		last[1].range = *range;
		last[1].copy = ckpt->copies_size;
		ckpt->nr_extents++;
	}
	ckpt->copies_size += range->end - range->start;
	return 0;
}

static unsigned long found_in_shadow;

static int add_shadow(const struct ckpt_range *range)
{
	found_in_shadow += range->end - range->start;
	return add_extent(range);
}

/* KiB of a mapping that are there, from /proc/self/smaps. */
static unsigned long resident(unsigned long start)
{
	const char *p = ckpt->text;
	char head[24];
	int n = ckpt_read("/proc/self/smaps", ckpt->text, CKPT_TEXT);

	snprintf(head, sizeof(head), "%08lx-", start);
	p = n > 0 ? strstr(p, head) : NULL;
	p = p ? strstr(p, "\nRss:") : NULL;
	return p ? strtoul(p + 5, NULL, 10) : ~0UL;
}

/* Without the host's help it could be overlooked; rather no checkpoint than that. */
static int find_shadow(const struct ckpt_area *area)
{
	int err;

	found_in_shadow = 0;
	err = each_page(area, add_shadow);
	if (!err && !ckpt->tracked &&
	    resident(area->range.start) != found_in_shadow >> 10)
		return -EOPNOTSUPP;
	return err;
}

static int find_in_area(const struct ckpt_area *area)
{
	if (area->whole)
		return add_extent(&area->range);
	if (is_shadow(area))
		return find_shadow(area);
	return each_page(area, add_extent);
}

/**
 * ckpt_find_pages() - find the pages that there are
 *
 * Return: 0, or a negative errno.
 */
int ckpt_find_pages(void)
{
	int i, err = 0;

	for (i = 0; !err && i < ckpt->nr_areas; i++)
		err = find_in_area(&ckpt->areas[i]);
	return err;
}

/**
 * ckpt_copy_pages() - copy them, so that nobody can write to the copy
 *
 * Return: 0, or a negative errno.
 */
int ckpt_copy_pages(void)
{
	void *p = mmap(NULL, ckpt->copies_size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	unsigned long at;
	int i;

	if (p == MAP_FAILED)
		return -errno;
	ckpt->copies = p;
	/* The advice also keeps it from being one mapping with others. */
	madvise(p, ckpt->copies_size, MADV_HUGEPAGE);
	for (i = 0; i < ckpt->nr_extents; i++) {
		const struct ckpt_extent *e = &ckpt->extents[i];

		for (at = e->range.start; at < e->range.end; at += CKPT_PAGE)
			copy_page(ckpt->copies + e->copy + (at - e->range.start),
				  (void *)at);
	}
	return mprotect(p, ckpt->copies_size, PROT_READ) ? -errno : 0;
}

/* ---- the way back ------------------------------------------------------ */

/* The first extent that ends behind an address. */
static int find_extent(unsigned long addr)
{
	int low = 0, high = ckpt->nr_extents;

	while (low < high) {
		int mid = (low + high) / 2;

		if (ckpt->extents[mid].range.end <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void copy_back(const struct ckpt_extent *e, const struct ckpt_range *part)
{
	const char *from = ckpt->copies + e->copy + (part->start - e->range.start);
	unsigned long at;

	for (at = part->start; at < part->end; at += CKPT_PAGE)
		copy_page((void *)at, from + (at - part->start));
}

static void zero(unsigned long start, unsigned long end)
{
	for (; start < end; start += CKPT_PAGE)
		zero_page((void *)start);
}

/* Of a range, what was there is copied back; the rest becomes zero if that is asked for. */
static void bring_back(const struct ckpt_range *range, bool rest)
{
	unsigned long done = range->start;
	struct ckpt_range part;
	int i;

	for (i = find_extent(done); i < ckpt->nr_extents; i++) {
		const struct ckpt_extent *e = &ckpt->extents[i];

		if (!ckpt_overlap(&e->range, range, &part))
			break;
		if (rest)
			zero(done, part.start);
		copy_back(e, &part);
		done = part.end;
	}
	if (rest)
		zero(done, range->end);
}

/**
 * ckpt_restore_range() - bring memory back as it was
 * @range: of addresses, whole pages
 */
void ckpt_restore_range(const struct ckpt_range *range)
{
	bring_back(range, true);
}

static int restore(const struct ckpt_range *range)
{
	bring_back(range, true);
	return 0;
}

/*
 * The host may have put pages of physical memory aside since, and then they are holes that
 * have lost their protection. Who was there is brought back to be sure.
 */
static void restore_written(const struct ckpt_area *area)
{
	unsigned long any_of = area->physmem ? 0 : PRESENT | SWAPPED;
	struct ckpt_range left = area->range;
	int i, nr;

	while (left.start < left.end) {
		nr = scan(&left, WRITTEN, any_of, 0);
		if (nr < 0)
			ckpt_fail("what is written cannot be found", -nr);
		for (i = 0; i < nr; i++) {
			const struct ckpt_region *r = &ckpt->regions[i];
			struct ckpt_range written = { r->start, r->end };

			bring_back(&written, r->categories & (PRESENT | SWAPPED));
		}
	}
}

/* What is there, which is at least what was; of a file, what was is all that can be. */
static void restore_all(const struct ckpt_area *area)
{
	if (area->whole)
		bring_back(&area->range, false);
	else if (each_page(area, restore))
		ckpt_fail("the pages cannot be found", errno);
}

static void restore_aliases(void)
{
	struct ckpt_range page;
	unsigned long frame;

	for (frame = ckpt->first_frame; frame < ckpt->frames; frame++) {
		if (!ckpt->alias[frame / 64])
			frame |= 63;
		if (!(ckpt->alias[frame / 64] & 1UL << frame % 64))
			continue;
		page.start = ckpt->phys_base + frame * CKPT_PAGE;
		page.end = page.start + CKPT_PAGE;
		bring_back(&page, true);
	}
}

/**
 * ckpt_restore_pages() - bring all memory back as it was
 */
void ckpt_restore_pages(void)
{
	int i;

	for (i = 0; i < ckpt->nr_areas; i++) {
		if (ckpt->tracked)
			restore_written(&ckpt->areas[i]);
		else
			restore_all(&ckpt->areas[i]);
	}
	restore_aliases();
}
