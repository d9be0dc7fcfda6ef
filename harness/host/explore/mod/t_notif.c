#include <linux/init.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/inetdevice.h>
#include <linux/slab.h>
MODULE_LICENSE("GPL");
/* an inetaddr notifier uses a config that exit frees before it unregisters */
struct conf { int up, seen; };
static struct conf *conf;
static int event(struct notifier_block *nb, unsigned long ev, void *p)
{
	struct conf *c = READ_ONCE(conf);
	if (!c)
		return NOTIFY_DONE;
	c->seen++;
	return NOTIFY_DONE;
}
static struct notifier_block nb = { .notifier_call = event };
static int __init m_init(void)
{
	conf = kzalloc(sizeof(*conf), GFP_KERNEL);
	return register_inetaddr_notifier(&nb);
}
static void __exit m_exit(void)
{
	struct conf *c = conf;
#ifdef FIXED
	unregister_inetaddr_notifier(&nb);
	kfree(c);
#else
	WRITE_ONCE(conf, NULL);
	kfree(c);
	unregister_inetaddr_notifier(&nb);
#endif
}
module_init(m_init); module_exit(m_exit);
