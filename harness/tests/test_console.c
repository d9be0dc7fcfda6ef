// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the console decoder against consoles of real guests (logs/), each of
 * which tripped one detector, and against the same consoles cut short,
 * interleaved, and mixed with garbage. Build with -DTEST_LOGS naming the
 * directory of the logs, and with the address sanitizer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "decode/console_internal.h"
#include "decode/console_json.h"
#include "decode/symbols.h"

#ifndef TEST_LOGS
#define TEST_LOGS "tests/logs"
#endif

#define MAX_EXPECTED    3
#define BIG_LOG         (100UL << 20)
#define BIG_LOG_SECONDS 30

/**
 * struct expected - one report a console must yield
 * @kind: its kind
 * @title: its title
 */
struct expected {
	enum console_kind kind;
	const char *title;
};

/**
 * struct log - one stored console
 * @name: file in logs/, less ".txt"
 * @reports: what it must yield, in order
 */
struct log {
	const char *name;
	struct expected reports[MAX_EXPECTED];
};

/* clang-format off */
static const struct log logs[] = {
	{ "clean-stress", { } },
	{ "kasan-uaf", { { CONSOLE_KASAN, "KASAN: slab-use-after-free in uaf [trip]" } } },
	{ "kasan-uaf-scan", { { CONSOLE_KASAN, "KASAN: slab-use-after-free in outer [trip]" } } },
	{ "kasan-uaf-core", { { CONSOLE_KASAN, "KASAN: slab-use-after-free in strlen, "
				"called from uafcore [trip]" } } },
	{ "kasan-midline", { { CONSOLE_KASAN, "KASAN: slab-use-after-free in uaf [trip]" } } },
	{ "kasan-panic", { { CONSOLE_KASAN, "KASAN: slab-use-after-free in uaf [trip]" } } },
	{ "kasan-oob", { { CONSOLE_KASAN, "KASAN: slab-out-of-bounds in oob [trip]" } } },
	{ "kasan-stack", { { CONSOLE_KASAN, "KASAN: stack-out-of-bounds in stackoob [trip]" } } },
	{ "kasan-double-free", { { CONSOLE_KASAN, "KASAN: double-free in dfree [trip]" } } },
	{ "kasan-invalid-free", { { CONSOLE_KASAN, "KASAN: invalid-free in ifree [trip]" } } },
	{ "freed-text", { { CONSOLE_FAULT, "jump into unmapped memory" } } },
	{ "freed-text-work", { { CONSOLE_FAULT, "jump into unmapped memory" } } },
	{ "jump-null", { { CONSOLE_FAULT, "jump to NULL, called from nullcall [trip]" } } },
	{ "jump-wild", { { CONSOLE_FAULT, "jump into unmapped memory, "
			   "called from wildcall [trip]" } } },
	{ "fault-null", { { CONSOLE_FAULT, "NULL dereference in nullderef [trip]" } } },
	{ "fault-null-pristine", { { CONSOLE_FAULT, "kernel fault in nullderef [trip]" } } },
	{ "fault-no-mm", { { CONSOLE_FAULT, "NULL dereference in nullkthread [trip]" } } },
	{ "fault-no-mm-pristine", { { CONSOLE_FAULT, "kernel fault in nullkthread [trip]" } } },
	{ "fault-wild", { { CONSOLE_FAULT, "kernel fault in wild [trip]" } } },
	{ "fault-wild-pristine", { { CONSOLE_FAULT, "kernel fault in wild [trip]" } } },
	{ "refcount", { { CONSOLE_REFCOUNT,
			  "WARNING: refcount_t: underflow; use-after-free in put [trip]" } } },
	{ "refcount-panic", { { CONSOLE_REFCOUNT, "WARNING: refcount_t: underflow; "
				"use-after-free in put [trip]" } } },
	{ "refcount-zero", { { CONSOLE_REFCOUNT, "WARNING: refcount_t: addition on 0; "
			       "use-after-free in refcountsat [trip]" } } },
	{ "odebug-timer", { { CONSOLE_ODEBUG, "ODEBUG: free active timer_list in tick [trip]" } } },
	{ "odebug-timer-unload", { { CONSOLE_ODEBUG,
				     "ODEBUG: free active timer_list in unknown code" } } },
	{ "odebug-cut-off", { { CONSOLE_FAULT, "jump into unmapped memory" } } },
	{ "odebug-work", { { CONSOLE_ODEBUG,
			     "ODEBUG: free active work_struct in workfn [trip]" } } },
	{ "odebug-rcu", { { CONSOLE_ODEBUG, "ODEBUG: free active rcu_head in odrcu [trip]" } } },
	{ "odebug-rcu-twice", {
		{ CONSOLE_ODEBUG, "ODEBUG: activate active rcu_head in rcutwice [trip]" },
		{ CONSOLE_ODEBUG, "ODEBUG: active_state active rcu_head in rcutwice [trip]" } } },
	{ "list-add", { { CONSOLE_LIST, "list_add corruption in listadd [trip]" } } },
	{ "list-del", { { CONSOLE_LIST, "list_del corruption in listdel [trip]" } } },
	{ "atomic-mutex", { { CONSOLE_ATOMIC, "BUG: sleeping function called from invalid "
			      "context in atomicmutex [trip]" } } },
	{ "atomic-schedule", {
		{ CONSOLE_ATOMIC, "BUG: scheduling while atomic in atomicsleep [trip]" },
		{ CONSOLE_WARNING, "WARNING: initcall trip_init [trip] returned with preemption "
		  "imbalance in do_one_initcall" } } },
	{ "slab-remaining", {
		{ CONSOLE_SLAB,
		  "slab: objects remaining in a destroyed cache in trip_exit [trip]" },
		{ CONSOLE_LEAK, "memory leak: slabmk [trip]" } } },
	{ "leak-kmemleak", { { CONSOLE_LEAK, "memory leak: lose [trip]" },
			     { CONSOLE_LEAK, "memory leak: unknown code" } } },
	{ "leak-alloc-tag", { { CONSOLE_LEAK, "memory leak: make_state [trip]" } } },
	{ "bug", { { CONSOLE_BUG, "BUG in bug [trip]" } } },
	{ "warn", { { CONSOLE_WARNING, "WARNING in warnit [trip]" } } },
	{ "warn-message", { { CONSOLE_WARNING, "WARNING: trip: device N at ADDR went away "
			      "in warnmsg [trip]" } } },
	{ "proc-leftover", { { CONSOLE_WARNING, "WARNING: remove_proc_entry: removing non-empty "
			       "directory '/proc/trip_dir', leaking at least 'x' "
			       "in procleft [trip]" } } },
	{ "timer-warn", { { CONSOLE_WARNING, "WARNING in odact [trip]" } } },
	{ "timer-leak", { { CONSOLE_TIMER, "timer: preempt leak in timerleak_fn [trip]" } } },
	{ "sysfs-duplicate", { { CONSOLE_KOBJECT,
				 "sysfs: cannot create duplicate filename in dupname [trip]" } } },
	{ "device-release", {
		{ CONSOLE_KOBJECT, "device 'trip-norel' does not have a release() function" },
		{ CONSOLE_HUNG_TASK, "hung task: init" } } },
	{ "kobject-twice", { { CONSOLE_KOBJECT, "kobject: tried to init an initialized object "
			       "in kobjtwice [trip]" } } },
	{ "kobject-uninit", { { CONSOLE_KOBJECT, "kobject: tried to add an uninitialized object "
				"in kobjuninit [trip]" } } },
	{ "workqueue-dead", {
		{ CONSOLE_WORKQUEUE,
		  "workqueue: cannot queue work on a dying queue in wqdead [trip]" } } },
	{ "workqueue-atomic", {
		{ CONSOLE_WORKQUEUE, "BUG: workqueue leaked atomic, lock or RCU" },
		{ CONSOLE_ATOMIC, "BUG: sleeping function called from invalid context "
		  "in process_one_work" },
		{ CONSOLE_ATOMIC, "BUG: scheduling while atomic in worker_thread" } } },
	{ "hung-task", { { CONSOLE_HUNG_TASK, "hung task: init" },
			 { CONSOLE_HUNG_TASK, "hung task: trip_sleeper" } } },
	{ "rcu-stall", { { CONSOLE_RCU_STALL, "RCU stall in spinner [trip]" } } },
	{ "oom", { { CONSOLE_OOM, "out of memory" } } },
	{ "panic", { { CONSOLE_PANIC, "panic: trip gave up after N tries" } } },
	{ "init-death", { { CONSOLE_INIT_DEATH, "panic: Attempted to kill init" } } },
	{ "killed", { { CONSOLE_HOST, "host: the guest was killed by a signal" } } },
	{ "clean-explore", { } },
	{ "lockdep-circular", {
		{ CONSOLE_LOCKDEP, "lockdep: possible circular locking dependency detected "
		  "in circular [trip]" },
		{ CONSOLE_HUNG_TASK, "hung task: init" } } },
	{ "lockdep-held-freed", { { CONSOLE_LOCKDEP,
				    "lockdep: held lock freed in heldfree [trip]" } } },
	{ "lockdep-unlock", { { CONSOLE_LOCKDEP,
				"lockdep: bad unlock balance in badunlock [trip]" } } },
	{ "lockdep-irq", { { CONSOLE_LOCKDEP,
			     "lockdep: inconsistent lock state in irqstate [trip]" } } },
	{ "lockdep-static", { { CONSOLE_LOCKDEP, "lockdep: trying to register non-static key "
				"in nonstatic [trip]" } } },
	{ "lockdep-rcu", { { CONSOLE_LOCKDEP, "lockdep: suspicious RCU usage in rcuusage [trip]" },
			   { CONSOLE_HUNG_TASK, "hung task: init" } } },
	{ "lockdep-wait-context", {
		{ CONSOLE_ATOMIC, "BUG: sleeping function called from invalid context "
		  "in atomicmutex [trip]" },
		{ CONSOLE_LOCKDEP, "lockdep: invalid wait context in atomicmutex [trip]" } } },
	{ "spinlock-bug", {
		{ CONSOLE_BUG, "BUG: spinlock trylock failure on UP in recursive [trip]" },
		{ CONSOLE_WARNING, "WARNING: initcall trip_init [trip] returned with preemption "
		  "imbalance in do_one_initcall" } } },
	{ "kasan-global", { { CONSOLE_KASAN,
			      "KASAN: global-out-of-bounds in globaloob [trip]" } } },
	{ "two-reports", { { CONSOLE_WARNING, "WARNING in warnit [trip]" },
			   { CONSOLE_KASAN, "KASAN: slab-use-after-free in twowarn [trip]" } } },
};

/* clang-format on */

/*
 * Headlines that no stored console has, in the words of the kernel's format
 * strings. Only the first report counts.
 */
/* clang-format off */
static const struct {
	const char *text;
	struct expected report;
} headlines[] = {
	{ "BUG: KASAN: invalid-access", { CONSOLE_KASAN, "KASAN: invalid-access" } },
	{ "BUG: KASAN: vmalloc-out-of-bounds in 0x68807022",
	  { CONSOLE_KASAN, "KASAN: vmalloc-out-of-bounds in unknown code" } },
	{ "KASAN: null-ptr-deref in range [0x0000000000000000-0x0000000000000007]",
	  { CONSOLE_KASAN, "KASAN: null-ptr-deref" } },
	{ "KASAN: probably user-memory-access in range [0x0000000000001000-0x0000000000001007]",
	  { CONSOLE_KASAN, "KASAN: user-memory-access" } },
	{ "KASAN: maybe wild-memory-access in range [0xdead4ead00000000-0xdead4ead00000007]",
	  { CONSOLE_KASAN, "KASAN: wild-memory-access" } },
	{ "Kernel panic - not syncing: explore: no end after 40000000 events",
	  { CONSOLE_LOCKUP, "hang: the cycle does not end" } },
	{ "Kernel panic - not syncing: kernel: panic_on_warn set ...",
	  { CONSOLE_PANIC, "panic: panic_on_warn" } },
	{ "Kernel panic - not syncing: kernel: system warned too often (kernel.warn_limit is 3)",
	  { CONSOLE_PANIC, "panic: system warned too often" } },
	{ "Kernel panic - not syncing: panic_on_taint set ...",
	  { CONSOLE_PANIC, "panic: panic_on_taint" } },
	{ "Kernel panic - not syncing: Fatal exception in interrupt",
	  { CONSOLE_PANIC, "panic: Fatal exception" } },
	{ "Kernel panic - not syncing: kasan.fault=panic set ...",
	  { CONSOLE_PANIC, "panic: kasan.fault" } },
	{ "Kernel panic - not syncing: hung_task: blocked tasks",
	  { CONSOLE_HUNG_TASK, "hung task" } },
	{ "modrace: hang of remover/34", { CONSOLE_HUNG_TASK, "hang" } },
	{ "Kernel panic - not syncing: RCU Stall", { CONSOLE_RCU_STALL, "RCU stall" } },
	{ "Kernel panic - not syncing: softlockup: hung tasks",
	  { CONSOLE_LOCKUP, "soft lockup" } },
	{ "Kernel panic - not syncing: BUG!", { CONSOLE_BUG, "BUG" } },
	{ "Kernel panic - not syncing: System is deadlocked on memory",
	  { CONSOLE_OOM, "out of memory" } },
	{ "Kernel panic - not syncing: Out of memory: compulsory panic_on_oom is enabled",
	  { CONSOLE_OOM, "out of memory" } },
	{ "Kernel panic - not syncing: Kernel mode fault at unknown addr, trap 13, "
	  "ip 0x60012345: no mm", { CONSOLE_FAULT, "kernel fault in unknown code" } },
	{ "Kernel panic - not syncing: Kernel tried to access user memory at addr 0x123456, "
	  "ip 0x60012345", { CONSOLE_FAULT, "kernel fault in unknown code" } },
	{ "Kernel panic - not syncing: Segfault with pagefaults disabled but no mcontext",
	  { CONSOLE_FAULT, "kernel fault" } },
	{ "Kernel panic - not syncing: Failed to sync kernel TLBs: -12",
	  { CONSOLE_HOST, "host: failed to sync kernel TLBs" } },
	{ "Kernel panic - not syncing: Kernel mode signal 7, ip 0x60012345",
	  { CONSOLE_FAULT, "kernel mode signal 7 in unknown code" } },
	{ "Bus error - the host /dev/shm or /tmp mount likely just ran out of space",
	  { CONSOLE_HOST, "host: out of space for guest memory" } },
	{ "UML ran out of memory on the host side! This can happen due to a memory limitation "
	  "or vm.max_map_count has been reached.",
	  { CONSOLE_HOST, "host: out of memory or of mappings" } },
	{ "kernel BUG at mm/slub.c:123!", { CONSOLE_BUG, "BUG" } },
	{ "WARNING: mm/slub.c:1268 at __slab_err+0x4b/0x4d, CPU#0: init/1",
	  { CONSOLE_SLAB, "slab error" } },
	{ "WARNING: mm/slub.c:1257 at object_err+0x4b/0x4d, CPU#0: init/1",
	  { CONSOLE_SLAB, "slab error" } },
	{ "WARNING: mm/slab_common.c:579 at kmem_cache_destroy+0x262/0x270, CPU#0: init/1",
	  { CONSOLE_SLAB, "slab: objects remaining in a destroyed cache" } },
	{ "BUG kmalloc-64 (Tainted: G    B      O       ): Object already free",
	  { CONSOLE_SLAB, "slab: Object already free" } },
	{ "BUG kmalloc-64 (Not tainted): Freepointer corrupt",
	  { CONSOLE_SLAB, "slab: Freepointer corrupt" } },
	{ "WARNING: possible circular locking dependency detected",
	  { CONSOLE_LOCKDEP, "lockdep: possible circular locking dependency detected" } },
	{ "WARNING: SOFTIRQ-safe -> SOFTIRQ-unsafe lock order detected",
	  { CONSOLE_LOCKDEP, "lockdep: SOFTIRQ-safe -> SOFTIRQ-unsafe lock order detected" } },
	{ "WARNING: possible recursive locking detected",
	  { CONSOLE_LOCKDEP, "lockdep: possible recursive locking detected" } },
	{ "WARNING: possible irq lock inversion dependency detected",
	  { CONSOLE_LOCKDEP, "lockdep: possible irq lock inversion dependency detected" } },
	{ "WARNING: inconsistent lock state",
	  { CONSOLE_LOCKDEP, "lockdep: inconsistent lock state" } },
	{ "[ BUG: Invalid wait context ]", { CONSOLE_LOCKDEP, "lockdep: invalid wait context" } },
	{ "WARNING: Nested lock was not taken",
	  { CONSOLE_LOCKDEP, "lockdep: nested lock was not taken" } },
	{ "WARNING: bad unlock balance detected!",
	  { CONSOLE_LOCKDEP, "lockdep: bad unlock balance" } },
	{ "WARNING: bad contention detected!", { CONSOLE_LOCKDEP, "lockdep: bad contention" } },
	{ "WARNING: held lock freed!", { CONSOLE_LOCKDEP, "lockdep: held lock freed" } },
	{ "WARNING: kworker/0:1/17 still has locks held!",
	  { CONSOLE_LOCKDEP, "lockdep: task still has locks held" } },
	{ "WARNING: lock held when returning to user space!",
	  { CONSOLE_LOCKDEP, "lockdep: lock held when returning to user space" } },
	{ "WARNING: suspicious RCU usage", { CONSOLE_LOCKDEP, "lockdep: suspicious RCU usage" } },
	{ "WARNING: chain_key collision", { CONSOLE_LOCKDEP, "lockdep: chain_key collision" } },
	{ "INFO: trying to register non-static key.",
	  { CONSOLE_LOCKDEP, "lockdep: trying to register non-static key" } },
	{ "BUG: key 0000000070c46ac0 has not been registered!",
	  { CONSOLE_LOCKDEP, "lockdep: key has not been registered" } },
	{ "BUG: MAX_LOCKDEP_KEYS too low!",
	  { CONSOLE_LOCKDEP_OFF, "lockdep turned itself off: MAX_LOCKDEP_KEYS too low" } },
	{ "modrace: lockdep is off", { CONSOLE_LOCKDEP_OFF, "lockdep was off at the end" } },
	{ "WARNING: at my_exit+0x1/0x2 [my_module], CPU#0: rmmod/33",
	  { CONSOLE_WARNING, "WARNING in my_exit [my_module]" } },
	{ "WARNING: CPU: 0 PID: 33 at lib/refcount.c:28 refcount_warn_saturate+0x1/0x2",
	  { CONSOLE_WARNING, "WARNING in refcount_warn_saturate" } },
	{ "BUG: scheduling in a non-blocking section: init/1/2",
	  { CONSOLE_ATOMIC, "BUG: scheduling in a non-blocking section" } },
	{ "bad: scheduling from the idle thread!",
	  { CONSOLE_ATOMIC, "bad: scheduling from the idle thread" } },
	{ "BUG: using smp_processor_id() in preemptible [00000000] code: init/1",
	  { CONSOLE_ATOMIC, "BUG: using smp_processor_id() in preemptible code" } },
	{ "BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 31s!",
	  { CONSOLE_LOCKUP, "workqueue lockup" } },
	{ "watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [init:1]",
	  { CONSOLE_LOCKUP, "soft lockup" } },
	{ "INFO: task kworker/0:1:17 blocked in I/O wait for more than 122 seconds.",
	  { CONSOLE_HUNG_TASK, "hung task: kworker/N" } },
	{ "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:",
	  { CONSOLE_RCU_STALL, "RCU stall" } },
	{ "rcu: INFO: rcu_sched detected expedited stalls on CPUs/tasks: { 1-.... } 21 jiffies",
	  { CONSOLE_RCU_STALL, "RCU stall" } },
	{ "unreferenced object 0xffff888003a5c1e0 (size 32):", { CONSOLE_LEAK, "memory leak" } },
	{ "kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)",
	  { CONSOLE_LEAK, "memory leak: found by kmemleak" } },
	{ "kobject: kobject_add_internal failed for my-dev with -EEXIST, don't try to register "
	  "things with the same name in the same directory.",
	  { CONSOLE_KOBJECT, "kobject: name registered twice" } },
	{ "BUG: Bad page state in process init  pfn:02214",
	  { CONSOLE_BUG, "BUG: Bad page state" } },
	{ "BUG: Bad page map in process init  pte:00000000 pmd:00000000",
	  { CONSOLE_BUG, "BUG: Bad page map" } },
	{ "BUG: spinlock bad magic on CPU#0, init/1", { CONSOLE_BUG, "BUG: spinlock bad magic" } },
	{ "BUG: rwlock wrong CPU on CPU#0, init/1, 00000000cafebabe",
	  { CONSOLE_BUG, "BUG: rwlock wrong CPU" } },
	{ "BUG: Dentry 0000000012345678 still in use (1)",
	  { CONSOLE_BUG, "BUG: Dentry ADDR still in use (N)" } },
	{ "unregister_netdevice: waiting for dummy0 to become free. Usage count = 2",
	  { CONSOLE_NETDEV, "unregister_netdevice: waiting for dummy0 to become free" } },
	{ "Out of memory: Killed process 33 (udp) total-vm:4kB", { CONSOLE_OOM, "out of memory" } },
};

/* clang-format on */

/* What WARN() may say, where no stored console has it */
static const struct {
	const char *text;
	struct expected report;
} messages[] = {
	{ "ODEBUG: selftest wrong state: 1 != 2",
	  { CONSOLE_ODEBUG, "ODEBUG: selftest wrong state: N != N in f [m]" } },
	{ "ODEBUG: free active (active state 0) object: 00000000c0ffee00 object type: timer_list "
	  "hint: tick+0x0/0x20 [mine]",
	  { CONSOLE_ODEBUG, "ODEBUG: free active timer_list in tick [mine]" } },
	{ "ODEBUG: assert_init not available (active state 0) object: 00000000c0ffee00 "
	  "object type: timer_list hint: 0x0",
	  { CONSOLE_ODEBUG, "ODEBUG: assert_init not available timer_list in f [m]" } },
	{ "kmem_cache_destroy my_cache: Slab cache still has objects when called from "
	  "my_exit+0x22/0x40 [mine]",
	  { CONSOLE_SLAB, "slab: objects remaining in a destroyed cache in my_exit [mine]" } },
	{ "kobject: '(null)' (00000000c0ffee00): is not initialized, yet kobject_get() is being "
	  "called.",
	  { CONSOLE_KOBJECT, "kobject: kobject_get() of an uninitialized object in f [m]" } },
	{ "kobject: (00000000c0ffee00): attempted to be registered with empty name!",
	  { CONSOLE_KOBJECT,
	    "kobject: (ADDR): attempted to be registered with empty name! in f [m]" } },
	{ "sysfs group 'power' not found for kobject 'my-dev'",
	  { CONSOLE_KOBJECT, "sysfs: group not found in f [m]" } },
	{ "workqueue: work disable count underflowed",
	  { CONSOLE_WORKQUEUE, "workqueue: work disable count underflowed in f [m]" } },
	{ "list_add double add: new=0000000070c46ac0, prev=0000000070c46ac0, next=1.",
	  { CONSOLE_LIST, "list_add corruption in f [m]" } },
};

struct text {
	char *p;
	size_t len;
};

struct decoded {
	struct console_report *reports;
	size_t nr;
};

static struct text read_log(const char *name)
{
	char path[PATH_MAX];
	struct text text;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s.txt", TEST_LOGS, name);
	file = fopen(path, "r");
	if (!file)
		fail_msg("%s: cannot open", path);
	text.p = malloc(1 << 20);
	assert_non_null(text.p);
	text.len = fread(text.p, 1, 1 << 20, file);
	assert_true(text.len < 1 << 20);
	fclose(file);
	return text;
}

/* Decodes a copy of exactly @len bytes, so that the sanitizer sees any overrun. */
static struct decoded decode(const char *text, size_t len, struct symbols *syms)
{
	struct decoded d = { 0 };
	char *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, text, len);
	assert_int_equal(console_decode(copy, len, syms, &d.reports, &d.nr), 0);
	free(copy);
	return d;
}

static void drop(struct decoded *d)
{
	console_reports_free(d->reports, d->nr);
}

static size_t nr_expected(const struct log *log)
{
	size_t n = 0;

	while (n < MAX_EXPECTED && log->reports[n].title)
		n++;
	return n;
}

static void check_report(const char *what, const struct console_report *report,
			 const struct expected *expected)
{
	if (strcmp(report->title, expected->title))
		fail_msg("%s: \"%s\", not \"%s\"", what, report->title, expected->title);
	if (report->kind != expected->kind)
		fail_msg("%s: kind %s, not %s", what, console_kinds[report->kind].name,
			 console_kinds[expected->kind].name);
}

static void check_text(const struct log *log, struct text text)
{
	struct decoded d = decode(text.p, text.len, NULL);
	size_t i;

	for (i = 0; i < d.nr && i < nr_expected(log); i++)
		check_report(log->name, &d.reports[i], &log->reports[i]);
	if (d.nr != nr_expected(log))
		fail_msg("%s: %zu reports, not %zu", log->name, d.nr, nr_expected(log));
	for (i = 0; i < d.nr; i++) {
		assert_true(d.reports[i].length > 0);
		assert_true(d.reports[i].offset + d.reports[i].length <= text.len);
	}
	drop(&d);
}

static void test_logs(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(logs); i++) {
		struct text text = read_log(logs[i].name);

		check_text(&logs[i], text);
		free(text.p);
	}
}

/*
 * The last one may be a WARN() whose message, and so its kind, was cut off, or
 * lack the stack that would show it to repeat an earlier one.
 */
static size_t nr_certain(const struct decoded *d)
{
	enum console_kind last = d->nr ? d->reports[d->nr - 1].kind : CONSOLE_KASAN;

	return last == CONSOLE_WARNING || last == CONSOLE_ODEBUG || last == CONSOLE_LEAK ?
		       d->nr - 1 :
		       d->nr;
}

/*
 * Cut off at any byte (of long ones, at every fifth in the end): nothing but the
 * reports of the whole, or fewer.
 */
static void test_truncated(void **state)
{
	size_t i, len;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(logs); i++) {
		struct text text = read_log(logs[i].name);

		for (len = 0; len < text.len; len += len < 4096 ? 1 : 5) {
			struct decoded d = decode(text.p, len, NULL);

			if (nr_certain(&d) > nr_expected(&logs[i]))
				fail_msg("%s: %zu reports in %zu bytes", logs[i].name, d.nr, len);
			drop(&d);
		}
		free(text.p);
	}
}

/* Applies @edit to every line; it prints the line, changed, to a new text. */
static struct text edit_lines(struct text text,
			      void (*edit)(FILE *out, const char *line, size_t len))
{
	struct text edited;
	size_t pos = 0;
	FILE *out = open_memstream(&edited.p, &edited.len);

	assert_non_null(out);
	while (pos < text.len) {
		const char *line = text.p + pos;
		const char *end = memchr(line, '\n', text.len - pos);
		size_t len = end ? (size_t)(end - line) : text.len - pos;

		edit(out, line, len);
		pos += len + 1;
	}
	fclose(out);
	return edited;
}

static void check_edited(void (*edit)(FILE *out, const char *line, size_t len))
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(logs); i++) {
		struct text text = read_log(logs[i].name);
		struct text edited = edit_lines(text, edit);

		check_text(&logs[i], edited);
		free(edited.p);
		free(text.p);
	}
}

static size_t stamp_len(const char *line, size_t len)
{
	const char *end = len && line[0] == '[' ? memchr(line, ']', len) : NULL;

	return end && end + 1 < line + len && memchr(line, '.', end - line) ?
		       (size_t)(end + 2 - line) :
		       0;
}

static void strip_stamp(FILE *out, const char *line, size_t len)
{
	size_t n = stamp_len(line, len);

	if (strncmp(line, "loading the module ...", 22))
		fprintf(out, "%.*s\n", (int)(len - n), line + n);
}

static void test_no_timestamps(void **state)
{
	(void)state;
	check_edited(strip_stamp);
}

static void add_caller(FILE *out, const char *line, size_t len)
{
	size_t n = stamp_len(line, len);

	if (n)
		fprintf(out, "%.*s[  T123] %.*s\n", (int)n - 1, line, (int)(len - n), line + n);
	else
		fprintf(out, "%.*s\n", (int)len, line);
}

static void test_callers(void **state)
{
	(void)state;
	check_edited(add_caller);
}

static void add_return(FILE *out, const char *line, size_t len)
{
	fprintf(out, "%.*s\r\n", (int)len, line);
}

static void test_carriage_returns(void **state)
{
	(void)state;
	check_edited(add_return);
}

/* User space's own output, without newlines, before every message of the kernel */
static void add_output(FILE *out, const char *line, size_t len)
{
	fprintf(out, "%s%.*s\n", stamp_len(line, len) ? "progress [ 12%] [0.5] .. " : "", (int)len,
		line);
}

static void test_mid_line(void **state)
{
	(void)state;
	check_edited(add_output);
}

/* Bytes of all values on lines of their own between all lines */
static void add_garbage(FILE *out, const char *line, size_t len)
{
	static uint32_t random = 1;
	unsigned int i;

	fprintf(out, "%.*s\n", (int)len, line);
	if (stamp_len(line, len) && len > 40 && line[15] == ' ')
		for (i = 0; i < 50; i++)
			fputc((random = random * 1103515245 + 12345) >> 16 & 0xff, out);
	fputc('\n', out);
}

static void test_garbage(void **state)
{
	(void)state;
	check_edited(add_garbage);
}

/* The guest's own word between all lines, quoting what opens reports */
static void add_word(FILE *out, const char *line, size_t len)
{
	static const char *const words[] = {
		"failure: BUG: KASAN: use-after-free in f+0x1/0x2 [m]",
		"broken: init invoked oom-killer: gfp_mask=0x0",
		"failure: a/b.c:1 module m func:f has 8 allocated at module unload",
		"broken: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)",
	};
	static unsigned int turn;

	fprintf(out, "%.*s\n", (int)len, line);
	if (stamp_len(line, len))
		fprintf(out, "[    1.000000] modrace: %s\n", words[turn++ % ARRAY_SIZE(words)]);
}

static void test_words_are_no_reports(void **state)
{
	(void)state;
	check_edited(add_word);
}

/* At NULL: nowhere */
static void assert_word_at(const char *text, const char *at)
{
	size_t len = strlen(text);

	assert_int_equal(console_word(text, len), at ? (size_t)(at - text) : len);
}

/* The first that the kernel printed counts, and only if it is whole. */
static void test_word(void **state)
{
	static const char text[] = "[    1.000000] Run /init as init process\n"
				   "modrace: broken: so says user space\n"
				   "[    2.000000] BUG: something is wrong\n"
				   "half a line [    3.000000] modrace: failure: leftover: /dev/x\n"
				   "[    4.000000] modrace: broken: again\n";
	static const char unstamped[] = "BUG: \nmodrace: broken: without timestamps\n";

	(void)state;
	assert_word_at(text, strstr(text, "[    3"));
	assert_word_at(strstr(text, "half"), strstr(text, "[    3"));
	assert_word_at(unstamped, unstamped + 6);
	assert_word_at("[    1.000000] modrace: broken: cut off", NULL);
	assert_word_at("[    1.000000] modrace: other\n", NULL);
	assert_word_at("", NULL);
}

/* User space's own words are no reports, once the kernel is seen to print timestamps. */
static void test_lookalikes(void **state)
{
	static const char text[] = "[    1.000000] Run /init as init process\n"
				   "WARNING: a/b.c:1 at f+0x1/0x2 [m], CPU#0: init/1\n"
				   "BUG: something is wrong\n"
				   "unreferenced object 0xffff888003a5c1e0 (size 32):\n"
				   "  comm \"init\", pid 1, jiffies 4294937296\n"
				   "  backtrace (crc 6a9f5f4f):\n"
				   "    kmalloc_noprof+0x1/0x2\n"
				   "    my_init+0x10/0x20 [mine]\n";
	struct decoded d = decode(text, sizeof(text) - 1, NULL);

	(void)state;
	assert_int_equal(d.nr, 1);
	assert_string_equal(d.reports[0].title, "memory leak: my_init [mine]");
	assert_non_null(strstr(d.reports[0].detail, "32 bytes"));
	drop(&d);
}

static void test_only_garbage(void **state)
{
	static const char alphabet[] = "[]<>*+/0x \n:.aBUG";
	char text[4096];
	unsigned int round, i;

	(void)state;
	srandom(7);
	for (round = 0; round < 300; round++) {
		struct decoded d;

		for (i = 0; i < sizeof(text); i++)
			text[i] = round % 2 ? alphabet[random() % (sizeof(alphabet) - 1)] :
					      (char)random();
		d = decode(text, sizeof(text), NULL);
		drop(&d);
	}
}

/* Two consoles, line by line in turn, each line saying who printed it */
static struct text interleave(struct text a, struct text b)
{
	struct text both;
	FILE *out = open_memstream(&both.p, &both.len);
	const struct text *texts[] = { &a, &b };
	size_t pos[2] = { 0 }, turn;

	assert_non_null(out);
	for (turn = 0; pos[0] < a.len || pos[1] < b.len; turn = !turn) {
		const struct text *text = texts[turn];
		const char *line = text->p + pos[turn];
		size_t left = text->len - pos[turn], len, n;

		if (!left)
			continue;
		len = memchr(line, '\n', left) ? (size_t)((char *)memchr(line, '\n', left) - line) :
						 left;
		n = stamp_len(line, len);
		if (n)
			fprintf(out, "[    1.000000][ T%zu] %.*s\n", 40 + turn, (int)(len - n),
				line + n);
		pos[turn] += len < left ? len + 1 : len;
	}
	fclose(out);
	return both;
}

static void test_interleaved(void **state)
{
	struct text a = read_log("kasan-uaf-core"), b = read_log("refcount");
	struct text both = interleave(a, b);
	struct decoded d = decode(both.p, both.len, NULL);

	(void)state;
	assert_int_equal(d.nr, 2);
	assert_string_equal(d.reports[0].title,
			    "KASAN: slab-use-after-free in strlen, called from uafcore [trip]");
	assert_string_equal(d.reports[1].title,
			    "WARNING: refcount_t: underflow; use-after-free in put [trip]");
	drop(&d);
	free(both.p);
	free(b.p);
	free(a.p);
}

/* @text must yield two reports of these titles; drop() what is returned. */
static struct decoded decode_two(const char *text, const char *first, const char *second)
{
	struct decoded d = decode(text, strlen(text), NULL);

	assert_int_equal(d.nr, 2);
	assert_string_equal(d.reports[0].title, first);
	assert_string_equal(d.reports[1].title, second);
	return d;
}

/* Without callers, the pid in the head of a stack tells whose it is. */
static void test_interleaved_pids(void **state)
{
	static const char text[] =
		"[    1.000000] BUG: KASAN: slab-use-after-free in strlen+0x1/0x2\n"
		"[    1.000000] Read of size 1 at addr 0000000062214000 by task a/41\n"
		"[    1.000000] WARNING: kernel/foo.c:1 at helper+0x1/0x2, CPU#1: b/42\n"
		"[    1.000000] CPU: 1 UID: 0 PID: 42 Comm: b Not tainted 7.3.4\n"
		"[    1.000000] Call Trace:\n"
		"[    1.000000]  [<60000001>] b_func+0x1/0x2 [b_module]\n"
		"[    1.000000] CPU: 0 UID: 0 PID: 41 Comm: a Not tainted 7.3.4\n"
		"[    1.000000] Call Trace:\n"
		"[    1.000000]  [<60000001>] a_func+0x1/0x2 [a_module]\n"
		"[    1.000000] CPU: 0 UID: 0 PID: 43 Comm: c Not tainted 7.3.4\n"
		"[    1.000000] Call Trace:\n"
		"[    1.000000]  [<60000001>] c_func+0x1/0x2 [c_module]\n";
	struct decoded d =
		decode_two(text,
			   "KASAN: slab-use-after-free in strlen, called from a_func [a_module]",
			   "WARNING in b_func [b_module]");

	(void)state;
	assert_int_equal(d.reports[0].nr_frames, 1);
	assert_int_equal(d.reports[1].nr_frames, 1);
	drop(&d);
}

/* A report printed by an interrupt, between the first lines of another */
static void test_late_message(void **state)
{
	static const char text[] =
		"[    1.000000] WARNING: lib/debugobjects.c:629 at debug_print_object+0x1/0x2, "
		"CPU#0: init/1\n"
		"[    1.000000] BUG: KASAN: slab-use-after-free in tick+0x1/0x2 [tick]\n"
		"[    1.000000] Read of size 1 at addr 0000000062214000 by task init/1\n"
		"[    1.000000] CPU: 0 UID: 0 PID: 1 Comm: init Not tainted 7.3.4\n"
		"[    1.000000] Call Trace:\n"
		"[    1.000000]  [<60000001>] tick+0x1/0x2 [tick]\n"
		"[    1.000000] =================================================================="
		"\n"
		"[    1.000000] ODEBUG: free active (active state 0) object: 000000001ff3e5a9 "
		"object type: timer_list hint: tick+0x0/0x10 [tick]\n";
	struct decoded d = decode_two(text, "ODEBUG: free active timer_list in tick [tick]",
				      "KASAN: slab-use-after-free in tick [tick]");

	(void)state;
	drop(&d);
}

/* The stack after a panic is the panic's, though an earlier report has its pid. */
static void test_panic_in_warning(void **state)
{
	static const char text[] =
		"[    1.000000] WARNING: kernel/foo.c:1 at foo+0x1/0x2, CPU#0: init/1\n"
		"[    1.000000] Kernel panic - not syncing: Kernel mode fault at addr 0x7080b000, "
		"ip 0x60000001\n"
		"[    1.000000] CPU: 0 UID: 0 PID: 1 Comm: init Not tainted 7.3.4\n"
		"[    1.000000] Call Trace:\n"
		"[    1.000000]  [<60000001>] tick+0x1/0x2 [tick]\n";
	struct decoded d = decode_two(text, "WARNING in foo",
				      "kernel fault in unknown code, called from tick [tick]");

	(void)state;
	assert_int_equal(d.reports[0].nr_frames, 0);
	drop(&d);
}

/* The guest says who hangs; the kernel's own complaint is about the same. */
static void test_hang(void **state)
{
	static const char text[] =
		"[   21.000000] modrace: hang of init/1\n"
		"[   21.000000] Call Trace:\n"
		"[   21.000000]  __schedule+0x1/0x2\n"
		"[   21.000000]  proc_remove+0x1/0x2\n"
		"[   21.000000]  tick_exit+0x1/0x2 [tick]\n"
		"[   21.000000] modrace: waits, too: reader/35: schedule, tick_read [tick]\n";
	static const char late[] =
		"[   10.000000] unregister_netdevice: waiting for tick0 to become free. Usage count = 2\n"
		"[   21.000000] modrace: hang of init/1\n"
		"[   21.000000] Call Trace:\n"
		"[   21.000000]  unregister_netdev+0x1/0x2\n"
		"[   21.000000]  tick_exit+0x1/0x2 [tick]\n";
	struct decoded d = decode(text, sizeof(text) - 1, NULL);

	(void)state;
	assert_int_equal(d.nr, 1);
	assert_string_equal(d.reports[0].title, "hang in tick_exit [tick] <- proc_remove");
	assert_non_null(strstr(d.reports[0].detail, "reader/35: schedule, tick_read [tick]"));
	drop(&d);
	d = decode(late, sizeof(late) - 1, NULL);
	assert_int_equal(d.nr, 1);
	assert_string_equal(d.reports[0].title,
			    "unregister_netdevice: waiting for tick0 to become free "
			    "in tick_exit [tick] <- unregister_netdev");
	drop(&d);
}

/* Numbers that are not there are not looked for behind the end. */
static void test_no_pid(void **state)
{
	static const char text[] = "WARNING: kernel/foo.c:1 at foo+0x1/0x2, CPU#0: init/ \n";
	struct decoded d = decode(text, sizeof(text) - 1, NULL);

	(void)state;
	assert_int_equal(d.nr, 1);
	assert_string_equal(d.reports[0].title, "WARNING in foo");
	drop(&d);
}

static void test_headlines(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(headlines); i++) {
		char text[512];
		struct decoded d;

		snprintf(text, sizeof(text), "[   12.345678][    C1] %s\n", headlines[i].text);
		d = decode(text, strlen(text), NULL);
		if (d.nr != 1)
			fail_msg("%s: %zu reports", headlines[i].text, d.nr);
		check_report(headlines[i].text, &d.reports[0], &headlines[i].report);
		drop(&d);
	}
}

static void test_messages(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(messages); i++) {
		char text[512];
		struct decoded d;

		snprintf(text, sizeof(text), "%s\n%s\n",
			 "WARNING: a/b.c:1 at f+0x1/0x2 [m], CPU#0: init/1", messages[i].text);
		d = decode(text, strlen(text), NULL);
		assert_int_equal(d.nr, 1);
		check_report(messages[i].text, &d.reports[0], &messages[i].report);
		drop(&d);
	}
}

static bool matches_first(const struct console_rule *rules, const struct console_rule *rule,
			  const char *text, size_t len)
{
	struct slice stars[GLOB_MAX_STARS + 1];

	while (rules != rule && !glob_match(rules->pattern, (struct slice){ text, len }, stars))
		rules++;
	return rules == rule && glob_match(rule->pattern, (struct slice){ text, len }, stars);
}

static bool occurs_in_log(const char *name, const struct console_rule *rules,
			  const struct console_rule *rule)
{
	struct text text = read_log(name);
	struct console_line line;
	bool found = false;
	size_t pos = 0;

	while (!found && console_next_line(text.p, text.len, &pos, &line))
		found = matches_first(rules, rule, line.text.p, line.text.len);
	free(text.p);
	return found;
}

static bool is_covered(const struct console_rule *rule)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(headlines); i++) {
		const char *text = headlines[i].text;

		if (!strncmp(text, "kmemleak: ", 10))
			text += 10;
		if (matches_first(console_headlines, rule, text, strlen(text)))
			return true;
	}
	for (i = 0; i < ARRAY_SIZE(logs); i++)
		if (occurs_in_log(logs[i].name, console_headlines, rule))
			return true;
	return false;
}

/* Every row of the table has a line that trips it, here or in a log. */
static void test_every_headline_covered(void **state)
{
	const struct console_rule *rule;

	(void)state;
	for (rule = console_headlines; rule->pattern; rule++)
		if (!is_covered(rule))
			fail_msg("nothing trips \"%s\"", rule->pattern);
}

static void test_every_kind_covered(void **state)
{
	unsigned long seen = 0;
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(logs); i++)
		for (k = 0; k < nr_expected(&logs[i]); k++)
			seen |= KIND(logs[i].reports[k].kind);
	for (i = 0; i < ARRAY_SIZE(headlines); i++)
		seen |= KIND(headlines[i].report.kind);
	seen |= KIND(CONSOLE_FREED_TEXT); /* test_freed_text() */
	assert_int_equal(seen, ANY_KIND);
	for (i = 0; i < NR_CONSOLE_KINDS; i++)
		assert_non_null(console_kinds[i].name);
}

static void test_environment(void **state)
{
	(void)state;
	assert_true(console_kinds[CONSOLE_HOST].environment);
	assert_true(console_kinds[CONSOLE_OOM].environment);
	assert_true(console_kinds[CONSOLE_LOCKDEP_OFF].environment);
	assert_false(console_kinds[CONSOLE_NETDEV].environment);
	assert_false(console_kinds[CONSOLE_KASAN].environment);
}

static void test_detail(void **state)
{
	struct text text = read_log("kasan-panic");
	struct decoded d = decode(text.p, text.len, NULL);

	(void)state;
	assert_int_equal(d.nr, 1);
	assert_non_null(strstr(d.reports[0].detail, "Read of size 4 at addr "));
	assert_non_null(strstr(d.reports[0].detail, "inside of\nfreed 96-byte region"));
	assert_non_null(strstr(d.reports[0].detail, "panic_on_warn set"));
	assert_true(d.reports[0].address > 0x60000000);
	assert_memory_equal(text.p + d.reports[0].offset + 15, "======", 6);
	drop(&d);
	free(text.p);
}

static size_t count_frames(const struct console_report *report, enum console_stack stack)
{
	size_t i, n = 0;

	for (i = 0; i < report->nr_frames; i++)
		n += report->frames[i].stack == stack;
	return n;
}

/* The console of this one has all entries of the stack scan. */
static void test_frames(void **state)
{
	struct text text = read_log("kasan-uaf-scan");
	struct decoded d = decode(text.p, text.len, NULL);
	const struct console_report *report = d.reports;
	size_t i;

	(void)state;
	assert_int_equal(d.nr, 1);
	assert_int_equal(count_frames(report, CONSOLE_STACK_MAIN), 16);
	assert_int_equal(count_frames(report, CONSOLE_STACK_ALLOC), 18);
	assert_int_equal(count_frames(report, CONSOLE_STACK_FREE), 18);
	for (i = 0; report->frames[i].internal; i++)
		assert_string_equal(report->frames[i].module, "");
	assert_string_equal(report->frames[i].symbol, "outer");
	assert_string_equal(report->frames[i].module, "trip");
	assert_int_equal(report->frames[i].offset, 0x45);
	assert_int_equal(report->frames[i].size, 0x60);
	assert_true(report->frames[i].reliable);
	drop(&d);
	free(text.p);
}

static void test_fold_count(void **state)
{
	struct text text = read_log("odebug-rcu");
	struct decoded d = decode(text.p, text.len, NULL);

	(void)state;
	assert_int_equal(d.nr, 1);
	assert_int_equal(d.reports[0].count, 5);
	drop(&d);
	free(text.p);
}

static void test_print(void **state)
{
	struct text text = read_log("kasan-uaf-scan"), printed;
	struct decoded d = decode(text.p, text.len, NULL);
	FILE *out = open_memstream(&printed.p, &printed.len);

	(void)state;
	assert_non_null(out);
	console_report_print(out, &d.reports[0]);
	fclose(out);
	assert_int_equal(strncmp(printed.p, "KASAN: slab-use-after-free in outer [trip]\n", 43), 0);
	assert_non_null(strstr(printed.p, "\n  access: ("));
	assert_non_null(strstr(printed.p, "\n    #0  outer+0x45 "));
	assert_non_null(strstr(printed.p, "[trip]   <-- module\n"));
	assert_non_null(strstr(printed.p, "\n  allocated by: ("));
	assert_non_null(strstr(printed.p, "\n  freed by: ("));
	assert_null(strstr(printed.p, "kasan_report+"));
	assert_null(strstr(printed.p, "? "));
	free(printed.p);
	drop(&d);
	free(text.p);
}

/* Structure instead of layout, with the frames that are shown. */
static void test_json(void **state)
{
	struct text text = read_log("kasan-uaf-scan");
	struct decoded d = decode(text.p, text.len, NULL);
	json_t *json = console_report_json(&d.reports[0], 1000), *stacks, *frame;
	const char *title, *kind, *headline;
	json_int_t offset, length, left_out;

	(void)state;
	assert_int_equal(json_unpack(json, "{ss ss ss sI sI so}", "title", &title, "kind", &kind,
				     "headline", &headline, "offset", &offset, "length", &length,
				     "stacks", &stacks),
			 0);
	assert_string_equal(title, d.reports[0].title);
	assert_string_equal(kind, "kasan");
	assert_int_equal(strncmp(headline, "BUG: KASAN: slab-use-after-free in outer", 40), 0);
	assert_int_equal(offset, 1000 + d.reports[0].offset);
	assert_int_equal(length, d.reports[0].length);
	assert_int_equal(json_array_size(stacks), 3);
	assert_int_equal(json_unpack(stacks, "[{ss sI s[o]}]", "name", &title, "left_out",
				     &left_out, "frames", &frame),
			 0);
	assert_string_equal(title, "access");
	assert_true(left_out > 0);
	assert_string_equal(json_string_value(json_object_get(frame, "function")), "outer");
	assert_string_equal(json_string_value(json_object_get(frame, "module")), "trip");
	assert_int_equal(json_integer_value(json_object_get(frame, "offset")), 0x45);
	assert_true(json_is_true(json_object_get(frame, "reliable")));
	json_decref(json);
	drop(&d);
	free(text.p);
}

/* Whatever the console holds, it is JSON in the end. */
static void test_json_of_all_logs(void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(logs); i++) {
		struct text text = read_log(logs[i].name);
		struct decoded d = decode(text.p, text.len, NULL);

		for (k = 0; k < d.nr; k++) {
			json_t *json = console_report_json(&d.reports[k], 0);

			assert_non_null(json);
			json_decref(json);
		}
		drop(&d);
		free(text.p);
	}
}

/* Has a compiler make something of a function that is called worker() */
static void compile(const char *dir, const char *flags)
{
	const char *cc = getenv("CC");
	char path[PATH_MAX], command[2 * PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/stray.c", dir);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs("volatile int a; int worker(void) { a++; a *= a; a -= 3; return a; }\n", file);
	fclose(file);
	snprintf(command, sizeof(command), "cd %s && %s -g -O1 %s stray.c", dir, cc ? cc : "cc",
		 flags);
	assert_int_equal(system(command), 0);
}

/* A module whose .text holds the address that the console jumped to */
static struct symbols *freed_module(const char *dir, uint64_t address)
{
	struct symbols *syms = symbols_create("/nonexistent/linux");
	const struct symbol_section section = { ".text", address - 8 };
	char path[PATH_MAX];

	assert_non_null(syms);
	compile(dir, "-c -o stray.ko");
	snprintf(path, sizeof(path), "%s/stray.ko", dir);
	assert_int_equal(symbols_add_module(syms, "stray", path, &section, 1), 0);
	return syms;
}

/* Decodes with the symbols of a module that had been at @address. */
static struct decoded decode_freed(const char *text, size_t len, uint64_t address)
{
	char dir[] = "/tmp/test_console.XXXXXX", command[64];
	struct symbols *syms;
	struct decoded d;

	assert_non_null(mkdtemp(dir));
	syms = freed_module(dir, address);
	d = decode(text, len, syms);
	symbols_free(syms);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
	return d;
}

static void check_freed_text(const char *log)
{
	static const struct expected expected = { CONSOLE_FREED_TEXT,
						  "jump into freed module text: worker [stray]" };
	struct text text = read_log(log);
	const char *ip = strstr(text.p, "RIP: 0033:0x");
	struct decoded d;

	assert_non_null(ip);
	d = decode_freed(text.p, text.len, strtoull(ip + 10, NULL, 16));
	assert_int_equal(d.nr, 1);
	check_report(log, &d.reports[0], &expected);
	assert_string_equal(d.reports[0].frames[0].symbol, "worker");
	assert_string_equal(d.reports[0].frames[0].file, "stray.c");
	assert_true(d.reports[0].frames[0].unloaded);
	drop(&d);
	free(text.p);
}

/* The page is gone, or there are other data in it by now. */
static void test_freed_text(void **state)
{
	(void)state;
	check_freed_text("freed-text");
	check_freed_text("freed-text-signal");
}

/* The stack does not lead to a work item that is gone, but the kernel says which it was. */
static void test_freed_work(void **state)
{
	static const struct expected expected = {
		CONSOLE_WARNING, "WARNING: DEBUG_LOCKS_WARN_ON(N) in finish_task_switch, "
				 "in the freed work item worker [stray]"
	};
	static const char text[] =
		"WARNING: kernel/locking/lockdep.c:239 at __lock_acquire+0x66f/0x3680, CPU#0: kworker/0:2/38\n"
		"DEBUG_LOCKS_WARN_ON(1)\n"
		"Modules linked in: [last unloaded: stray(O)]\n"
		"CPU: 0 UID: 0 PID: 38 Comm: kworker/0:2 Tainted: G           O        7.3.4 #1 PREEMPT\n"
		"Workqueue: events 0x70809550\n"
		"Call Trace:\n"
		" [<60078578>] finish_task_switch.isra.0+0xf9/0x4b0\n";
	struct decoded d = decode_freed(text, strlen(text), 0x70809550);

	(void)state;
	assert_int_equal(d.nr, 1);
	check_report("freed work item", &d.reports[0], &expected);
	drop(&d);
}

/*
 * The removal had begun, but who follows a null pointer in the module's text has fetched
 * the instruction: the text was there.
 */
static void test_null_in_live_text(void **state)
{
	static const struct expected expected = { CONSOLE_FAULT,
						  "NULL dereference in worker [stray]" };
	static const char text[] =
		"RIP: 0033:0x70809550\n"
		"Kernel panic - not syncing: Kernel mode fault at addr 0x8, ip 0x70809550: "
		"not mapped\n";
	struct decoded d = decode_freed(text, strlen(text), 0x70809550);

	(void)state;
	assert_int_equal(d.nr, 1);
	check_report("null in live text", &d.reports[0], &expected);
	assert_string_equal(d.reports[0].frames[0].module, "stray");
	assert_false(d.reports[0].frames[0].unloaded);
	drop(&d);
}

/* Another processor's report came between the registers and the panic. */
static void test_fault_without_registers(void **state)
{
	static const struct expected expected = { CONSOLE_FAULT, "kernel fault in worker" };
	static const char text[] =
		"Kernel panic - not syncing: Kernel mode fault at addr 0x70814190, ip 0x60100004: "
		"not mapped in the vmalloc range\n";
	char dir[] = "/tmp/test_console.XXXXXX", path[PATH_MAX], command[64];
	struct symbols *syms;
	struct decoded d;

	(void)state;
	assert_non_null(mkdtemp(dir));
	compile(dir, "-no-pie -nostdlib -Wl,-eworker,-Ttext=0x60100000 -o linux");
	snprintf(path, sizeof(path), "%s/linux", dir);
	syms = symbols_create(path);
	assert_non_null(syms);
	d = decode(text, strlen(text), syms);
	assert_int_equal(d.nr, 1);
	check_report("fault without registers", &d.reports[0], &expected);
	assert_false(d.reports[0].frames[0].unloaded);
	drop(&d);
	symbols_free(syms);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
}

/* Processor time: the machine may be busy with other things */
static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* A clean console, over and over, with one report at its very end */
static void test_big_log(void **state)
{
	struct text clean = read_log("clean-stress"), bad = read_log("refcount");
	char *text = malloc(BIG_LOG + bad.len);
	struct decoded d = { 0 };
	size_t len = 0;
	double start;

	(void)state;
	assert_non_null(text);
	while (len + clean.len <= BIG_LOG) {
		memcpy(text + len, clean.p, clean.len);
		len += clean.len;
	}
	memcpy(text + len, bad.p, bad.len);
	start = now();
	assert_int_equal(console_decode(text, len + bad.len, NULL, &d.reports, &d.nr), 0);
	print_message("%zu MB in %.2f s\n", len >> 20, now() - start);
	assert_true(now() - start < BIG_LOG_SECONDS);
	assert_int_equal(d.nr, 1);
	assert_true(d.reports[0].offset >= len);
	drop(&d);
	free(text);
	free(bad.p);
	free(clean.p);
}

static void fill(char *text, size_t len, const char *pattern)
{
	size_t i, n = strlen(pattern);

	for (i = 0; i < len; i++)
		text[i] = pattern[i % n];
	text[len - 1] = '\n';
}

/* Texts made to be slow: each takes time linear in its length all the same. */
static void test_hostile_logs(void **state)
{
	static const char *const patterns[] = {
		"[",
		"[ ",
		"[1",
		"[    1.000000] ",
		"a:b module c func:",
		" ",
		"WARNING: *:* at ",
		"\n",
		"[<",
		"BUG: KASAN: * in ",
		"\xff",
	};
	size_t i, len = 4 << 20;
	char *text = malloc(len);

	(void)state;
	assert_non_null(text);
	for (i = 0; i < ARRAY_SIZE(patterns); i++) {
		double start = now();
		struct decoded d;

		fill(text, len, patterns[i]);
		d = decode(text, len, NULL);
		drop(&d);
		if (now() - start > BIG_LOG_SECONDS)
			fail_msg("\"%s\" takes %.1f s", patterns[i], now() - start);
	}
	free(text);
}

/* More reports than are kept: the first ones, whole */
static void test_many_reports(void **state)
{
	struct text one = read_log("warn"), many;
	FILE *out = open_memstream(&many.p, &many.len);
	struct decoded d;
	unsigned int i;

	(void)state;
	assert_non_null(out);
	for (i = 0; i < CONSOLE_MAX_REPORTS + 100; i++)
		fwrite(one.p, 1, one.len, out);
	fclose(out);
	d = decode(many.p, many.len, NULL);
	assert_int_equal(d.nr, CONSOLE_MAX_REPORTS);
	assert_string_equal(d.reports[d.nr - 1].title, "WARNING in warnit [trip]");
	drop(&d);
	free(many.p);
	free(one.p);
}

static void test_empty(void **state)
{
	struct decoded d = decode("", 0, NULL);

	(void)state;
	assert_int_equal(d.nr, 0);
	assert_non_null(d.reports);
	drop(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_logs),
		cmocka_unit_test(test_headlines),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_every_headline_covered),
		cmocka_unit_test(test_every_kind_covered),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_detail),
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_fold_count),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_of_all_logs),
		cmocka_unit_test(test_freed_text),
		cmocka_unit_test(test_hang),
		cmocka_unit_test(test_freed_work),
		cmocka_unit_test(test_null_in_live_text),
		cmocka_unit_test(test_fault_without_registers),
		cmocka_unit_test(test_no_timestamps),
		cmocka_unit_test(test_callers),
		cmocka_unit_test(test_carriage_returns),
		cmocka_unit_test(test_mid_line),
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_words_are_no_reports),
		cmocka_unit_test(test_word),
		cmocka_unit_test(test_lookalikes),
		cmocka_unit_test(test_only_garbage),
		cmocka_unit_test(test_interleaved),
		cmocka_unit_test(test_interleaved_pids),
		cmocka_unit_test(test_no_pid),
		cmocka_unit_test(test_late_message),
		cmocka_unit_test(test_panic_in_warning),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_big_log),
		cmocka_unit_test(test_hostile_logs),
		cmocka_unit_test(test_many_reports),
		cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
