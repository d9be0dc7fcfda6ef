// SPDX-License-Identifier: GPL-2.0
/*
 * A file system that can be asked for by name and cannot be mounted, for the
 * half of the kernel's kmod selftest that is about get_fs_type().
 */
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/module.h>

static int kmodfs_init_fs_context(struct fs_context *fc)
{
	return -EOPNOTSUPP;
}

static struct file_system_type kmodfs_type = {
	.owner = THIS_MODULE,
	.name = "kmodfs",
	.init_fs_context = kmodfs_init_fs_context,
	.kill_sb = kill_anon_super,
};
MODULE_ALIAS_FS("kmodfs");

static int __init kmodfs_init(void)
{
	return register_filesystem(&kmodfs_type);
}
module_init(kmodfs_init);

static void __exit kmodfs_exit(void)
{
	unregister_filesystem(&kmodfs_type);
}
module_exit(kmodfs_exit);

MODULE_DESCRIPTION("A file system to be looked up");
MODULE_LICENSE("GPL");
