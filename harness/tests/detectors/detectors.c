// SPDX-License-Identifier: GPL-2.0
/*
 * Does at exit what one of the detectors, the kernel's or the harness's, is there
 * to report: the parameter says which one to trip. With none of them, nothing is wrong.
 */
#include <linux/console.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/panic.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "lender.h"

static char *trip = "none";
module_param(trip, charp, 0444);

/* What traffic reads while the module is there. */
static unsigned int reads;
module_param(reads, uint, 0444);

/* Volatile, or the compiler would say what KASAN is to say. */
static volatile unsigned int beyond = 16;

static noinline void trip_none(void)
{
}

static noinline void trip_freed(void)
{
	char *memory = kmalloc(16, GFP_KERNEL);

	if (!memory)
		return;
	kfree(memory);
	reads += READ_ONCE(memory[0]);
}

static noinline void trip_heap(void)
{
	char *memory = kzalloc(16, GFP_KERNEL);

	if (!memory)
		return;
	reads += READ_ONCE(memory[beyond]);
	kfree(memory);
}

static char variable[16];

static noinline void trip_global(void)
{
	reads += READ_ONCE(variable[beyond]);
}

static noinline void trip_stack(void)
{
	char local[16] = { 0 };

	OPTIMIZER_HIDE_VAR(beyond);
	reads += READ_ONCE(local[beyond]);
}

/*
 * The redzone of an area has to survive that its neighbours are freed together:
 *
 *	| freed | area ...redzone | freed |
 */
static noinline void trip_neighbour(void)
{
	const size_t size = 100 * PAGE_SIZE;
	char *area[3];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(area); i++)
		area[i] = vzalloc(size - 16);
	vfree(area[0]);
	vfree(area[2]);
	vm_unmap_aliases();
	if (area[1])
		reads += READ_ONCE(area[1][size - 32 + beyond]);
	vfree(area[1]);
}

static noinline void trip_refcount(void)
{
	refcount_t count = REFCOUNT_INIT(0);

	refcount_inc(&count);
}

static noinline void trip_list(void)
{
	LIST_HEAD(head);
	struct list_head entry;

	list_add(&entry, &head);
	list_del(&entry);
	list_del(&entry);
}

static DEFINE_SPINLOCK(spinlock);

static noinline void trip_atomic(void)
{
	spin_lock(&spinlock);
	msleep(20);
	spin_unlock(&spinlock);
}

static void late(struct timer_list *unused)
{
}

static DEFINE_TIMER(timer, late);

static noinline void trip_timer(void)
{
	mod_timer(&timer, jiffies + HZ);
}

static void later(struct work_struct *unused)
{
}

static DECLARE_DELAYED_WORK(work, later);

static noinline void trip_work(void)
{
	schedule_delayed_work(&work, HZ);
}

static noinline void trip_cache(void)
{
	struct kmem_cache *cache = kmem_cache_create("detectors", 64, 0, 0, NULL);

	if (!cache)
		return;
	reads += !kmem_cache_alloc(cache, GFP_KERNEL);
	kmem_cache_destroy(cache);
}

static noinline void trip_warning(void)
{
	WARN_ON(beyond);
}

/* Nobody prints what panic() says while the console is held, but panic() itself. */
static noinline void trip_panic(void)
{
	console_lock();
	panic("the console is held");
}

static noinline void trip_leftover(void)
{
	debugfs_create_dir("detectors", NULL);
}

static noinline void trip_leak(void)
{
	void *lost = kmalloc(64, GFP_KERNEL);

	reads += !lost;
}

static noinline void trip_lost(void)
{
	reads += !alloc_page(GFP_KERNEL);
}

static noinline void trip_page(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (page)
		__free_page(page);
}

static DEFINE_MUTEX(first);
static DEFINE_MUTEX(second);

static noinline void trip_locks(void)
{
	mutex_lock(&first);
	mutex_lock(&second);
	mutex_unlock(&second);
	mutex_unlock(&first);

	mutex_lock(&second);
	mutex_lock(&first);
	mutex_unlock(&first);
	mutex_unlock(&second);
}

/* Taken by exit with interrupts on, and for a reader in an interrupt of the other processor. */
static DEFINE_SPINLOCK(crossed);
static unsigned int crossings;

static void cross(void *unused)
{
	spin_lock(&crossed);
	crossings++;
	spin_unlock(&crossed);
}

static int get_crossings(char *buffer, const struct kernel_param *kp)
{
	smp_call_function(cross, NULL, 1);
	return param_get_uint(buffer, kp);
}

static const struct kernel_param_ops crossings_ops = { .get = get_crossings };
module_param_cb(crossings, &crossings_ops, &crossings, 0444);

static noinline void trip_crossed(void)
{
	spin_lock(&crossed);
	crossings = 0;
	spin_unlock(&crossed);
}

/* symbol_get() takes a reference to the module, lender. */
static noinline void trip_kept(void)
{
	reads += !symbol_get(lent);
}

static noinline void trip_returned(void)
{
	if (symbol_get(lent))
		symbol_put(lent);
}

static noinline void trip_missing(void)
{
	lender_hide();
}

static noinline void trip_ghost(void)
{
	lender_haunt();
}

static noinline void trip_hang(void)
{
	lender_block();
}

/* A queue that may be needed to free memory has a thread of its own. */
static noinline void trip_rescuer(void)
{
	reads += !alloc_workqueue("detectors", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
}

static noinline void trip_queue(void)
{
	reads += !alloc_workqueue("detectors", WQ_UNBOUND, 0);
}

static noinline void trip_destroyed(void)
{
	struct workqueue_struct *queue =
		alloc_workqueue("detectors", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);

	if (queue)
		destroy_workqueue(queue);
}

static const struct {
	const char *name;
	void (*go)(void);
} trips[] = {
	{ "none", trip_none },         { "freed", trip_freed },
	{ "heap", trip_heap },         { "global", trip_global },
	{ "stack", trip_stack },       { "neighbour", trip_neighbour },
	{ "refcount", trip_refcount }, { "list", trip_list },
	{ "atomic", trip_atomic },     { "timer", trip_timer },
	{ "work", trip_work },         { "cache", trip_cache },
	{ "warning", trip_warning },   { "leftover", trip_leftover },
	{ "leak", trip_leak },         { "locks", trip_locks },
	{ "kept", trip_kept },         { "returned", trip_returned },
	{ "missing", trip_missing },   { "ghost", trip_ghost },
	{ "hang", trip_hang },         { "rescuer", trip_rescuer },
	{ "queue", trip_queue },       { "destroyed", trip_destroyed },
	{ "lost", trip_lost },         { "page", trip_page },
	{ "panic", trip_panic },       { "crossed", trip_crossed },
};

static int __init detectors_init(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(trips); i++) {
		if (!strcmp(trips[i].name, trip))
			return 0;
	}
	return -EINVAL;
}

static void __exit detectors_exit(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(trips); i++) {
		if (!strcmp(trips[i].name, trip))
			trips[i].go();
	}
}

module_init(detectors_init);
module_exit(detectors_exit);
MODULE_DESCRIPTION("Trips one of the kernel's detectors");
MODULE_LICENSE("GPL");
