// SPDX-License-Identifier: GPL-2.0
/*
 * A network interface from outside: it is taken up, given an address, sent packets
 * through, asked for its settings, given others, and now and then taken down again. The
 * module need not count anything: an operation is good that found the interface.
 *
 *	worker     |up, address|questions|settings|send x burst|  ...  |down|
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "compiler.h"
#include "kit.h"

#define BURST      8
#define FRAME_SIZE 64

/* So many operations with the interface up come before one that takes it down. */
#define UP_OPS 16

/* One for local experiments (linux/if_ether.h: ETH_P_802_EX1). */
#define PROTOCOL 0x88b5

/* What a section says, see the keys. */
struct link_keys {
	char device[IFNAMSIZ];
};

static const struct traffic_key keys[] = {
	{ "device", TRAFFIC_STRING(struct link_keys, device), .help = "the network interface" }, {}
};

static int request(struct traffic *t, unsigned long number, struct ifreq *ifr)
{
	const struct link_keys *says = t->params;

	snprintf(ifr->ifr_name, sizeof(ifr->ifr_name), "%s", says->device);
	return ioctl(t->fd, number, ifr) ? -errno : 0;
}

static int set_flag(struct traffic *t, short flag, bool on)
{
	struct ifreq ifr = { 0 };
	int ret = request(t, SIOCGIFFLAGS, &ifr);

	if (ret)
		return ret;
	ifr.ifr_flags = on ? ifr.ifr_flags | flag : ifr.ifr_flags & ~flag;
	return request(t, SIOCSIFFLAGS, &ifr);
}

static void set_address(struct traffic *t)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x0a2a0001), /* 10.42.0.1 */
	};
	struct ifreq ifr = { 0 };

	memcpy(&ifr.ifr_addr, &address, sizeof(address));
	request(t, SIOCSIFADDR, &ifr);
}

/* What comes of these is the module's affair. */
static void ask(struct traffic *t)
{
	static const unsigned long numbers[] = { SIOCGIFMTU, SIOCGIFHWADDR, SIOCGIFINDEX };
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	struct ethtool_value link = { .cmd = ETHTOOL_GLINK };
	struct ifreq ifr = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		request(t, numbers[i], &ifr);
	ifr.ifr_data = (char *)&info;
	request(t, SIOCETHTOOL, &ifr);
	ifr.ifr_data = (char *)&link;
	request(t, SIOCETHTOOL, &ifr);
}

/* A neighbour by ARP, and the multicast address of all hosts, come and go. */
static void set_addresses(struct traffic *t, bool on)
{
	const struct link_keys *says = t->params;
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x0a2a0002), /* 10.42.0.2 */
	};
	struct arpreq arp = { .arp_flags = ATF_COM,
			      .arp_ha = { ARPHRD_ETHER, { 2, 0, 0, 0, 0, 2 } } };
	struct ifreq ifr = { .ifr_hwaddr = { AF_UNSPEC, { 1, 0, 0x5e, 0, 0, 1 } } };

	memcpy(&arp.arp_pa, &address, sizeof(address));
	snprintf(arp.arp_dev, sizeof(arp.arp_dev), "%s", says->device);
	ioctl(t->fd, on ? SIOCSARP : SIOCDARP, &arp);
	request(t, on ? SIOCADDMULTI : SIOCDELMULTI, &ifr);
}

/* It is given other settings and gets its own back. */
static void change(struct traffic *t)
{
	bool on = traffic_turn(t) % 2;
	struct ifreq ifr = { 0 };

	set_flag(t, IFF_PROMISC, on);
	set_addresses(t, on);
	if (!request(t, SIOCGIFMTU, &ifr)) {
		ifr.ifr_mtu -= on;
		request(t, SIOCSIFMTU, &ifr);
		ifr.ifr_mtu += on;
		request(t, SIOCSIFMTU, &ifr);
	}
}

/* Broadcasts by UDP, which any interface with an address takes. */
static void send_burst(struct traffic *t)
{
	const struct link_keys *says = t->params;
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(9),
		.sin_addr.s_addr = htonl(INADDR_BROADCAST),
	};
	char frame[FRAME_SIZE] = { 0 };
	int one = 1, i;

	if (setsockopt(t->fd, SOL_SOCKET, SO_BINDTODEVICE, says->device,
		       strlen(says->device) + 1) ||
	    setsockopt(t->fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one)))
		return;
	for (i = 0; i < BURST; i++)
		sendto(t->fd, frame, sizeof(frame), MSG_DONTWAIT, (struct sockaddr *)&to,
		       sizeof(to));
}

static int link_op(struct traffic *t)
{
	int ret;

	t->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (t->fd < 0)
		return traffic_fail(t, "socket", -errno);
	ret = set_flag(t, IFF_UP, true);
	if (ret != -ENODEV) {
		ret = 0;
		set_address(t);
		ask(t);
		change(t);
		send_burst(t);
		if (t->slot->started % UP_OPS == 0)
			set_flag(t, IFF_UP, false);
	}
	close(t->fd);
	return ret;
}

const struct traffic_kind link_traffic = {
	.name = "link",
	.help = "a network interface, taken up, used and taken down; no error counts",
	.keys = keys,
	.op = link_op,
};
