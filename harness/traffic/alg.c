// SPDX-License-Identifier: GPL-2.0
/*
 * A crypto algorithm, used through AF_ALG: an instance is made, given a key, and has some
 * data hashed, encrypted or drawn. What it says to that is its own affair: an operation is
 * good that got an instance.
 *
 *	worker     |bind, key|accept|send, recv|....... held .......|send, recv|close|
 *	remover                                    |delete_module()|
 */
#include <errno.h>
#include <linux/if_alg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kit.h"

#define PAYLOAD 64

/* What a section says, see the keys. */
struct alg_keys {
	char name[sizeof(((struct sockaddr_alg *)0)->salg_name)];
	char type[sizeof(((struct sockaddr_alg *)0)->salg_type)];
	enum traffic_hold hold;
};

static const struct traffic_key keys[] = {
	{ "name", TRAFFIC_STRING(struct alg_keys, name), .help = "of the algorithm or driver" },
	{ "interface", TRAFFIC_STRING(struct alg_keys, type), .def = "hash",
	  .help = "hash, skcipher, aead or rng" },
	{ "hold", TRAFFIC_HOLD(struct alg_keys, hold), .def = "no",
	  .help = "keep the instance across an unload, then use and release it" },
	{}
};

static int alg_setup(struct traffic *t)
{
	int ret = traffic_wakes();

	return ret ? traffic_fail(t, "sigaction", ret) : 0;
}

static int make_instance(struct traffic *t)
{
	static const size_t key_sizes[] = { 16, 32, 8 };
	const struct alg_keys *says = t->params;
	struct sockaddr_alg address = { .salg_family = AF_ALG };
	static const char key[32];
	size_t i;

	memcpy(address.salg_name, says->name, sizeof(address.salg_name));
	memcpy(address.salg_type, says->type, sizeof(address.salg_type));
	if (bind(t->fd, (struct sockaddr *)&address, sizeof(address)))
		return -errno;
	for (i = 0; i < sizeof(key_sizes) / sizeof(key_sizes[0]); i++) {
		if (!setsockopt(t->fd, SOL_ALG, ALG_SET_KEY, key, key_sizes[i]))
			break;
	}
	return 0;
}

static void use_instance(int fd)
{
	char data[PAYLOAD] = "modrace";

	if (fd < 0)
		return;
	send(fd, data, sizeof(data), MSG_NOSIGNAL);
	(void)!recv(fd, data, sizeof(data), 0);
}

static int alg_op(struct traffic *t)
{
	const struct alg_keys *says = t->params;
	int ret, fd;

	t->fd = socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (t->fd < 0)
		return traffic_fail(t, "socket", -errno);
	ret = make_instance(t);
	if (!ret) {
		fd = accept4(t->fd, NULL, NULL, SOCK_CLOEXEC);
		traffic_be_patient(true);
		use_instance(fd);
		if (says->hold) {
			traffic_be_patient(false);
			traffic_hold(t, says->hold);
			traffic_be_patient(true);
			use_instance(fd);
		}
		traffic_be_patient(false);
		if (fd >= 0)
			close(fd);
	}
	close(t->fd);
	return ret ? traffic_fail(t, "bind", ret) : 0;
}

const struct traffic_kind alg_traffic = {
	.name = "alg",
	.help = "a crypto algorithm, used through AF_ALG; no error counts with an instance",
	.keys = keys,
	.setup = alg_setup,
	.op = alg_op,
};
