"""
What titles of failures mean: in words, with the usual mend, and who shows it right.

The first cause that fits counts, so the special stand before the general. A title is
matched by an expression, in which class:NAME is one of the classes that signatures can
name as well (`modrace list classes`); `stack` asks for a function in a stack of the
report, and tells apart who was on the way into memory that was gone.
"""

from typing import NamedTuple

GONE = r"class:freed-text|class:freed-data|class:reused-text|class:nowhere|.*use-after-free"


class Cause(NamedTuple):
    """One reason for failures. `shown` is a variant of scenarios/ that does it right."""
    name: str
    title: str
    means: str
    mend: str
    shown: str
    stack: str = ""


CAUSES = (
    Cause("late-reference", r"WARNING: .*reference acquired while the module is going|"
          r".*\b(try_module_get|__module_get|module_put)\b",
          "A reference to the module was taken, or asked for, when it was too late: between finding "
          "the module and taking the reference nothing kept it.",
          "Take the reference under the same lock, or in the same RCU section, under which exit removes "
          "what is found, and let exit wait for that lock or for synchronize_rcu().",
          "transport-lookup/fixed"),
    Cause("pending-timer", r"ODEBUG: free active (timer_list|hrtimer)",
          "Memory with an armed timer in it was freed: it would have run later, in nothing.",
          "Stop what arms the timer first, then timer_shutdown_sync(), hrtimer_cancel() or, for the timer "
          "of delayed work, cancel_delayed_work_sync(), then free.",
          "usb-hcd/lifecycle"),
    Cause("late-timer", GONE, "A timer ran after exit had freed its function or its data.",
          "Stop what arms the timer first, then timer_shutdown_sync() or hrtimer_cancel(), then free.",
          "usb-hcd/lifecycle",
          r"call_timer_fn|expire_timers|__run_timers|__run_hrtimer|__hrtimer_run_queues|"
          r"hrtimer_interrupt"),
    Cause("late-tasklet", GONE, "A tasklet that was scheduled ran after exit.",
          "Stop what schedules it (hrtimer_cancel(), free_irq()), then tasklet_kill(), then free.",
          "hrtimer-tasklet/fixed", r"tasklet_action_common|tasklet_action"),
    Cause("late-rcu", GONE, "A callback of call_rcu() was pending when its function was freed.",
          "Stop what calls call_rcu(), then rcu_barrier() in exit: synchronize_rcu() waits for "
          "readers, not for callbacks.",
          "rcu-callback/fixed", r"rcu_do_batch|rcu_cblist_invoke"),
    Cause("dying-queue", r"workqueue: |.* in __queue_work",
          "A work item was queued to a workqueue that exit was destroying, or had destroyed.",
          "Stop what queues it, then destroy_workqueue(), which waits for what is queued.",
          "exit-try/lifecycle"),
    Cause("late-work", rf"{GONE}|ODEBUG: free active work_struct",
          "A work item was queued, or ran, when exit had freed it or its function.",
          "Stop what queues it, then cancel_work_sync() or cancel_delayed_work_sync(), and "
          "destroy_workqueue() for one of the module's own, then free.",
          "exit-try/lifecycle",
          r"process_one_work|process_scheduled_works|__queue_work|queue_work_on|delayed_work_timer_fn"),
    Cause("late-hook", GONE, "A packet was in a netfilter hook whose function or state was freed.",
          "nf_unregister_net_hook() first, which waits for packets in the hook; then free its state.",
          "nf-hook/fixed", r"nf_hook_slow|nf_hook_slow_list"),
    Cause("late-thread", GONE, "A kernel thread of the module ran on when the module's memory was gone.",
          "Keep the task and end it with kthread_stop(), which waits for its very last instruction; "
          "a completion at the thread's end comes too early.",
          "stray-kthread/fixed", r"kthread"),
    Cause("late-release", GONE, "A release function was called when the last reference to a device went, "
          "and that was after exit.",
          "Wait in exit for the release, by a completion in a core that stays, or have the release in "
          "code that is not unloaded.",
          "platform-device/fixed", r"device_release|kobject_put|kobject_release|kobject_cleanup|"
          r"put_device"),
    Cause("open-file", GONE, "A file of the module was in use, and the kernel did not know that the module "
          "is needed for it.",
          "Name the module as the owner (.owner = THIS_MODULE) in the file operations, or whatever the "
          "interface has for it, so that an open file holds the module.",
          "chardev-owner/fixed",
          r"vfs_\w+|filp_flush|filp_close|__fput|do_sys_poll|do_sys_open\w*|sys_ioctl|__se_sys_ioctl|"
          r"__x64_sys_\w+|ksys_\w+|__get_unmapped_area|proc_reg_\w+|full_proxy_\w+"),
    Cause("used-after-free", r".*(use-after-free|double-free|invalid-free)",
          "Memory that the module had freed was used.",
          "In exit: first take back what lets others in, then wait for those who are in, and free last. "
          "The report says who allocated, who freed and who used it.",
          "nf-hook/fixed"),
    Cause("freed-text", "class:freed-text",
          "A function of the module was called when the module's memory was free.",
          "Find in the stack who called, and lock that caller out in exit: unregister, then wait for those "
          "who are on the way, before exit returns.",
          "stray-kthread/fixed"),
    Cause("freed-data", "class:freed-data",
          "Data of the module were used when its memory was free.",
          "Find in the stack who used them. Whoever keeps a pointer into the module has to hold a "
          "reference to it (.owner), or has to be gone before exit returns.",
          "chardev-owner/fixed"),
    Cause("wild", r"kernel fault in (?!unknown code)|NULL dereference|"
                  r"KASAN: (null-ptr-deref|wild-memory-access)",
          "A pointer was followed that leads nowhere: often one that exit has cleared, or memory that is "
          "used for something else by now.",
          "The stack says who had it. It has to be locked out before exit clears or frees what it uses.",
          "nf-hook/fixed"),
    Cause("reused-text", "class:reused-text",
          "The next load lay where the module's text had been, and ran in its place: something called an "
          "old address.",
          "As for a function that is called too late: something was still to run when exit returned.",
          "rcu-callback/fixed"),
    Cause("nowhere", "class:nowhere",
          "What lay where the module's text had been called what is no function.",
          "As for a function that is called too late: something was still to run when exit returned.",
          "rcu-callback/fixed"),
    Cause("pending-object", "ODEBUG: ",
          "Memory was freed with an object in it that was still in use, or an object was used in a wrong "
          "state.",
          "End the object (cancel, shut down, wait) before the memory it lies in is freed.",
          "usb-hcd/lifecycle"),
    Cause("lock-order", r"lockdep: |possible circular",
          "Locks were taken in an order, or in a context, that can end in a deadlock; it need not have "
          "happened.",
          "Do not hold a lock in exit that what exit waits for needs: unregister and wait outside of it.",
          "control-clean/fixed"),
    Cause("removal-blocks", r"nothing else goes on|disabling a module that is held",
          "The removal of the module keeps everybody else from going on, or goes on although somebody "
          "holds the module.",
          "Wait for users without a lock that others need, with a reference to what is waited for.",
          "pending-removal/lifecycle"),
    Cause("hang", r"hang|hung task|soft lockup|RCU stall|traffic hangs",
          "Somebody waits for what does not come: exit for a user, or a user for what exit has ended.",
          "The report says who waits where, and for what it has called. Wake whoever waits before exit waits for them, and let "
          "exit wait for nothing that user space may keep for ever.",
          "pending-removal/lifecycle"),
    Cause("thread-left", "leftover: kernel thread", "A kernel thread of the module is left.",
          "kthread_stop() in exit.", "stray-kthread/fixed"),
    Cause("left-over", r"leftover|cannot be loaded again|missing",
          "After the unload something is there that was not there before the load, or the other way round.",
          "For each registration in init there is one call in exit, in the opposite order; the error path "
          "of init needs them, too.",
          "control-clean/fixed"),
    Cause("leak", r"memory leak|slab: objects remaining", "Memory that the module allocated was not freed.",
          "Free it in exit; what others may still read, after synchronize_rcu() or with kfree_rcu() and "
          "rcu_barrier().",
          "control-clean/fixed"),
    Cause("count", "reference count", "The reference count of a module is not what it was.",
          "Each reference that is taken is given back on all ways out, errors among them.",
          "get-rcu/lifecycle"),
    Cause("list", r"list_(add|del) corruption",
          "A list still had an entry in it that had been freed, or had it twice.",
          "Take the entry out under the list's lock before it is freed, and wait for readers.",
          "transport-lookup/fixed"),
    Cause("broken-memory", r"KASAN: |slab", "Memory was used that is not the user's.",
          "The report says whose memory it is, who allocated and who freed it.",
          "nf-hook/fixed"),
    Cause("checked", ".*",
          "The kernel has found something that must not be, by a check of its own.",
          "report.txt has the check and the way to it.",
          "control-clean/fixed"),
)
