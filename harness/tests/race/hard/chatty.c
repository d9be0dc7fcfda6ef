// SPDX-License-Identifier: GPL-2.0
/* It writes to the console for as long as it is loaded. */
#include <linux/module.h>
#include <linux/timer.h>

static void chat(struct timer_list *timer)
{
	int i;

	for (i = 0; i < 2; i++)
		pr_err("chatty: nothing has happened, for the %d. time\n", i);
	mod_timer(timer, jiffies + 1);
}

static DEFINE_TIMER(timer, chat);

static int __init chatty_init(void)
{
	mod_timer(&timer, jiffies + 1);
	return 0;
}

static void __exit chatty_exit(void)
{
	timer_shutdown_sync(&timer);
}

module_init(chatty_init);
module_exit(chatty_exit);
MODULE_DESCRIPTION("a module that never stops talking");
MODULE_LICENSE("GPL");
