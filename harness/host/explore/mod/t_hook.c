#include "hook.h"
/* exit clears and frees what the hook reads before it unregisters the hook */
static int __init m_init(void)
{
	stats = kzalloc(sizeof(*stats), GFP_KERNEL);
	return nf_register_net_hook(&init_net, &ops);
}
static void __exit m_exit(void)
{
	struct stats *s = stats;
#ifdef FIXED
	nf_unregister_net_hook(&init_net, &ops);
	synchronize_net();
	kfree(s);
#else
	WRITE_ONCE(stats, NULL);
	kfree(s);
	nf_unregister_net_hook(&init_net, &ops);
#endif
}
module_init(m_init); module_exit(m_exit);
