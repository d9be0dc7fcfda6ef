#include <linux/init.h>
#include <linux/module.h>
#include <linux/miscdevice.h>
#include <linux/fs.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
MODULE_LICENSE("GPL");
/* a worker uses an object that exit frees; cancel_work() does not wait */
struct obj { struct work_struct work; int a, b; };
static struct obj *obj;
static void fn(struct work_struct *w)
{
	struct obj *o = container_of(w, struct obj, work);
	WRITE_ONCE(o->a, o->a + 1);
	WRITE_ONCE(o->b, o->a * 2);
}
static ssize_t wr(struct file *f, const char __user *b, size_t n, loff_t *p)
{
	queue_work(system_percpu_wq, &obj->work);
	return n;
}
static const struct file_operations fops = { .owner = THIS_MODULE, .write = wr };
static struct miscdevice dev = { .minor = 240, .name = "tdev", .fops = &fops };
static int __init m_init(void)
{
	obj = kzalloc(sizeof(*obj), GFP_KERNEL);
	INIT_WORK(&obj->work, fn);
	return misc_register(&dev);
}
static void __exit m_exit(void)
{
	misc_deregister(&dev);
#ifdef FIXED
	cancel_work_sync(&obj->work);
#else
	cancel_work(&obj->work);
#endif
	kfree(obj);
}
module_init(m_init); module_exit(m_exit);
