// SPDX-License-Identifier: GPL-2.0
/*
 * See link.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vm/link.h"

const struct link link_closed = {
	.shm = MAP_FAILED,
	.file = -1,
	.want = -1,
	.go = -1,
	.guest_want = -1,
	.guest_go = -1,
};

static size_t shm_size(void)
{
	return sizeof(struct explore_shm) + LINK_TRACE * sizeof(struct explore_event);
}

/* Sockets, since writing to one whose reader has died can be had without a signal. */
static bool make_pair(int *host, int *guest)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		return false;
	*host = fds[0];
	*guest = fds[1];
	return true;
}

static bool make_shm(struct link *link)
{
	link->file = memfd_create("explore", MFD_CLOEXEC);
	if (link->file < 0 || ftruncate(link->file, shm_size()))
		return false;
	link->shm = mmap(NULL, shm_size(), PROT_READ | PROT_WRITE, MAP_SHARED, link->file, 0);
	if (link->shm == MAP_FAILED)
		return false;
	link->shm->magic = EXPLORE_MAGIC;
	link->shm->abi = EXPLORE_ABI;
	link->shm->nr_trace = LINK_TRACE;
	return true;
}

/**
 * link_open() - make the line for a guest that is about to be started
 * @link: filled in; to be given to link_close()
 *
 * Return: 0, or a negative errno, nothing then being left open.
 */
int link_open(struct link *link)
{
	int err;

	*link = link_closed;
	if (make_shm(link) && make_pair(&link->want, &link->guest_want) &&
	    make_pair(&link->go, &link->guest_go)) {
		fcntl(link->want, F_SETFL, O_NONBLOCK);
		return 0;
	}
	err = -errno;
	link_close(link);
	return err;
}

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/**
 * link_handed_over() - the guest has been started and has its ends
 * @link: the line
 */
void link_handed_over(struct link *link)
{
	close_end(&link->guest_want);
	close_end(&link->guest_go);
}

/**
 * link_wanted() - does the guest wait for a plan?
 * @link: the line
 *
 * Return: true until it is answered.
 */
bool link_wanted(struct link *link)
{
	char bytes[64];

	while (read(link->want, bytes, sizeof(bytes)) > 0)
		;
	return link->shm != MAP_FAILED && link->shm->request != link->answered;
}

/* A guest that has died since is noticed by the end of its console. */
static void answer(struct link *link)
{
	link->answered = link->shm->request;
	link->shm->plan.request = link->answered;
	send(link->go, "", 1, MSG_NOSIGNAL);
}

/**
 * link_release() - hand a plan to a guest that waits for one
 * @link: the line
 * @plan: the plan; copied as far as it is used
 */
void link_release(struct link *link, const struct explore_plan *plan)
{
	struct explore_plan *to = &link->shm->plan;

	memcpy(to, plan, offsetof(struct explore_plan, sites));
	memcpy(to->sites, plan->sites, plan->nr_sites * sizeof(*to->sites));
	memcpy(to->decisions, plan->decisions, plan->nr_decisions * sizeof(*to->decisions));
	answer(link);
}

/**
 * link_command() - answer a guest that waits for a plan with something else
 * @link: the line
 * @flags: EXPLORE_F_CHECKPOINT or EXPLORE_F_BACK; it will ask again
 */
void link_command(struct link *link, unsigned int flags)
{
	struct explore_plan *to = &link->shm->plan;

	to->flags = flags;
	answer(link);
}

/**
 * link_close() - let go of the line
 * @link: the line, or link_closed; the guest has ended, or will never be started
 */
void link_close(struct link *link)
{
	link_handed_over(link);
	if (link->shm != MAP_FAILED)
		munmap(link->shm, shm_size());
	link->shm = MAP_FAILED;
	close_end(&link->file);
	close_end(&link->want);
	close_end(&link->go);
}
