// SPDX-License-Identifier: GPL-2.0
/*
 * The control: everything the other stress modules do, done right.
 *
 * One module with two netfilter hooks, a generic netlink family, a character
 * device, a file in /proc, a platform driver, a platform device with an
 * attribute, a kernel thread, a timer, a work item and objects freed by
 * call_rcu(), all in use at once. Whatever is reported while it is loaded and
 * unloaded is a fault of the harness or of the kernel.
 *
 * Its parts are in the table at the end of this file, see parts.h:
 *
 *	init   limit   sums   thread   hook netlink chardev proc driver device
 *	       -------------------------------------------------------------->
 *	exit   rcu_    cancel kthread_ unregister: each returns once nobody is in
 *	       barrier        stop
 *	       <--------------------------------------------------------------
 *
 * Lockout:	all that the other modules have to
 * Breaks:	nothing
 * Origin:	none
 * Survives:	hook unstopped in stress: kmemleak is asked in explore mode only
 * Survives:	hook early of control_clean: in a window of microseconds, with seven
 *		other kinds of traffic on the processor; nf_hook's is the same mutant
 * Survives:	chardev early of control_clean: a module that is going lets nobody in
 * Survives:	chardev unstopped in explore: a lost page shows after 128 cycles
 */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/ip.h>
#include <linux/kthread.h>
#include <linux/kstrtox.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/platform_device.h>
#include <linux/proc_fs.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/timer.h>
#include <linux/uaccess.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>

#include "hits.h"
#include "parts.h"
#include "stress_ioctl.h"

#define NAME "control_clean"

/*
 * The limit: an object that readers use under rcu_read_lock() and a write to
 * the device's attribute replaces.
 */

/**
 * struct limit - how long a packet may be before it is counted as long
 * @bytes: the length
 * @rcu: to free it
 */
struct limit {
	unsigned int bytes;
	struct rcu_head rcu;
};

static struct limit __rcu *limit;
static bool callbacks_used;

static void free_limit(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct limit, rcu));
}

static int replace_limit(unsigned int bytes)
{
	struct limit *new = kzalloc_obj(*new);
	struct limit *old;

	if (!new)
		return -ENOMEM;

	new->bytes = bytes;
	old = unrcu_pointer(xchg(&limit, RCU_INITIALIZER(new)));
	if (old) {
		WRITE_ONCE(callbacks_used, true);
		call_rcu(&old->rcu, free_limit);
	}
	return 0;
}

static unsigned int read_limit(void)
{
	unsigned int bytes;

	rcu_read_lock();
	bytes = rcu_dereference(limit)->bytes;
	rcu_read_unlock();
	return bytes;
}

static int limit_start(void)
{
	return replace_limit(128);
}

/* Other people's callbacks are not worth a wait of several ticks. */
static void limit_stop(void)
{
	kfree(rcu_replace_pointer(limit, NULL, true));
	if (callbacks_used)
		rcu_barrier();
}

/*
 * The sums: a timer armed by whoever counts something queues a work item that
 * adds the counts up. It sleeps, as what is left to a work item often does.
 */
static atomic_long_t counted = ATOMIC_LONG_INIT(0);
static atomic_long_t summed = ATOMIC_LONG_INIT(0);

static void sum_up(struct work_struct *work)
{
	fsleep(2 * USEC_PER_MSEC);
	atomic_long_add(atomic_long_xchg(&counted, 0), &summed);
}

static DECLARE_WORK(sum_work, sum_up);

static void queue_sum(struct timer_list *timer)
{
	schedule_work(&sum_work);
}

static DEFINE_TIMER(sum_timer, queue_sum);

static void count(void)
{
	hit();
	atomic_long_inc(&counted);
	if (!timer_pending(&sum_timer))
		mod_timer(&sum_timer, jiffies + 1);
}

static void sums_stop(void)
{
	timer_shutdown_sync(&sum_timer);
	cancel_work_sync(&sum_work);
}

/*
 * The thread: carries out what user space asks for by ioctl.
 */
static struct task_struct *thread;
static atomic_t orders = ATOMIC_INIT(0);
static atomic_t carried_out = ATOMIC_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(orders_wait);

static int thread_main(void *unused)
{
	while (!kthread_should_stop()) {
		wait_event_interruptible(orders_wait,
					 atomic_read(&orders) || kthread_should_stop());
		atomic_add(atomic_xchg(&orders, 0), &carried_out);
	}
	return 0;
}

static void order(void)
{
	atomic_inc(&orders);
	wake_up(&orders_wait);
}

static int thread_start(void)
{
	thread = kthread_run(thread_main, NULL, "control_clean");
	return PTR_ERR_OR_ZERO(thread);
}

static void thread_stop(void)
{
	kthread_stop(thread);
}

/*
 * The netfilter hooks, with state of their own: one on the way out, in the sender's
 * context, and one on the way in, in a softirq.
 */

/**
 * struct hook_stats - what the hooks know of the packets they saw
 * @packets: their number
 * @long_packets: how many were longer than the limit
 */
struct hook_stats {
	atomic_long_t packets;
	atomic_long_t long_packets;
};

static unsigned int hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct hook_stats *stats = priv;

	if (ip_hdr(skb)->protocol != IPPROTO_UDP)
		return NF_ACCEPT;

	count();
	atomic_long_inc(&stats->packets);
	if (skb->len > read_limit())
		atomic_long_inc(&stats->long_packets);
	return NF_ACCEPT;
}

static struct nf_hook_ops hook_ops[] = {
	{
		.hook = hook,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = NF_IP_PRI_FILTER,
	},
	{
		.hook = hook,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP_PRI_FILTER,
	},
};

static int hook_start(void)
{
	struct hook_stats *stats = kzalloc_obj(*stats);
	unsigned int i;
	int ret;

	if (!stats)
		return -ENOMEM;

	for (i = 0; i < ARRAY_SIZE(hook_ops); i++)
		hook_ops[i].priv = stats;
	ret = nf_register_net_hooks(&init_net, hook_ops, ARRAY_SIZE(hook_ops));
	if (ret)
		kfree(stats);
	return ret;
}

static void hook_close(void)
{
	nf_unregister_net_hooks(&init_net, hook_ops, ARRAY_SIZE(hook_ops));
}

static void hook_stop(void)
{
	if (!TWO_STEPS)
		synchronize_net();
	kfree(hook_ops[0].priv);
}

/*
 * The generic netlink family: answers its only command with the sum.
 */
enum {
	CONTROL_CMD_UNSPEC,
	CONTROL_CMD_GET,
};

enum {
	CONTROL_ATTR_UNSPEC,
	CONTROL_ATTR_SUM,
};

static struct genl_family family;

static int get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply = genlmsg_new(nla_total_size(sizeof(u32)), GFP_KERNEL);
	void *header;

	count();
	if (!reply)
		return -ENOMEM;

	header = genlmsg_put_reply(reply, info, &family, 0, CONTROL_CMD_GET);
	if (!header || nla_put_u32(reply, CONTROL_ATTR_SUM, atomic_long_read(&summed))) {
		nlmsg_free(reply);
		return -EMSGSIZE;
	}
	genlmsg_end(reply, header);
	return genlmsg_reply(reply, info);
}

static const struct genl_small_ops family_ops[] = {
	{
		.cmd = CONTROL_CMD_GET,
		.doit = get_doit,
	},
};

static struct genl_family family = {
	.name = NAME,
	.version = 1,
	.module = THIS_MODULE,
	.small_ops = family_ops,
	.n_small_ops = ARRAY_SIZE(family_ops),
	.resv_start_op = CONTROL_CMD_GET + 1,
};

static int netlink_start(void)
{
	return genl_register_family(&family);
}

static void netlink_close(void)
{
	genl_unregister_family(&family);
}

/*
 * The character device: a page to read, write and map.
 */
static char *page;
static DEFINE_MUTEX(page_lock); /* protects the contents of @page */

static ssize_t chardev_read(struct file *file, char __user *buf, size_t len, loff_t *pos)
{
	ssize_t ret;

	count();
	mutex_lock(&page_lock);
	ret = simple_read_from_buffer(buf, len, pos, page, PAGE_SIZE);
	mutex_unlock(&page_lock);
	return ret;
}

static ssize_t chardev_write(struct file *file, const char __user *buf, size_t len, loff_t *pos)
{
	ssize_t ret;

	count();
	mutex_lock(&page_lock);
	ret = simple_write_to_buffer(page, PAGE_SIZE, pos, buf, len);
	mutex_unlock(&page_lock);
	return ret;
}

static long chardev_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	count();
	if (cmd != STRESS_IOC_COUNT)
		return -ENOTTY;

	order();
	return put_user(atomic_read(&carried_out), (u32 __user *)arg);
}

static int chardev_mmap(struct file *file, struct vm_area_struct *vma)
{
	count();
	if (vma->vm_pgoff || vma_pages(vma) != 1)
		return -EINVAL;
	return vm_insert_page(vma, vma->vm_start, virt_to_page(page));
}

static const struct file_operations chardev_fops = {
	.owner = THIS_MODULE,
	.read = chardev_read,
	.write = chardev_write,
	.unlocked_ioctl = chardev_ioctl,
	.mmap = chardev_mmap,
	.llseek = default_llseek,
};

static struct miscdevice chardev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = NAME,
	.fops = &chardev_fops,
};

static int chardev_start(void)
{
	int ret;

	page = (char *)get_zeroed_page(GFP_KERNEL);
	if (!page)
		return -ENOMEM;

	ret = misc_register(&chardev);
	if (ret)
		free_page((unsigned long)page);
	return ret;
}

static void chardev_close(void)
{
	misc_deregister(&chardev);
}

static void chardev_stop(void)
{
	free_page((unsigned long)page);
}

/*
 * The file in /proc.
 */
static int proc_show(struct seq_file *seq, void *unused)
{
	count();
	seq_printf(seq, "limit %u\n", read_limit());
	seq_printf(seq, "summed %ld\n", atomic_long_read(&summed));
	seq_printf(seq, "carried out %d\n", atomic_read(&carried_out));
	return 0;
}

static int proc_start(void)
{
	return proc_create_single(NAME, 0444, NULL, proc_show) ? 0 : -ENOMEM;
}

static void proc_close(void)
{
	remove_proc_entry(NAME, NULL);
}

/*
 * The driver: user space binds the device to it and takes it away again.
 */
static int control_probe(struct platform_device *pdev)
{
	unsigned int *at_probe = devm_kzalloc(&pdev->dev, sizeof(*at_probe), GFP_KERNEL);

	count();
	if (!at_probe)
		return -ENOMEM;

	*at_probe = read_limit();
	platform_set_drvdata(pdev, at_probe);
	return 0;
}

static void control_remove(struct platform_device *pdev)
{
	unsigned int *at_probe = platform_get_drvdata(pdev);

	count();
	if (*at_probe != read_limit())
		order();
}

static struct platform_driver control_driver = {
	.probe = control_probe,
	.remove = control_remove,
	.driver = {
		.name = NAME,
	},
};

static int driver_start(void)
{
	return platform_driver_register(&control_driver);
}

static void driver_close(void)
{
	platform_driver_unregister(&control_driver);
}

/*
 * The device and its attribute. Unlike the one in platform_device.c it is
 * released by the driver core's own text, so nobody has to wait for that.
 */
static struct platform_device *device;

static ssize_t limit_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	count();
	return sysfs_emit(buf, "%u\n", read_limit());
}

static ssize_t limit_store(struct device *dev, struct device_attribute *attr, const char *buf,
			   size_t len)
{
	unsigned int bytes;
	int ret;

	count();
	ret = kstrtouint(buf, 0, &bytes);
	if (!ret)
		ret = replace_limit(bytes);
	return ret ? ret : len;
}

static DEVICE_ATTR_RW(limit);

static struct attribute *device_attrs[] = {
	&dev_attr_limit.attr,
	NULL,
};

ATTRIBUTE_GROUPS(device);

static int device_start(void)
{
	int ret;

	device = platform_device_alloc(NAME, PLATFORM_DEVID_NONE);
	if (!device)
		return -ENOMEM;

	device->dev.groups = device_groups;
	ret = platform_device_add(device);
	if (ret)
		platform_device_put(device);
	return ret;
}

static void device_close(void)
{
	platform_device_unregister(device);
}

static const struct part parts[] = {
	{ "limit", .start = limit_start, .stop = limit_stop },
	{ "sums", .stop = sums_stop },
	{ "thread", .start = thread_start, .stop = thread_stop },
	{ "hook", .start = hook_start, .close = hook_close, .stop = hook_stop },
	{ "netlink", .start = netlink_start, .close = netlink_close },
	{ "chardev", .start = chardev_start, .close = chardev_close, .stop = chardev_stop },
	{ "proc", .start = proc_start, .close = proc_close },
	{ "driver", .start = driver_start, .close = driver_close },
	{ "device", .start = device_start, .close = device_close },
	{}
};

module_parts(parts);

MODULE_DESCRIPTION("Stress module: a correct one, with everything the others have");
MODULE_LICENSE("GPL");
