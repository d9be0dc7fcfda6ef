/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Console decoder: turns what a User-Mode Linux guest printed into a list of
 * reports, one per thing that went wrong, in the order of the console.
 *
 * The text may be anything a dying guest leaves behind: cut off at any byte,
 * interleaved by two processors, sprinkled with binary garbage or with user
 * space's own output, up to hundreds of megabytes. Decoding is linear in its
 * length and keeps nothing but the reports.
 *
 * A title names the failure and the place, and nothing that varies from run to
 * run (addresses, pids, counts), so that titles can be compared and counted:
 *
 *	KASAN: slab-use-after-free in hook [nf_hook]
 *	KASAN: slab-use-after-free in strlen, called from hook [nf_hook]
 *	jump into freed module text: worker [stray_kthread]
 *	ODEBUG: free active timer_list in tick [my_timer]
 *
 * Usage:
 *
 *	struct console_report *reports;
 *	size_t i, nr;
 *
 *	if (console_decode(text, len, syms, &reports, &nr))
 *		return -ENOMEM;
 *	for (i = 0; i < nr; i++)
 *		console_report_print(stdout, &reports[i]);
 *	console_reports_free(reports, nr);
 */
#ifndef MODRACE_CONSOLE_H
#define MODRACE_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CONSOLE_TITLE_LEN   256
#define CONSOLE_DETAIL_LEN  1024
#define CONSOLE_SYMBOL_LEN  96
#define CONSOLE_MODULE_LEN  64
#define CONSOLE_FILE_LEN    96
#define CONSOLE_MAX_REPORTS 1024

struct symbols;

/**
 * enum console_kind - what went wrong
 * @CONSOLE_KASAN: invalid access or invalid free found by KASAN
 * @CONSOLE_FREED_TEXT: execution went on in the text of an unloaded module
 * @CONSOLE_FAULT: kernel-mode fault that no other detector explains
 * @CONSOLE_BUG: BUG() and other "BUG:" messages
 * @CONSOLE_PANIC: panic that follows no other report
 * @CONSOLE_INIT_DEATH: PID 1 died
 * @CONSOLE_WARNING: WARN() that belongs to none of the kinds below
 * @CONSOLE_LOCKDEP: lockdep and RCU usage checks
 * @CONSOLE_REFCOUNT: refcount_t warnings
 * @CONSOLE_ODEBUG: object debugging (timers, work, RCU heads, ...)
 * @CONSOLE_HUNG_TASK: task blocked for too long
 * @CONSOLE_LEAK: memory left behind (kmemleak, allocation profiling)
 * @CONSOLE_LIST: list corruption
 * @CONSOLE_ATOMIC: sleeping or scheduling in atomic context
 * @CONSOLE_RCU_STALL: RCU stall
 * @CONSOLE_LOCKUP: soft lockup, workqueue lockup
 * @CONSOLE_SLAB: slab corruption, objects remaining in a destroyed cache
 * @CONSOLE_KOBJECT: kobject, device model and sysfs complaints
 * @CONSOLE_WORKQUEUE: workqueue complaints
 * @CONSOLE_TIMER: timer complaints
 * @CONSOLE_NETDEV: a network device whose references never go away
 * @CONSOLE_LOCKDEP_OFF: lockdep turned itself off, as when it runs out of its tables
 * @CONSOLE_OOM: the guest ran out of memory
 * @CONSOLE_HOST: the host let the guest down
 *
 * In no order that matters; what else is known of a kind is in console_kinds.
 */
enum console_kind {
	CONSOLE_KASAN,
	CONSOLE_FREED_TEXT,
	CONSOLE_FAULT,
	CONSOLE_BUG,
	CONSOLE_PANIC,
	CONSOLE_INIT_DEATH,
	CONSOLE_WARNING,
	CONSOLE_LOCKDEP,
	CONSOLE_REFCOUNT,
	CONSOLE_ODEBUG,
	CONSOLE_HUNG_TASK,
	CONSOLE_LEAK,
	CONSOLE_LIST,
	CONSOLE_ATOMIC,
	CONSOLE_RCU_STALL,
	CONSOLE_LOCKUP,
	CONSOLE_SLAB,
	CONSOLE_KOBJECT,
	CONSOLE_WORKQUEUE,
	CONSOLE_TIMER,
	CONSOLE_NETDEV,
	CONSOLE_LOCKDEP_OFF,
	CONSOLE_OOM,
	CONSOLE_HOST,
	NR_CONSOLE_KINDS,
};

/**
 * struct console_kind_row - what is known of a kind
 * @name: short, lower case, for results
 * @environment: the guest or the host lacked something, so that the run could not
 *	judge; any other kind is a finding
 * @repeated: its detector reports the same thing over and over; reports of one title
 *	are folded into the first
 * @stalls: somebody does not come on, and the register dump that follows says where
 */
struct console_kind_row {
	const char *name;
	bool environment;
	bool repeated;
	bool stalls;
};

extern const struct console_kind_row console_kinds[NR_CONSOLE_KINDS];

/**
 * enum console_stack - which of a report's stacks a frame belongs to
 * @CONSOLE_STACK_NONE: none; never seen in a finished report
 * @CONSOLE_STACK_MAIN: where it happened (KASAN: the access)
 * @CONSOLE_STACK_ALLOC: KASAN: who allocated the object
 * @CONSOLE_STACK_FREE: KASAN: who freed the object
 * @CONSOLE_STACK_WORK: KASAN: who last queued work or call_rcu() on the object
 * @CONSOLE_STACK_VARIABLE: KASAN: the global variable hit, a single "frame"
 * @CONSOLE_STACK_OTHER: history: lockdep's earlier acquisitions
 */
enum console_stack {
	CONSOLE_STACK_NONE,
	CONSOLE_STACK_MAIN,
	CONSOLE_STACK_ALLOC,
	CONSOLE_STACK_FREE,
	CONSOLE_STACK_WORK,
	CONSOLE_STACK_VARIABLE,
	CONSOLE_STACK_OTHER,
	NR_CONSOLE_STACKS,
};

/**
 * struct console_frame - one line of a stack
 * @stack: the stack it belongs to
 * @reliable: found through the frame pointer, not by scanning the stack; in a
 *	finished report false only if the stack has no reliable frame at all
 * @inlined: @symbol was inlined into the next frame of the same stack
 * @unloaded: @module was no longer loaded
 * @internal: reporting machinery (kasan_report() and the like)
 * @address: return address, 0 if the console did not say
 * @symbol: function, empty if unknown
 * @offset: into @symbol, bytes
 * @size: of @symbol, bytes; 0 if unknown
 * @module: empty for the kernel proper
 * @file: source file, relative to the kernel tree or to the module; may be empty
 * @line: in @file, 0 if unknown
 */
struct console_frame {
	enum console_stack stack;
	bool reliable;
	bool inlined;
	bool unloaded;
	bool internal;
	uint64_t address;
	char symbol[CONSOLE_SYMBOL_LEN];
	uint64_t offset;
	uint64_t size;
	char module[CONSOLE_MODULE_LEN];
	char file[CONSOLE_FILE_LEN];
	unsigned int line;
};

/**
 * struct console_report - one thing that went wrong
 * @kind: what
 * @title: kind and place, stable from run to run
 * @detail: what varies: addresses, sizes, counts, the panic that followed;
 *	one line each, separated by '\n'
 * @offset: where the report starts in the console text, bytes
 * @length: bytes up to the end of its last line; lines of others may lie within
 * @address: the address accessed or jumped to, 0 if unknown
 * @count: reports of the same title folded into this one, at least 1; done for
 *	kinds that are repeated
 * @frames: all stacks, in the order of the console
 * @nr_frames: entries of @frames
 */
struct console_report {
	enum console_kind kind;
	char title[CONSOLE_TITLE_LEN];
	char detail[CONSOLE_DETAIL_LEN];
	size_t offset;
	size_t length;
	uint64_t address;
	unsigned int count;
	struct console_frame *frames;
	size_t nr_frames;
};

size_t console_word(const char *text, size_t len);
int console_decode(const char *text, size_t len, struct symbols *syms,
		   struct console_report **reports, size_t *nr);
void console_reports_free(struct console_report *reports, size_t nr);
void console_report_print(FILE *file, const struct console_report *report);

#endif /* MODRACE_CONSOLE_H */
