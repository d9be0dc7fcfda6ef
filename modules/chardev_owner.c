// SPDX-License-Identifier: GPL-2.0
/*
 * A character device whose open descriptors do not hold the module.
 *
 * /dev/stress_chardev gives user space a page to read, write, map and count
 * accesses of. Opening a character device takes a reference to the module named
 * in its file operations, so leaving .owner out means that rmmod succeeds with
 * descriptors open, and the next call on one goes through operations that are
 * no longer there:
 *
 *	user space   |open|            |read, write, ioctl, close|
 *	rmmod              |free module|
 *
 * In two steps, rmmod takes the name away from under the descriptors, the last
 * of which takes the module with it:
 *
 *	user space   |open|     |read, write, ioctl, close|
 *	rmmod              |unreg|                        |exit, free module|
 *
 * Lockout:	exit, who has the device open: by the count of the module that .owner names
 * Breaks:	reference: an open file is one to the operations, and no owner is named that would
 *		know of it
 * Origin:	a miscdevice without .owner, as Rust's were (RFC of January 2026)
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "hits.h"
#include "parts.h"
#include "stress_ioctl.h"

static bool broken;
module_param(broken, bool, 0444);
MODULE_PARM_DESC(broken, "leave .owner out of the file operations");

static char page[PAGE_SIZE] __aligned(PAGE_SIZE);
static u32 accesses;
static DEFINE_MUTEX(page_lock); /* protects the contents of @page, and @accesses */

static int chardev_open(struct inode *inode, struct file *file)
{
	hit();
	return 0;
}

static int chardev_release(struct inode *inode, struct file *file)
{
	hit();
	return 0;
}

static ssize_t chardev_read(struct file *file, char __user *buf, size_t len, loff_t *pos)
{
	ssize_t ret;

	hit();
	mutex_lock(&page_lock);
	accesses++;
	ret = simple_read_from_buffer(buf, len, pos, page, PAGE_SIZE);
	mutex_unlock(&page_lock);
	return ret;
}

static ssize_t chardev_write(struct file *file, const char __user *buf, size_t len, loff_t *pos)
{
	ssize_t ret;

	hit();
	mutex_lock(&page_lock);
	accesses++;
	ret = simple_write_to_buffer(page, PAGE_SIZE, pos, buf, len);
	mutex_unlock(&page_lock);
	return ret;
}

static long chardev_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	u32 count;

	hit();
	if (cmd != STRESS_IOC_COUNT)
		return -ENOTTY;

	mutex_lock(&page_lock);
	count = ++accesses;
	mutex_unlock(&page_lock);
	return put_user(count, (u32 __user *)arg);
}

/* The mapping holds the page itself, and the file, which should hold the module. */
static int chardev_mmap(struct file *file, struct vm_area_struct *vma)
{
	hit();
	if (vma->vm_pgoff || vma_pages(vma) != 1)
		return -EINVAL;
	return vm_insert_page(vma, vma->vm_start, vmalloc_to_page(page));
}

static const struct file_operations owned_fops = {
	.owner = THIS_MODULE,
	.open = chardev_open,
	.release = chardev_release,
	.read = chardev_read,
	.write = chardev_write,
	.unlocked_ioctl = chardev_ioctl,
	.mmap = chardev_mmap,
	.llseek = default_llseek,
};

/*
 * An open file is a reference to all of these. The broken module hands out such
 * references and nobody is named to count them with: no owner knows of them.
 */
static const struct file_operations ownerless_fops = {
	.open = chardev_open,
	.release = chardev_release,
	.read = chardev_read,
	.write = chardev_write,
	.unlocked_ioctl = chardev_ioctl,
	.mmap = chardev_mmap,
	.llseek = default_llseek,
};

static struct miscdevice chardev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "stress_chardev",
	.mode = 0666,
};

static int chardev_start(void)
{
	chardev.fops = broken ? &ownerless_fops : &owned_fops;
	return misc_register(&chardev);
}

static void chardev_close(void)
{
	misc_deregister(&chardev);
}

static const struct part parts[] = {
	{ "chardev", .start = chardev_start, .close = chardev_close },
	{}
};

module_parts(parts);
#if TWO_STEPS
module_reenable(chardev_start);
#endif

MODULE_DESCRIPTION("Stress module: character device that may lack an owner");
MODULE_LICENSE("GPL");
