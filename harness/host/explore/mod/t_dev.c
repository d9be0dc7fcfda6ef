#include <linux/init.h>
#include <linux/module.h>
#include <linux/kobject.h>
#include <linux/sysfs.h>
#include <linux/slab.h>
MODULE_LICENSE("GPL");
/* a sysfs attribute shows a buffer that exit frees before it removes the file */
static char *buf;
static struct kobject *kobj;
static ssize_t v_show(struct kobject *k, struct kobj_attribute *a, char *out)
{
	return sysfs_emit(out, "%c\n", buf[3]);
}
static struct kobj_attribute attr = __ATTR_RO(v);
static int __init m_init(void)
{
	buf = kzalloc(32, GFP_KERNEL);
	kobj = kobject_create_and_add("tdev", kernel_kobj);
	return sysfs_create_file(kobj, &attr.attr);
}
static void __exit m_exit(void)
{
#ifdef FIXED
	sysfs_remove_file(kobj, &attr.attr);
	kobject_put(kobj);
	kfree(buf);
#else
	kfree(buf);
	sysfs_remove_file(kobj, &attr.attr);
	kobject_put(kobj);
#endif
}
module_init(m_init); module_exit(m_exit);
