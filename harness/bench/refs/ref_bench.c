// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs to know that somebody is in: the same made-up packet, with each way
 * of counting.
 *
 * A packet passes two sections of a queue's lock, one when it is sent and one when
 * it is completed, as in a network driver. Each thread has a queue of its own, and
 * all have the module in common:
 *
 *	packet     |lock, enqueue|   |lock, complete|
 *	atomic     get                              put		a reference a packet
 *	lock         ++                  --			under the queue's own lock
 *	connection get ... 64 packets ...           put
 *	register   get ... all packets ...          put
 *
 * "KIND THREADS" written to the parameter `run` measures; reading `result` gives the
 * lower quartile of many batches, in picoseconds a packet.
 */
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/sort.h>
#include <linux/spinlock.h>

#define MAX_THREADS 2
#define BATCHES     101 /* bench-refs knows both */
#define BATCH       20480
#define CONNECTION  64

/**
 * struct queue - what one thread sends packets through
 * @lock: protects what follows
 * @sent: packets
 * @completed: packets
 * @outstanding: packets counted under the lock
 */
struct queue {
	spinlock_t lock; /* protects what follows */
	unsigned long sent;
	unsigned long completed;
	unsigned long outstanding;
} ____cacheline_aligned_in_smp;

/**
 * struct bencher - one thread
 * @queue: its queue
 * @batch: picoseconds a packet, by batch
 * @run: sends a batch of packets
 * @done: completed at its end
 */
struct bencher {
	struct queue queue;
	u64 batch[BATCHES];
	void (*run)(struct queue *queue);
	struct completion done;
};

static struct bencher benchers[MAX_THREADS];
static u64 result;

static __always_inline void packet(struct queue *queue, bool count)
{
	spin_lock(&queue->lock);
	queue->sent++;
	if (count)
		queue->outstanding++;
	spin_unlock(&queue->lock);

	spin_lock(&queue->lock);
	queue->completed++;
	if (count)
		queue->outstanding--;
	spin_unlock(&queue->lock);
}

static void run_none(struct queue *queue)
{
	unsigned int i;

	for (i = 0; i < BATCH; i++)
		packet(queue, false);
}

static void run_atomic(struct queue *queue)
{
	unsigned int i;

	for (i = 0; i < BATCH; i++) {
		if (!try_module_get(THIS_MODULE))
			return;
		packet(queue, false);
		module_put(THIS_MODULE);
	}
}

static void run_lock(struct queue *queue)
{
	unsigned int i;

	for (i = 0; i < BATCH; i++)
		packet(queue, true);
}

static void run_connection(struct queue *queue)
{
	unsigned int i;

	for (i = 0; i < BATCH; i++) {
		if (i % CONNECTION == 0 && !try_module_get(THIS_MODULE))
			return;
		packet(queue, false);
		if (i % CONNECTION == CONNECTION - 1)
			module_put(THIS_MODULE);
	}
}

static void run_register(struct queue *queue)
{
	if (!try_module_get(THIS_MODULE))
		return;
	run_none(queue);
	module_put(THIS_MODULE);
}

/**
 * struct kind - one way of counting
 * @name: as written to `run`
 * @run: sends a batch of packets
 */
/* clang-format off */
static const struct kind {
	const char *name;
	void (*run)(struct queue *queue);
} kinds[] = {
	{ "none", run_none },
	{ "atomic", run_atomic },
	{ "lock", run_lock },
	{ "connection", run_connection },
	{ "register", run_register },
};

/* clang-format on */

static int bench_main(void *data)
{
	struct bencher *bencher = data;
	unsigned int i;
	u64 begin;

	for (i = 0; i < BATCHES; i++) {
		begin = ktime_get_ns();
		bencher->run(&bencher->queue);
		bencher->batch[i] = div_u64((ktime_get_ns() - begin) * 1000, BATCH);
		cond_resched();
	}
	complete(&bencher->done);
	return 0;
}

static int compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

/* The lower quartile: what interrupts a batch only ever adds to it. */
static u64 quartile(struct bencher *bencher)
{
	sort(bencher->batch, BATCHES, sizeof(u64), compare, NULL);
	return bencher->batch[BATCHES / 4];
}

static int start(struct bencher *bencher, const struct kind *kind, unsigned int cpu)
{
	struct task_struct *task;

	bencher->run = kind->run;
	init_completion(&bencher->done);
	task = kthread_create_on_cpu(bench_main, bencher, cpu, "ref_bench/%u");
	if (IS_ERR(task))
		return PTR_ERR(task);
	wake_up_process(task);
	return 0;
}

static int measure(const struct kind *kind, unsigned int threads)
{
	unsigned int i, started;
	u64 sum = 0;
	int ret = 0;

	for (started = 0; !ret && started < threads; started++)
		ret = start(&benchers[started], kind, started);
	if (ret)
		started--;
	for (i = 0; i < started; i++) {
		wait_for_completion(&benchers[i].done);
		sum += quartile(&benchers[i]);
	}
	if (!ret)
		result = div_u64(sum, threads);
	return ret;
}

static int run_set(const char *val, const struct kernel_param *kp)
{
	unsigned int i, threads;
	char name[16];

	if (sscanf(val, "%15s %u", name, &threads) != 2 || !threads || threads > MAX_THREADS ||
	    threads > num_online_cpus())
		return -EINVAL;
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!strcmp(kinds[i].name, name))
			return measure(&kinds[i], threads);
	}
	return -EINVAL;
}

static const struct kernel_param_ops run_ops = { .set = run_set };
module_param_cb(run, &run_ops, NULL, 0200);
MODULE_PARM_DESC(run, "KIND THREADS to measure");
module_param(result, ullong, 0444);
MODULE_PARM_DESC(result, "picoseconds a packet");

static int __init ref_bench_init(void)
{
	unsigned int i;

	for (i = 0; i < MAX_THREADS; i++)
		spin_lock_init(&benchers[i].queue.lock);
	return 0;
}

static void __exit ref_bench_exit(void)
{
}

module_init(ref_bench_init);
module_exit(ref_bench_exit);

MODULE_DESCRIPTION("Measures ways of counting who is in a module");
MODULE_LICENSE("GPL");
