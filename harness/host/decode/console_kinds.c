// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel prints when something goes wrong, as tables of patterns.
 *
 * The wording is that of Linux 7.3, with older forms where they differ; the
 * comments name the place that prints it. The first pattern that matches wins,
 * so the special comes before the general. A new title needs a row here; a new
 * kind, a name in enum console_kind and a row in console_kinds.
 */
#include "decode/console_internal.h"

#define PANIC "Kernel panic - not syncing: "

/* Lines that open a report, or join the one before */
/* clang-format off */
const struct console_rule console_headlines[] = {
	/* mm/kasan/report.c */
	{ .pattern = "BUG: KASAN: * in *", .kind = CONSOLE_KASAN, .title = "KASAN: $1",
	  .place = PLACE_ACCESS, .symbol = 2 },
	{ .pattern = "BUG: KASAN: *", .kind = CONSOLE_KASAN, .title = "KASAN: $1" },
	{ .pattern = "KASAN: probably * in range [*-*]", .kind = CONSOLE_KASAN,
	  .title = "KASAN: $1", .place = PLACE_ACCESS, .address = 2, .regs = true },
	{ .pattern = "KASAN: maybe * in range [*-*]", .kind = CONSOLE_KASAN,
	  .title = "KASAN: $1", .place = PLACE_ACCESS, .address = 2, .regs = true },
	{ .pattern = "KASAN: * in range [*-*]", .kind = CONSOLE_KASAN, .title = "KASAN: $1",
	  .place = PLACE_ACCESS, .address = 2, .regs = true },

	/* kernel/panic.c and others: panics that only end what was reported before */
	{ .pattern = PANIC "*panic_on_warn set*", .joins = ANY_KIND, .kind = CONSOLE_PANIC,
	  .title = "panic: panic_on_warn" },
	{ .pattern = PANIC "*system warned too often*", .joins = ANY_KIND,
	  .kind = CONSOLE_PANIC, .title = "panic: system warned too often" },
	{ .pattern = PANIC "panic_on_taint set*", .joins = ANY_KIND, .kind = CONSOLE_PANIC,
	  .title = "panic: panic_on_taint" },
	{ .pattern = PANIC "Fatal exception*", .joins = ANY_KIND, .kind = CONSOLE_PANIC,
	  .title = "panic: Fatal exception" },
	{ .pattern = PANIC "kasan.fault=*", .joins = KIND(CONSOLE_KASAN),
	  .kind = CONSOLE_PANIC, .title = "panic: kasan.fault" },
	{ .pattern = PANIC "hung_task: blocked tasks*", .joins = KIND(CONSOLE_HUNG_TASK),
	  .kind = CONSOLE_HUNG_TASK, .title = "hung task" },
	{ .pattern = PANIC "RCU Stall*", .joins = KIND(CONSOLE_RCU_STALL),
	  .kind = CONSOLE_RCU_STALL, .title = "RCU stall" },
	{ .pattern = PANIC "softlockup: hung tasks*", .joins = KIND(CONSOLE_LOCKUP),
	  .kind = CONSOLE_LOCKUP, .title = "soft lockup" },
	{ .pattern = PANIC "BUG!", .joins = KIND(CONSOLE_BUG), .kind = CONSOLE_BUG,
	  .title = "BUG", .place = PLACE_STACK },
	{ .pattern = PANIC "System is deadlocked on memory*", .joins = KIND(CONSOLE_OOM),
	  .kind = CONSOLE_OOM, .title = "out of memory" },
	{ .pattern = PANIC "Out of memory*", .joins = KIND(CONSOLE_OOM), .kind = CONSOLE_OOM,
	  .title = "out of memory" },

	/* arch/um/kernel/trap.c */
	{ .pattern = PANIC "Kernel mode fault at addr *, ip *: jump into unmapped memory",
	  .kind = CONSOLE_FREED_TEXT, .title = "jump into freed module text",
	  .place = PLACE_JUMP, .address = 1, .ip = 2, .regs = true },
	{ .pattern = PANIC "Kernel mode fault at addr *, ip *",
	  .joins = KIND(CONSOLE_KASAN), .same_place = true, .kind = CONSOLE_FAULT,
	  .title = "kernel fault", .place = PLACE_ACCESS, .address = 1, .ip = 2, .regs = true },
	{ .pattern = PANIC "Kernel mode fault at unknown addr, trap *, ip *",
	  .joins = KIND(CONSOLE_KASAN), .same_place = true, .kind = CONSOLE_FAULT,
	  .title = "kernel fault", .place = PLACE_ACCESS, .ip = 2, .regs = true },
	{ .pattern = PANIC "Kernel tried to access user memory at addr *, ip *",
	  .joins = KIND(CONSOLE_KASAN), .same_place = true, .kind = CONSOLE_FAULT,
	  .title = "kernel fault", .place = PLACE_ACCESS, .address = 1, .ip = 2, .regs = true },
	{ .pattern = PANIC "Segfault with*",
	  .joins = KIND(CONSOLE_KASAN), .same_place = true, .kind = CONSOLE_FAULT,
	  .title = "kernel fault", .place = PLACE_ACCESS, .regs = true },
	{ .pattern = PANIC "Failed to sync kernel TLBs: *", .joins = KIND(CONSOLE_HOST),
	  .kind = CONSOLE_HOST, .title = "host: failed to sync kernel TLBs" },
	{ .pattern = PANIC "Kernel mode signal *, ip *", .joins = KIND(CONSOLE_HOST),
	  .kind = CONSOLE_FAULT, .title = "kernel mode signal %1", .place = PLACE_SYMBOL,
	  .ip = 2, .regs = true },
	{ .pattern = "Bus error - the host *", .kind = CONSOLE_HOST,
	  .title = "host: out of space for guest memory" },
	{ .pattern = "UML ran out of memory on the host side!*", .kind = CONSOLE_HOST,
	  .joins = KIND(CONSOLE_HOST), .title = "host: out of memory or of mappings" },

	/* arch/um/kernel/explore.c: somebody goes on and on, and time stands still */
	{ .pattern = PANIC "explore: no end after * events", .kind = CONSOLE_LOCKUP,
	  .title = "hang: the cycle does not end", .place = PLACE_STACK },

	/* kernel/exit.c, kernel/panic.c */
	{ .pattern = PANIC "Attempted to kill init!*", .kind = CONSOLE_INIT_DEATH,
	  .title = "panic: Attempted to kill init" },
	{ .pattern = PANIC "*", .kind = CONSOLE_PANIC, .title = "panic: $1" },

	/* include/asm-generic/bug.h, lib/bug.c */
	{ .pattern = "BUG: failure at *:*/*()!", .kind = CONSOLE_BUG, .title = "BUG",
	  .place = PLACE_STACK, .symbol = 3 },
	{ .pattern = "kernel BUG at *", .kind = CONSOLE_BUG, .title = "BUG",
	  .place = PLACE_STACK },

	/* mm/slub.c: a complaint, the WARN_ON(1) of __slab_err(), then that of the caller */
	{ .pattern = "WARNING: *mm/slub.c:* at __slab_err*", .kind = CONSOLE_SLAB,
	  .joins = KIND(CONSOLE_SLAB), .title = "slab error", .place = PLACE_STACK },
	{ .pattern = "WARNING: *mm/slub.c:* at object_err*", .kind = CONSOLE_SLAB,
	  .joins = KIND(CONSOLE_SLAB), .title = "slab error", .place = PLACE_STACK },
	{ .pattern = "WARNING: *mm/slab_common.c:* at kmem_cache_destroy*", .kind = CONSOLE_SLAB,
	  .joins = KIND(CONSOLE_SLAB), .title = "slab: objects remaining in a destroyed cache",
	  .place = PLACE_STACK },
	{ .pattern = "BUG * (*): Objects remaining on __kmem_cache_shutdown()*",
	  .kind = CONSOLE_SLAB, .title = "slab: objects remaining in a destroyed cache",
	  .joins = KIND(CONSOLE_SLAB), .place = PLACE_STACK },
	{ .pattern = "BUG * (Tainted: *): *", .kind = CONSOLE_SLAB, .title = "slab: $3",
	  .place = PLACE_STACK },
	{ .pattern = "BUG * (Not tainted): *", .kind = CONSOLE_SLAB, .title = "slab: $2",
	  .place = PLACE_STACK },

	/* kernel/locking/lockdep.c */
	{ .pattern = "WARNING: possible circular locking dependency detected",
	  .kind = CONSOLE_LOCKDEP, .place = PLACE_STACK,
	  .title = "lockdep: possible circular locking dependency detected" },
	{ .pattern = "WARNING: *-safe -> *-unsafe lock order detected", .kind = CONSOLE_LOCKDEP,
	  .title = "lockdep: $1-safe -> $2-unsafe lock order detected", .place = PLACE_STACK },
	{ .pattern = "WARNING: possible recursive locking detected", .kind = CONSOLE_LOCKDEP,
	  .title = "lockdep: possible recursive locking detected", .place = PLACE_STACK },
	{ .pattern = "WARNING: possible irq lock inversion dependency detected",
	  .kind = CONSOLE_LOCKDEP,
	  .title = "lockdep: possible irq lock inversion dependency detected",
	  .place = PLACE_STACK },
	{ .pattern = "WARNING: inconsistent lock state", .kind = CONSOLE_LOCKDEP,
	  .title = "lockdep: inconsistent lock state", .place = PLACE_STACK },
	{ .pattern = "[ BUG: Invalid wait context ]", .kind = CONSOLE_LOCKDEP,
	  .title = "lockdep: invalid wait context", .place = PLACE_STACK },
	{ .pattern = "WARNING: Nested lock was not taken", .kind = CONSOLE_LOCKDEP,
	  .title = "lockdep: nested lock was not taken", .place = PLACE_STACK },
	{ .pattern = "WARNING: bad unlock balance detected!", .kind = CONSOLE_LOCKDEP,
	  .title = "lockdep: bad unlock balance", .place = PLACE_STACK },
	{ .pattern = "WARNING: bad contention detected!", .kind = CONSOLE_LOCKDEP,
	  .title = "lockdep: bad contention", .place = PLACE_STACK },
	{ .pattern = "WARNING: held lock freed!", .kind = CONSOLE_LOCKDEP,
	  .title = "lockdep: held lock freed", .place = PLACE_STACK },
	{ .pattern = "WARNING: * still has locks held!", .kind = CONSOLE_LOCKDEP,
	  .title = "lockdep: task still has locks held", .place = PLACE_STACK, .task = 1 },
	{ .pattern = "WARNING: lock held when returning to user space!", .kind = CONSOLE_LOCKDEP,
	  .title = "lockdep: lock held when returning to user space" },
	{ .pattern = "WARNING: suspicious RCU usage", .kind = CONSOLE_LOCKDEP,
	  .title = "lockdep: suspicious RCU usage", .place = PLACE_STACK },
	{ .pattern = "WARNING: chain_key collision", .kind = CONSOLE_LOCKDEP,
	  .title = "lockdep: chain_key collision", .place = PLACE_STACK },
	{ .pattern = "INFO: trying to register non-static key.", .kind = CONSOLE_LOCKDEP,
	  .title = "lockdep: trying to register non-static key", .place = PLACE_STACK },
	{ .pattern = "BUG: key * has not been registered!", .kind = CONSOLE_LOCKDEP,
	  .title = "lockdep: key has not been registered", .place = PLACE_STACK },
	{ .pattern = "BUG: MAX_* too low!", .kind = CONSOLE_LOCKDEP_OFF,
	  .title = "lockdep turned itself off: MAX_$1 too low" },

	/* harness/guest/audit_boot.c */
	{ .pattern = "modrace: lockdep is off", .kind = CONSOLE_LOCKDEP_OFF,
	  .title = "lockdep was off at the end" },

	/* kernel/panic.c; the second form is that of 6.12 and before */
	{ .pattern = "WARNING: *:* at *, CPU#*: *", .kind = CONSOLE_WARNING, .title = "WARNING",
	  .place = PLACE_STACK, .symbol = 3, .task = 5, .message = true },
	{ .pattern = "WARNING: at *, CPU#*: *", .kind = CONSOLE_WARNING, .title = "WARNING",
	  .place = PLACE_STACK, .symbol = 1, .task = 3, .message = true },
	{ .pattern = "WARNING: CPU: * PID: * at *:* *", .kind = CONSOLE_WARNING,
	  .title = "WARNING", .place = PLACE_STACK, .symbol = 5, .message = true },

	/* kernel/sched/core.c, lib/smp_processor_id.c, kernel/workqueue.c */
	{ .pattern = "BUG: sleeping function called from invalid context*",
	  .kind = CONSOLE_ATOMIC,
	  .title = "BUG: sleeping function called from invalid context", .place = PLACE_STACK },
	{ .pattern = "BUG: scheduling while atomic: */0x*", .kind = CONSOLE_ATOMIC,
	  .title = "BUG: scheduling while atomic", .place = PLACE_STACK, .task = 1 },
	{ .pattern = "BUG: scheduling in a non-blocking section: *", .kind = CONSOLE_ATOMIC,
	  .title = "BUG: scheduling in a non-blocking section", .place = PLACE_STACK, .task = 1 },
	{ .pattern = "bad: scheduling from the idle thread!", .kind = CONSOLE_ATOMIC,
	  .title = "bad: scheduling from the idle thread", .place = PLACE_STACK },
	{ .pattern = "BUG: using *() in preemptible [*] code: *", .kind = CONSOLE_ATOMIC,
	  .title = "BUG: using $1() in preemptible code", .place = PLACE_STACK, .task = 3 },
	{ .pattern = "BUG: workqueue leaked atomic, lock or RCU: *", .kind = CONSOLE_WORKQUEUE,
	  .title = "BUG: workqueue leaked atomic, lock or RCU" },
	{ .pattern = "BUG: workqueue lockup - *", .kind = CONSOLE_LOCKUP,
	  .title = "workqueue lockup" },
	{ .pattern = "watchdog: BUG: soft lockup - CPU#* stuck for *s! [*:*]",
	  .kind = CONSOLE_LOCKUP, .title = "soft lockup", .place = PLACE_STACK },

	/* kernel/hung_task.c */
	{ .pattern = "INFO: task *:* blocked* for more than * seconds.",
	  .kind = CONSOLE_HUNG_TASK, .title = "hung task: $1" },

	/* harness/guest/stuck.c */
	{ .pattern = "modrace: hang of *", .kind = CONSOLE_HUNG_TASK, .title = "hang",
	  .joins = KIND(CONSOLE_NETDEV), .place = PLACE_HANG, .task = 1 },

	/* kernel/rcu/tree_stall.h, kernel/rcu/tree_exp.h */
	{ .pattern = "rcu: INFO: * self-detected stall on CPU*", .kind = CONSOLE_RCU_STALL,
	  .title = "RCU stall", .place = PLACE_STACK },
	{ .pattern = "rcu: INFO: * detected stalls on CPUs/tasks:*", .kind = CONSOLE_RCU_STALL,
	  .title = "RCU stall", .place = PLACE_STACK },
	{ .pattern = "rcu: INFO: * detected expedited stalls on CPUs/tasks:*",
	  .kind = CONSOLE_RCU_STALL, .title = "RCU stall", .place = PLACE_STACK },

	/* mm/kmemleak.c; the last line of a scan says how many it found */
	{ .pattern = "unreferenced object* 0x* (size *):", .kind = CONSOLE_LEAK,
	  .title = "memory leak", .place = PLACE_LEAK, .amount = 3 },
	{ .pattern = "* new suspected memory leaks (see *", .kind = CONSOLE_LEAK,
	  .joins = KIND(CONSOLE_LEAK), .title = "memory leak: found by kmemleak" },

	/* mm/alloc_tag.c */
	{ .pattern = "*:* module * func:* has * allocated at module unload",
	  .kind = CONSOLE_LEAK, .title = "memory leak: $4 [$3]",
	  .amount = 5 },

	/* lib/kobject.c, fs/sysfs/dir.c: a failure, then its consequence */
	{ .pattern = "sysfs: cannot create duplicate filename '*'", .kind = CONSOLE_KOBJECT,
	  .title = "sysfs: cannot create duplicate filename", .place = PLACE_STACK },
	{ .pattern = "kobject: kobject_add_internal failed for * with -EEXIST*",
	  .joins = KIND(CONSOLE_KOBJECT), .kind = CONSOLE_KOBJECT,
	  .title = "kobject: name registered twice" },
	{ .pattern = "kobject: kobject (*): tried to init an initialized object*",
	  .kind = CONSOLE_KOBJECT, .title = "kobject: tried to init an initialized object",
	  .place = PLACE_STACK },
	{ .pattern = "kobject: kobject '*' (*): tried to add an uninitialized object*",
	  .kind = CONSOLE_KOBJECT, .title = "kobject: tried to add an uninitialized object",
	  .place = PLACE_STACK },

	/* mm/page_alloc.c, mm/memory.c, kernel/fork.c, kernel/locking/spinlock_debug.c, ... */
	{ .pattern = "BUG: Bad page state in process *", .kind = CONSOLE_BUG,
	  .title = "BUG: Bad page state", .place = PLACE_STACK },
	{ .pattern = "BUG: Bad page map in process *", .kind = CONSOLE_BUG,
	  .title = "BUG: Bad page map", .place = PLACE_STACK },
	{ .pattern = "BUG: spinlock * on CPU#*, *", .kind = CONSOLE_BUG,
	  .title = "BUG: spinlock $1", .place = PLACE_STACK, .task = 3 },
	{ .pattern = "BUG: rwlock * on CPU#*, *", .kind = CONSOLE_BUG,
	  .title = "BUG: rwlock $1", .place = PLACE_STACK },
	{ .pattern = "BUG: *", .kind = CONSOLE_BUG, .title = "BUG: $1", .place = PLACE_STACK },

	/* net/core/dev.c, once a second until somebody gives up */
	{ .pattern = "unregister_netdevice: waiting for * to become free. Usage count = *",
	  .kind = CONSOLE_NETDEV, .joins = KIND(CONSOLE_NETDEV),
	  .title = "unregister_netdevice: waiting for $1 to become free",
	  .place = PLACE_HANG },

	/* mm/oom_kill.c */
	{ .pattern = "Out of memory: Killed process *", .kind = CONSOLE_OOM,
	  .joins = KIND(CONSOLE_OOM), .title = "out of memory" },
	{ .pattern = "* invoked oom-killer: *", .kind = CONSOLE_OOM, .title = "out of memory" },
	{ }
};

/* clang-format on */

/* What replaces the first report of a guest that was killed, see console.c */
const struct console_rule console_killed = {
	.kind = CONSOLE_HOST,
	.title = "host: the guest was killed by a signal",
};

/* What WARN() says on the line after "WARNING: ... at ..." */
/* clang-format off */
const struct console_rule console_messages[] = {
	/* lib/refcount.c */
	{ .pattern = "refcount_t: *.", .kind = CONSOLE_REFCOUNT,
	  .title = "WARNING: refcount_t: %1", .place = PLACE_STACK },

	/* lib/debugobjects.c */
	{ .pattern = "ODEBUG: * * (active state *) object: * object type: * hint: *",
	  .kind = CONSOLE_ODEBUG, .title = "ODEBUG: $1 $2 $5", .place = PLACE_SYMBOL,
	  .symbol = 6 },
	{ .pattern = "ODEBUG: *", .kind = CONSOLE_ODEBUG, .title = "ODEBUG: $1",
	  .place = PLACE_STACK },

	/* lib/list_debug.c */
	{ .pattern = "list_add *", .kind = CONSOLE_LIST, .title = "list_add corruption",
	  .place = PLACE_STACK },
	{ .pattern = "list_del *", .kind = CONSOLE_LIST, .title = "list_del corruption",
	  .place = PLACE_STACK },

	/* mm/slab_common.c */
	{ .pattern = "kmem_cache_destroy *: Slab cache still has objects when called from *",
	  .kind = CONSOLE_SLAB, .title = "slab: objects remaining in a destroyed cache",
	  .place = PLACE_SYMBOL, .symbol = 2 },

	/* lib/kobject.c, drivers/base/core.c, fs/sysfs/ */
	{ .pattern = "Device '*' does not have a release() function*", .kind = CONSOLE_KOBJECT,
	  .title = "device '$1' does not have a release() function" },
	{ .pattern = "kobject: '*' (*): is not initialized, yet * is being called.",
	  .kind = CONSOLE_KOBJECT, .title = "kobject: $3 of an uninitialized object",
	  .place = PLACE_STACK },
	{ .pattern = "kobject: *", .kind = CONSOLE_KOBJECT, .title = "kobject: $1",
	  .place = PLACE_STACK },
	{ .pattern = "sysfs group '*' not found for kobject '*'", .kind = CONSOLE_KOBJECT,
	  .title = "sysfs: group not found", .place = PLACE_STACK },

	/* kernel/workqueue.c, kernel/time/timer.c */
	{ .pattern = "workqueue: cannot queue *", .kind = CONSOLE_WORKQUEUE,
	  .title = "workqueue: cannot queue work on a dying queue", .place = PLACE_STACK },
	{ .pattern = "workqueue: *", .kind = CONSOLE_WORKQUEUE, .title = "workqueue: $1",
	  .place = PLACE_STACK },
	{ .pattern = "timer: * preempt leak: *", .kind = CONSOLE_TIMER,
	  .title = "timer: preempt leak", .place = PLACE_SYMBOL, .symbol = 1 },

	{ .pattern = "*", .kind = CONSOLE_WARNING, .title = "WARNING: $1", .place = PLACE_STACK },
	{ }
};

/* clang-format on */

/* Lines that say which stack comes next, or that there is none */
/* clang-format off */
const struct console_heading console_headings[] = {
	{ .pattern = "Call Trace:", .kinds = ANY_KIND, .stack = CONSOLE_STACK_MAIN },
	{ .pattern = "stack backtrace:", .kinds = ANY_KIND, .stack = CONSOLE_STACK_MAIN },
	{ .pattern = "  backtrace (crc *", .kinds = KIND(CONSOLE_LEAK),
	  .stack = CONSOLE_STACK_MAIN },
	{ .pattern = "Allocated by task *", .kinds = KIND(CONSOLE_KASAN),
	  .stack = CONSOLE_STACK_ALLOC },
	{ .pattern = "Freed by task *", .kinds = KIND(CONSOLE_KASAN),
	  .stack = CONSOLE_STACK_FREE },
	{ .pattern = "Last potentially related work creation:", .kinds = KIND(CONSOLE_KASAN),
	  .stack = CONSOLE_STACK_WORK },
	{ .pattern = "Second to last potentially related work creation:",
	  .kinds = KIND(CONSOLE_KASAN) },
	{ .pattern = "The buggy address belongs to the variable:", .kinds = KIND(CONSOLE_KASAN),
	  .stack = CONSOLE_STACK_VARIABLE },
	{ .pattern = "The buggy address *", .kinds = KIND(CONSOLE_KASAN) },
	{ .pattern = "Memory state around the buggy address:", .kinds = KIND(CONSOLE_KASAN) },
	{ .pattern = "the existing dependency chain*", .kinds = KIND(CONSOLE_LOCKDEP),
	  .stack = CONSOLE_STACK_OTHER },
	{ .pattern = "-> #0 *", .kinds = KIND(CONSOLE_LOCKDEP) },
	{ .pattern = "*state was registered at:", .kinds = KIND(CONSOLE_LOCKDEP),
	  .stack = CONSOLE_STACK_OTHER },
	{ .pattern = "Preemption disabled at:*", .kinds = KIND(CONSOLE_ATOMIC),
	  .stack = CONSOLE_STACK_OTHER },
	{ .pattern = "Modules linked in:*", .kinds = ANY_KIND },
	{ .pattern = "---[ end *", .kinds = ANY_KIND, .ends = true },
	{ .pattern = "==================================================================",
	  .kinds = KIND(CONSOLE_KASAN), .ends = true },
	{ }
};

/* clang-format on */

/* Lines that go into the detail */
/* clang-format off */
const struct console_note console_notes[] = {
	{ .pattern = "Read of size * at addr * by task *", .kinds = KIND(CONSOLE_KASAN),
	  .address = 2, .task = 3 },
	{ .pattern = "Write of size * at addr * by task *", .kinds = KIND(CONSOLE_KASAN),
	  .address = 2, .task = 3 },
	{ .pattern = "Free of addr * by task *", .kinds = KIND(CONSOLE_KASAN), .address = 1,
	  .task = 2 },
	{ .pattern = " which belongs to the cache * of size *", .kinds = KIND(CONSOLE_KASAN) },
	{ .pattern = "The buggy address is located * bytes *", .kinds = KIND(CONSOLE_KASAN) },
	{ .pattern = " *-byte region [*", .kinds = KIND(CONSOLE_KASAN) },
	{ .pattern = "Workqueue: * 0x*", .kinds = ANY_KIND, .work = 2 },
	{ .pattern = "in_atomic(): *", .kinds = KIND(CONSOLE_ATOMIC) },
	{ .pattern = "inconsistent {*} -> {*} usage.", .kinds = KIND(CONSOLE_LOCKDEP) },
	{ .pattern = "* is trying to acquire lock:", .kinds = KIND(CONSOLE_LOCKDEP), .task = 1 },
	{ .pattern = "* is freeing memory *", .kinds = KIND(CONSOLE_LOCKDEP), .task = 1 },
	{ .pattern = "modrace: waits, too: *", .kinds = KIND(CONSOLE_HUNG_TASK) },
	{ .pattern = "  comm \"*\", pid *", .kinds = KIND(CONSOLE_LEAK) },
	{ .pattern = "  ... and * more object(s) with the same backtrace",
	  .kinds = KIND(CONSOLE_LEAK) },
	{ }
};

/* clang-format on */

/*
 * Functions that only report, detect, allocate or free on behalf of others, and
 * never are the place of a failure. A trailing star stands for any rest.
 */
/* clang-format off */
const char *const console_internals[] = {
	/* reporting */
	"dump_stack*", "show_stack", "print_*", "warn_slowpath_fmt", "__warn*", "panic",
	"vpanic", "_printk", "check_panic_on_warn", "save_stack_trace", "stack_trace_save*",
	/* exploration */
	"record_event", "passage", "explore_*", "__explore_*",
	/* KASAN */
	"kasan_*", "__kasan_*", "__asan_*", "check_region_inline",
	/* lockdep, RCU */
	"lock_acquire*", "lock_release*", "__lock_acquire", "lock_acquired", "check_noncircular",
	"check_prev_add", "check_deadlock", "validate_chain", "mark_lock*", "mark_usage",
	"save_trace", "__mutex_lock*", "mutex_lock*", "_raw_*lock*",
	"debug_check_no_locks_*", "lockdep_rcu_suspicious", "register_lock_class",
	"assign_lock_key", "rcu_sched_clock_irq", "rcu_check_*", "spin_bug", "spin_dump",
	/* scheduler */
	"__might_sleep", "__might_resched", "__schedule_bug", "schedule_debug", "__schedule",
	"schedule", "schedule_timeout*", "__switch_to",
	/* other detectors */
	"refcount_warn_saturate", "__refcount_*", "debug_print_object", "debug_object_*",
	"debug_check_no_obj_freed", "__debug_check_no_obj_freed", "__list_add_valid_or_report",
	"__list_del_entry_valid_or_report", "kobject_init", "sysfs_warn_dup",
	"sysfs_create_dir_ns",
	/* allocators */
	"__k*alloc*", "k*alloc*", "kfree*", "kvfree*", "kmem_cache_alloc*", "kmem_cache_free*",
	"_k*alloc_noprof", "set_track_prepare", "__alloc_object", "*create_object",
	"kmemleak_*", "slab_err", "__slab_err", "object_err", "__kmem_cache_shutdown",
	"kmem_cache_destroy",
	/* UML traps */
	"segv*", "sig_handler*", "hard_handler", "kernel_fault",
	NULL
};

/* clang-format on */

/* clang-format off */
const struct console_kind_row console_kinds[NR_CONSOLE_KINDS] = {
	[CONSOLE_KASAN] = { "kasan" },
	[CONSOLE_FREED_TEXT] = { "freed-text" },
	[CONSOLE_FAULT] = { "fault" },
	[CONSOLE_BUG] = { "bug" },
	[CONSOLE_PANIC] = { "panic" },
	[CONSOLE_INIT_DEATH] = { "init-death" },
	[CONSOLE_WARNING] = { "warning" },
	[CONSOLE_LOCKDEP] = { "lockdep" },
	[CONSOLE_REFCOUNT] = { "refcount" },
	[CONSOLE_ODEBUG] = { "odebug", .repeated = true },
	[CONSOLE_HUNG_TASK] = { "hung-task", .repeated = true },
	[CONSOLE_LEAK] = { "leak", .repeated = true },
	[CONSOLE_LIST] = { "list" },
	[CONSOLE_ATOMIC] = { "atomic" },
	[CONSOLE_RCU_STALL] = { "rcu-stall", .repeated = true, .stalls = true },
	[CONSOLE_LOCKUP] = { "lockup", .repeated = true, .stalls = true },
	[CONSOLE_SLAB] = { "slab" },
	[CONSOLE_KOBJECT] = { "kobject" },
	[CONSOLE_WORKQUEUE] = { "workqueue" },
	[CONSOLE_TIMER] = { "timer" },
	[CONSOLE_NETDEV] = { "netdev", .repeated = true },
	[CONSOLE_LOCKDEP_OFF] = { "lockdep-off", .environment = true },
	[CONSOLE_OOM] = { "oom", .environment = true },
	[CONSOLE_HOST] = { "host", .environment = true },
};

/* clang-format on */
