// SPDX-License-Identifier: GPL-2.0
/*
 * The sweep described in sweep.h.
 */
#include <string.h>

#include "channel.h"
#include "sweep.h"
#include "traffic.h"
#include "util.h"

/*
 * How long to wait for the lead worker to begin an operation, in lengths of its
 * last one: it may itself be waiting for something. No wait is longer than
 * MAX_TICKS, about a millisecond.
 */
#define PATIENCE  4
#define MAX_TICKS 3000000u

static void shuffle(struct sweep *sweep)
{
	unsigned int i, j;
	unsigned char swap;

	for (i = WIRE_BUCKETS - 1; i > 0; i--) {
		j = next_random(&sweep->seed) % (i + 1);
		swap = sweep->order[i];
		sweep->order[i] = sweep->order[j];
		sweep->order[j] = swap;
	}
}

/**
 * sweep_init() - start a sweep
 * @sweep: filled in
 * @seed: decides the order
 */
void sweep_init(struct sweep *sweep, uint64_t seed)
{
	unsigned int i;

	memset(sweep, 0, sizeof(*sweep));
	sweep->seed = seed;
	for (i = 0; i < WIRE_BUCKETS; i++)
		sweep->order[i] = i;
	shuffle(sweep);
}

/* Where in an operation the next unload is to fall, in 1/65536 of its length. */
static uint64_t next_fraction(struct sweep *sweep)
{
	uint64_t part, offset;

	if (sweep->next == WIRE_BUCKETS) {
		sweep->next = 0;
		shuffle(sweep);
	}
	part = sweep->order[sweep->next++];
	offset = next_random(&sweep->seed) % (65536 / WIRE_BUCKETS);
	return part * (65536 / WIRE_BUCKETS) + offset;
}

static void wait_for_start(const struct traffic_slot *lead, uint64_t length)
{
	uint64_t begun = lead->op_start;
	uint64_t deadline = ticks_now() + PATIENCE * length;

	while (lead->op_start == begun && !lead->held && ticks_now() < deadline)
		_mm_pause();
}

/**
 * sweep_wait() - wait for the moment of the next unload
 * @sweep: the sweep
 */
void sweep_wait(struct sweep *sweep)
{
	const struct traffic_slot *lead = traffic_lead(next_random(&sweep->seed));
	uint64_t fraction = next_fraction(sweep);
	uint64_t length = lead->op_ticks;
	uint64_t target, bucket;

	if (!length)
		return;
	if (length > MAX_TICKS / PATIENCE)
		length = MAX_TICKS / PATIENCE;

	wait_for_start(lead, length);
	target = lead->op_start + fraction * length / 65536;
	while (ticks_now() < target)
		_mm_pause();

	bucket = (ticks_now() - lead->op_start) * WIRE_BUCKETS / length;
	if (bucket < WIRE_BUCKETS)
		sweep->hit[bucket]++;
}

/**
 * sweep_send() - send the histogram to the host
 * @sweep: the sweep
 */
void sweep_send(const struct sweep *sweep)
{
	struct wire_record r = { .kind = WIRE_SWEEP };

	memcpy(r.bucket, sweep->hit, sizeof(r.bucket));
	channel_send(&r);
}
