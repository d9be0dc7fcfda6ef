// SPDX-License-Identifier: GPL-2.0
/*
 * Helper: dense network traffic made inside the kernel.
 *
 * A system call costs a UML guest as much as sending several packets does. So
 * each thread here has a UDP socket connected to itself over loopback, and
 * sends and receives bursts for as long as the parameter `run` is set:
 *
 *	run = 1    |burst|nap|burst|nap|burst|nap ...
 *	run = 0    asleep
 *
 * A nap is as short as a timer makes it. It gives everybody else the processor
 * also where time is virtual and nothing is ever preempted.
 */
#include <linux/delay.h>
#include <linux/in.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/socket.h>
#include <linux/uio.h>
#include <linux/wait.h>
#include <net/net_namespace.h>

#define MAX_THREADS 4
#define PAYLOAD	    64
#define NAP_US	    20

static unsigned int threads = 1;
module_param(threads, uint, 0444);
MODULE_PARM_DESC(threads, "number of threads, 1 to 4");

static unsigned int burst = 32;
module_param(burst, uint, 0644);
MODULE_PARM_DESC(burst, "packets to send between two naps");

static atomic_long_t ops = ATOMIC_LONG_INIT(0);
static bool run;
static DECLARE_WAIT_QUEUE_HEAD(run_wait);

/**
 * struct sender - one thread
 * @task: the thread
 * @sock: its socket, connected to itself
 */
static struct sender {
	struct task_struct *task;
	struct socket *sock;
} senders[MAX_THREADS];

static int run_set(const char *val, const struct kernel_param *kp)
{
	int ret;

	ret = param_set_bool(val, kp);
	wake_up_all(&run_wait);
	return ret;
}

static const struct kernel_param_ops run_param_ops = {
	.set = run_set,
	.get = param_get_bool,
};

module_param_cb(run, &run_param_ops, &run, 0644);
MODULE_PARM_DESC(run, "send packets");

static int ops_get(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%ld\n", atomic_long_read(&ops));
}

static const struct kernel_param_ops ops_param_ops = {
	.get = ops_get,
};

module_param_cb(ops, &ops_param_ops, NULL, 0444);
MODULE_PARM_DESC(ops, "packets sent and received so far");

static int exchange(struct socket *sock)
{
	char payload[PAYLOAD] = "modrace";
	struct kvec vec = { .iov_base = payload, .iov_len = sizeof(payload) };
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT };
	int ret;

	ret = kernel_sendmsg(sock, &msg, &vec, 1, vec.iov_len);
	if (ret < 0)
		return ret;
	return kernel_recvmsg(sock, &msg, &vec, 1, vec.iov_len, MSG_DONTWAIT);
}

static void send_burst(struct socket *sock)
{
	unsigned int i;

	for (i = 0; i < READ_ONCE(burst); i++) {
		if (exchange(sock) > 0)
			atomic_long_inc(&ops);
	}
}

static int sender_main(void *data)
{
	struct sender *sender = data;

	/* An unload waits for work items on every processor; let them run first. */
	set_user_nice(current, MAX_NICE);
	while (!kthread_should_stop()) {
		wait_event_interruptible(run_wait, READ_ONCE(run) || kthread_should_stop());
		send_burst(sender->sock);
		usleep_range(NAP_US, 2 * NAP_US);
	}
	return 0;
}

static int connect_to_itself(struct socket *sock)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int ret;

	ret = kernel_bind(sock, (struct sockaddr_unsized *)&addr, sizeof(addr));
	if (!ret)
		ret = kernel_getsockname(sock, (struct sockaddr *)&addr);
	if (ret < 0)
		return ret;
	return kernel_connect(sock, (struct sockaddr_unsized *)&addr, sizeof(addr), 0);
}

static int sender_start(struct sender *sender)
{
	struct task_struct *task;
	int ret;

	ret = sock_create_kern(&init_net, AF_INET, SOCK_DGRAM, IPPROTO_UDP, &sender->sock);
	if (ret)
		return ret;

	ret = connect_to_itself(sender->sock);
	if (ret)
		return ret;

	task = kthread_run(sender_main, sender, "traffic_kthread");
	if (IS_ERR(task))
		return PTR_ERR(task);
	sender->task = task;
	return 0;
}

static void sender_stop(struct sender *sender)
{
	if (sender->task)
		kthread_stop(sender->task);
	if (sender->sock)
		sock_release(sender->sock);
}

static void stop_all(void)
{
	unsigned int i;

	for (i = 0; i < MAX_THREADS; i++)
		sender_stop(&senders[i]);
}

static int __init traffic_kthread_init(void)
{
	unsigned int i;
	int ret;

	if (!threads || threads > MAX_THREADS)
		return -EINVAL;

	for (i = 0; i < threads; i++) {
		ret = sender_start(&senders[i]);
		if (ret) {
			stop_all();
			return ret;
		}
	}
	return 0;
}

static void __exit traffic_kthread_exit(void)
{
	stop_all();
}

module_init(traffic_kthread_init);
module_exit(traffic_kthread_exit);

MODULE_DESCRIPTION("Stress helper: dense UDP traffic over loopback from kernel threads");
MODULE_LICENSE("GPL");
