// SPDX-License-Identifier: GPL-2.0
/*
 * A filesystem without files, whose type names its module, or forgets to: then nothing
 * keeps the module while it is mounted.
 */
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/module.h>

static bool broken = true;
module_param(broken, bool, 0444);

static int unowned_fill(struct super_block *sb, struct fs_context *fc)
{
	static const struct tree_descr files[] = { { "" } };

	return simple_fill_super(sb, 0x6d6f6472, files);
}

static void unowned_kill(struct super_block *sb)
{
	kill_anon_super(sb);
}

static int unowned_get_tree(struct fs_context *fc)
{
	return get_tree_nodev(fc, unowned_fill);
}

static const struct fs_context_operations unowned_context_ops = {
	.get_tree = unowned_get_tree,
};

static int unowned_init_context(struct fs_context *fc)
{
	fc->ops = &unowned_context_ops;
	return 0;
}

static struct file_system_type unowned_type = {
	.name = "unownedfs",
	.init_fs_context = unowned_init_context,
	.kill_sb = unowned_kill,
};

static int __init unowned_fs_init(void)
{
	if (!broken)
		unowned_type.owner = THIS_MODULE;
	return register_filesystem(&unowned_type);
}

static void __exit unowned_fs_exit(void)
{
	unregister_filesystem(&unowned_type);
}

module_init(unowned_fs_init);
module_exit(unowned_fs_exit);
MODULE_DESCRIPTION("Filesystem whose type may lack its owner");
MODULE_LICENSE("GPL");
