// SPDX-License-Identifier: GPL-2.0
/*
 * skeleton: a filesystem with one file, hello.
 *
 * A mount uses the type and the operations below. It holds the module only if .owner of
 * the type names it; without, rmmod succeeds while the filesystem is mounted:
 *
 *	user      |mount, open|             |close, umount|
 *	rmmod                  |free module|  ^ in freed memory
 *
 * Lockout:	exit, who has it mounted: by the count of the module that .owner names
 * Breaks:	reference: a mount is one to the type, and no owner is named
 * Origin:	a skeleton
 */
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/module.h>

static bool broken;
module_param(broken, bool, 0444);
MODULE_PARM_DESC(broken, "leave .owner out of the type");

#define SKELETON_MAGIC 0x736b656c

static ssize_t skeleton_read(struct file *file, char __user *buf, size_t len, loff_t *pos)
{
	static const char text[] = "hello\n";

	return simple_read_from_buffer(buf, len, pos, text, sizeof(text) - 1);
}

static const struct file_operations skeleton_fops = {
	.read = skeleton_read,
	.llseek = default_llseek,
};

/* The number of a file is its place; 0 and 1 are not for files. */
static const struct tree_descr skeleton_files[] = {
	[2] = { "hello", &skeleton_fops, 0444 },
	{ "" },
};

static int skeleton_fill(struct super_block *sb, struct fs_context *fc)
{
	return simple_fill_super(sb, SKELETON_MAGIC, skeleton_files);
}

static int skeleton_get_tree(struct fs_context *fc)
{
	return get_tree_nodev(fc, skeleton_fill);
}

static const struct fs_context_operations skeleton_context_ops = {
	.get_tree = skeleton_get_tree,
};

static int skeleton_init_context(struct fs_context *fc)
{
	fc->ops = &skeleton_context_ops;
	return 0;
}

static struct file_system_type type = {
	.name = "skeleton",
	.init_fs_context = skeleton_init_context,
	.kill_sb = kill_anon_super,
};

static int __init skeleton_init(void)
{
	type.owner = broken ? NULL : THIS_MODULE;
	return register_filesystem(&type);
}
module_init(skeleton_init);

static void __exit skeleton_exit(void)
{
	unregister_filesystem(&type);
}
module_exit(skeleton_exit);

MODULE_DESCRIPTION("A filesystem");
MODULE_LICENSE("GPL");
