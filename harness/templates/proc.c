// SPDX-License-Identifier: GPL-2.0
/*
 * skeleton: a file in /proc, /proc/skeleton, with state behind it.
 *
 * proc_remove() waits for who is in one of the file's functions. State that is freed
 * before that is freed under the reader:
 *
 *	reader    |show: uses state      |
 *	broken       |free state|remove file|
 *	fixed                            |remove file|free state|
 *
 * Lockout:	exit, who reads the file: by proc_remove(), which waits for them
 * Breaks:	lockout: the state is freed while the file is still there
 * Origin:	a skeleton
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

static bool broken;
module_param(broken, bool, 0444);
MODULE_PARM_DESC(broken, "free the state before the file is taken away");

static unsigned int *state;
static struct proc_dir_entry *file;

static int skeleton_show(struct seq_file *seq, void *unused)
{
	unsigned int *count = READ_ONCE(state);

	/* As long as it takes to ask a device. */
	fsleep(100);
	seq_printf(seq, "%u\n", ++*count);
	return 0;
}

static int __init skeleton_init(void)
{
	state = kzalloc_obj(*state);
	if (!state)
		return -ENOMEM;
	file = proc_create_single("skeleton", 0444, NULL, skeleton_show);
	if (file)
		return 0;

	kfree(state);
	return -ENOMEM;
}
module_init(skeleton_init);

static void __exit skeleton_exit(void)
{
	if (broken)
		kfree(state);
	proc_remove(file);
	if (!broken)
		kfree(state);
}
module_exit(skeleton_exit);

MODULE_DESCRIPTION("A file in /proc");
MODULE_LICENSE("GPL");
