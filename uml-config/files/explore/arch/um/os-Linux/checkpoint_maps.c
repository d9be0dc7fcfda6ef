// SPDX-License-Identifier: GPL-2.0
/*
 * What is mapped where: by the kernel's process, which memory of it is gone back on,
 * and by the stubs. Later changes are noted, so that only these are undone.
 *
 *	/proc/self/maps		rw-p			an area: pages are copied
 *				rw-s, physical memory	one to one: an area, too
 *				 at another address	vmalloc: a mapping
 *	/proc/STUB/maps		physical memory		a mapping
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <checkpoint.h>
#include <os.h>
#include "checkpoint_internal.h"

static unsigned long number(const char **p, int base)
{
	unsigned long n = 0;

	for (;; ++*p) {
		int c = **p, digit;

		if (c >= '0' && c <= '9')
			digit = c - '0';
		else if (base == 16 && c >= 'a' && c <= 'f')
			digit = c - 'a' + 10;
		else
			return n;
		n = n * base + digit;
	}
}

/**
 * ckpt_next_map() - take a line of /proc/PID/maps apart
 * @p: the line
 * @map: filled in
 *
 * Return: the next line, or NULL if there was none.
 */
const char *ckpt_next_map(const char *p, struct ckpt_map *map)
{
	if (!*p)
		return NULL;
	map->range.start = number(&p, 16);
	p++;
	map->range.end = number(&p, 16);
	map->prot = (p[1] == 'r' ? PROT_READ : 0) |
		    (p[2] == 'w' ? PROT_WRITE : 0) |
		    (p[3] == 'x' ? PROT_EXEC : 0);
	map->shared = p[4] == 's';
	p += 6;
	map->offset = number(&p, 16);
	p++;
	map->dev = number(&p, 16) << 20;
	p++;
	map->dev |= number(&p, 16);
	p++;
	map->inode = number(&p, 10);
	while (*p && *p++ != '\n')
		;
	return p;
}

/**
 * ckpt_overlap() - what two ranges have in common
 * @a: one
 * @b: the other
 * @both: filled in
 *
 * Return: false if that is nothing.
 */
bool ckpt_overlap(const struct ckpt_range *a, const struct ckpt_range *b,
		  struct ckpt_range *both)
{
	both->start = a->start > b->start ? a->start : b->start;
	both->end = a->end < b->end ? a->end : b->end;
	return both->start < both->end;
}

/* ---- the checkpoint ---------------------------------------------------- */

static int read_maps(int pid)
{
	char path[64];
	int n;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	n = ckpt_read(path, ckpt->text, CKPT_TEXT);
	return n < 0 ? n : 0;
}

static void add_alias(unsigned long *bits, unsigned long offset, unsigned long len)
{
	unsigned long frame = offset / CKPT_PAGE, end = (offset + len) / CKPT_PAGE;

	if (end > ckpt->frames) {
		ckpt->overflow = true;
		return;
	}
	for (; frame < end; frame++)
		bits[frame / 64] |= 1UL << frame % 64;
}

static int add_mapping(int owner, const struct ckpt_map *map)
{
	if (ckpt->nr_mappings == CKPT_MAPPINGS)
		return -ENOSPC;
	ckpt->mappings[ckpt->nr_mappings++] = (struct ckpt_mapping) {
		.owner = owner, .range = map->range, .offset = map->offset,
		.prot = map->prot,
	};
	if (map->prot & PROT_WRITE)
		add_alias(ckpt->old_alias, map->offset,
			  map->range.end - map->range.start);
	if (owner == CKPT_KERNEL && map->range.end > ckpt->highest)
		ckpt->highest = map->range.end;
	return 0;
}

static int add_area(const struct ckpt_map *map, bool physmem)
{
	unsigned long frames = (map->range.end - ckpt->phys_base) / CKPT_PAGE;

	if (ckpt->nr_areas == CKPT_AREAS || (physmem && frames > CKPT_FRAMES))
		return -ENOSPC;
	if (physmem && !ckpt->frames)
		ckpt->first_frame = map->offset / CKPT_PAGE;
	if (physmem)
		ckpt->frames = frames;
	ckpt->areas[ckpt->nr_areas++] = (struct ckpt_area) {
		.range = map->range, .physmem = physmem,
		.whole = !physmem && map->inode,
	};
	return 0;
}

static bool is_physmem(const struct ckpt_map *map)
{
	return map->shared && map->inode == ckpt->phys_inode &&
	       map->dev == ckpt->phys_dev;
}

/* The file of physical memory is the one that a stub's data page is in. */
static int find_physmem(void)
{
	unsigned long page = ckpt->stubs[0].id->stack;
	const char *p = ckpt->text;
	struct ckpt_map map;

	while ((p = ckpt_next_map(p, &map))) {
		if (page < map.range.start || page >= map.range.end)
			continue;
		ckpt->phys_inode = map.inode;
		ckpt->phys_dev = map.dev;
		return map.shared ? 0 : -ENXIO;
	}
	return -ENXIO;
}

static int sort_in(int owner, const struct ckpt_map *map)
{
	if (is_physmem(map)) {
		if (owner == CKPT_KERNEL &&
		    map->range.start - ckpt->phys_base == map->offset)
			return add_area(map, true);
		return add_mapping(owner, map);
	}
	if (owner == CKPT_KERNEL && !map->shared && map->prot & PROT_WRITE)
		return add_area(map, false);
	return 0;
}

static int find_of(int owner, int pid)
{
	const char *p = ckpt->text;
	struct ckpt_map map;
	int err = read_maps(pid);

	if (!err && owner == CKPT_KERNEL)
		err = find_physmem();
	while (!err && (p = ckpt_next_map(p, &map)))
		err = sort_in(owner, &map);
	return err;
}

/**
 * ckpt_find_mappings() - find what is mapped, by the kernel and by the stubs
 *
 * Return: 0, or a negative errno.
 */
int ckpt_find_mappings(void)
{
	int i, err = find_of(CKPT_KERNEL, os_getpid());

	for (i = 0; !err && i < ckpt->nr_stubs; i++)
		err = find_of(i, ckpt->stubs[i].pid);
	if (!err && !ckpt->frames)
		err = -ENXIO;
	if (!err)
		ckpt_forget_notes();
	return err ?: (ckpt->overflow ? -ENOSPC : 0);
}

/* ---- since then -------------------------------------------------------- */

/* The first note that touches a range or lies behind it. */
static int find_note(int owner, unsigned long start)
{
	int low = 0, high = ckpt->nr_notes;

	while (low < high) {
		int mid = (low + high) / 2;
		const struct ckpt_note *n = &ckpt->notes[mid];

		if (n->owner < owner ||
		    (n->owner == owner && n->range.end < start))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Make @new notes at @at of the @old ones that are there. */
static void move_notes(int at, int old, int new)
{
	int i;

	for (i = at + old; new < old && i < ckpt->nr_notes; i++)
		ckpt->notes[i - old + new] = ckpt->notes[i];
	for (i = ckpt->nr_notes; new > old && i-- > at + old;)
		ckpt->notes[i + new - old] = ckpt->notes[i];
	ckpt->nr_notes += new - old;
}

static void note(int owner, unsigned long start, unsigned long end)
{
	int at = find_note(owner, start), nr = 0;
	struct ckpt_note *n = &ckpt->notes[at];

	while (at + nr < ckpt->nr_notes && n[nr].owner == owner &&
	       n[nr].range.start <= end) {
		start = n[nr].range.start < start ? n[nr].range.start : start;
		end = n[nr].range.end > end ? n[nr].range.end : end;
		nr++;
	}
	if (!nr && ckpt->nr_notes == CKPT_NOTES) {
		ckpt->overflow = true;
		return;
	}
	move_notes(at, nr, 1);
	n->owner = owner;
	n->range.start = start;
	n->range.end = end;
}

/**
 * checkpoint_note_kernel() - the kernel maps something, or unmaps it
 * @addr: where
 * @len: bytes
 * @offset: in physical memory, or CHECKPOINT_UNMAPPED
 */
void checkpoint_note_kernel(unsigned long addr, unsigned long len,
			    unsigned long long offset)
{
	if (!checkpoint_taken())
		return;
	note(CKPT_KERNEL, addr, addr + len);
	if (offset != CHECKPOINT_UNMAPPED)
		add_alias(ckpt->alias, offset, len);
	if (addr + len > ckpt->highest)
		ckpt->highest = addr + len;
}

/**
 * checkpoint_note_user() - something is mapped for a process, or unmapped
 * @id: its address space
 * @addr: where
 * @len: bytes
 * @offset: in physical memory, or CHECKPOINT_UNMAPPED
 */
void checkpoint_note_user(struct mm_id *id, unsigned long addr,
			  unsigned long len, unsigned long long offset)
{
	int i;

	if (!checkpoint_taken())
		return;
	for (i = 0; i < ckpt->nr_stubs; i++)
		if (ckpt->stubs[i].id == id)
			note(i, addr, addr + len);
	/* Who is new is killed, but may have written there. */
	if (offset != CHECKPOINT_UNMAPPED)
		add_alias(ckpt->alias, offset, len);
}

/**
 * ckpt_forget_notes() - everything is mapped as it was at the checkpoint
 */
void ckpt_forget_notes(void)
{
	unsigned long i;

	ckpt->nr_notes = 0;
	for (i = 0; i <= (ckpt->frames - 1) / 64; i++)
		ckpt->alias[i] = ckpt->old_alias[i];
}

/* ---- the way back ------------------------------------------------------ */

static bool before(const struct ckpt_mapping *m, int owner, unsigned long start)
{
	return m->owner < owner ||
	       (m->owner == owner && m->range.end <= start);
}

static int first_mapping(int owner, unsigned long start)
{
	int low = 0, high = ckpt->nr_mappings;

	while (low < high) {
		int mid = (low + high) / 2;

		if (before(&ckpt->mappings[mid], owner, start))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/**
 * ckpt_next_part() - what was mapped in a range at the checkpoint, piece by piece
 * @at: where the search is; -1 to begin with
 * @owner: whose mappings
 * @range: of addresses
 * @part: filled in
 *
 * Return: false if there is nothing more.
 */
bool ckpt_next_part(int *at, int owner, const struct ckpt_range *range,
		    struct ckpt_mapping *part)
{
	const struct ckpt_mapping *m;

	if (*at < 0)
		*at = first_mapping(owner, range->start);
	if (*at >= ckpt->nr_mappings)
		return false;
	m = &ckpt->mappings[(*at)++];
	if (m->owner != owner || !ckpt_overlap(&m->range, range, &part->range))
		return false;
	part->owner = owner;
	part->prot = m->prot;
	part->offset = m->offset + (part->range.start - m->range.start);
	return true;
}

static void map_back(const struct ckpt_range *range)
{
	struct ckpt_mapping part;
	unsigned long addr;
	int at = -1;

	syscall(__NR_munmap, range->start, range->end - range->start);
	while (ckpt_next_part(&at, CKPT_KERNEL, range, &part)) {
		addr = syscall(__NR_mmap, part.range.start,
			       part.range.end - part.range.start, part.prot,
			       MAP_SHARED | MAP_FIXED, ckpt->physmem, part.offset);
		if (addr != part.range.start)
			ckpt_fail("memory of the kernel cannot be mapped", errno);
	}
}

/**
 * ckpt_remap_kernel() - map in the kernel's process what was mapped, one to one left out
 */
void ckpt_remap_kernel(void)
{
	int i;

	for (i = 0; i < ckpt->nr_notes; i++)
		if (ckpt->notes[i].owner == CKPT_KERNEL)
			map_back(&ckpt->notes[i].range);
}
