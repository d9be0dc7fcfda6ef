// SPDX-License-Identifier: GPL-2.0
/*
 * The calls described in explore.h. Every process that takes part opens the
 * device for itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/modrace_explore.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "channel.h"
#include "explore.h"

#define EXPLORE_DEVICE "/dev/modrace_explore"

static int explore_fd = -1;

/**
 * explore_traffic_role() - the role of a worker
 * @worker: its number in the scenario, from 0
 */
unsigned int explore_traffic_role(unsigned int worker)
{
	return EXPLORE_ROLE_TRAFFIC + worker % EXPLORE_NR_TRAFFIC;
}

/**
 * explore_open() - open the device, to call explore_run() later
 */
void explore_open(void)
{
	explore_fd = open(EXPLORE_DEVICE, O_RDWR | O_CLOEXEC);
	guest_check(explore_fd, "open of " EXPLORE_DEVICE);
}

/**
 * explore_join() - take a role
 * @role: enum explore_role; one of traffic, or one that has a part in the removal
 */
void explore_join(unsigned int role)
{
	explore_open();
	guest_check(ioctl(explore_fd, EXPLORE_JOIN, role), "EXPLORE_JOIN");
}

/**
 * explore_next() - wait at the gate for the next cycle
 *
 * Return: false if there will be none.
 */
bool explore_next(void)
{
	int ret;

	do
		ret = ioctl(explore_fd, EXPLORE_NEXT);
	while (ret && errno == EINTR);
	if (ret && errno != ESHUTDOWN)
		guest_check(ret, "EXPLORE_NEXT");
	return !ret;
}

/**
 * explore_run() - run one cycle, all roles waiting at the gate
 *
 * Return: 0; -ESHUTDOWN if the host wants no more; -ETIMEDOUT if a role did not
 * come back to the gate within the virtual time that the plan allows.
 */
int explore_run(void)
{
	return ioctl(explore_fd, EXPLORE_RUN) ? -errno : 0;
}

/**
 * explore_moved() - how often a module has come to lie elsewhere than the time before
 */
unsigned int explore_moved(void)
{
	int moved = ioctl(explore_fd, EXPLORE_MOVED);

	guest_check(moved, "EXPLORE_MOVED");
	return moved;
}
