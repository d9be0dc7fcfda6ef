// SPDX-License-Identifier: GPL-2.0
/*
 * The table of the kinds of traffic: a new one has a row here, and is declared in kind.h.
 */
#include <string.h>

#include "kind.h"

const struct traffic_kind *const traffic_kinds[] = {
	&udp_traffic,     &chardev_traffic, &sysfs_traffic,    &procfs_traffic,  &bind_traffic,
	&netlink_traffic, &netdev_traffic,  &usbfs_traffic,    &kthread_traffic, &files_traffic,
	&link_traffic,    &inet_traffic,    &none_traffic,     &socket_traffic,  &mount_traffic,
	&netns_traffic,   &rtnl_traffic,    &configfs_traffic, &alg_traffic,     &ldisc_traffic,
	&module_traffic,
};

const size_t nr_traffic_kinds = sizeof(traffic_kinds) / sizeof(traffic_kinds[0]);

/**
 * traffic_kind_find() - look a kind of traffic up
 * @name: what `type =` says
 *
 * Return: the kind, or NULL if there is none of that name.
 */
const struct traffic_kind *traffic_kind_find(const char *name)
{
	size_t i;

	for (i = 0; i < nr_traffic_kinds; i++) {
		if (!strcmp(traffic_kinds[i]->name, name))
			return traffic_kinds[i];
	}
	return NULL;
}

/**
 * traffic_key_find() - look a key of a kind up
 * @kind: the kind
 * @name: of the key
 *
 * Return: part of @kind->keys, or NULL if @kind takes no such key.
 */
const struct traffic_key *traffic_key_find(const struct traffic_kind *kind, const char *name)
{
	const struct traffic_key *key;

	for (key = kind->keys; key->name; key++) {
		if (!strcmp(key->name, name))
			return key;
	}
	return NULL;
}
