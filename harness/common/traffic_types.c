// SPDX-License-Identifier: GPL-2.0
/*
 * The table of traffic kinds, and what both sides do with it.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "traffic_types.h"

const struct traffic_type traffic_types[] = {
	{
		.name = "udp",
		.help = "bursts of UDP datagrams over loopback",
		.keys = {
			{ "burst", TRAFFIC_KEY_NUMBER, "32", "datagrams an operation, 1 to 64" },
			{ "size", TRAFFIC_KEY_NUMBER, "64", "payload of a datagram, 1 to 1400" },
			{ "counter", TRAFFIC_KEY_STRING, "",
			  "file whose number must move for an operation to count" },
		},
	},
	{
		.name = "chardev",
		.help = "open, read, write, ioctl and mmap of a character device",
		.keys = {
			{ "path", TRAFFIC_KEY_STRING, NULL, "the device node" },
			{ "write", TRAFFIC_KEY_BOOL, "no", "write to it" },
			{ "ioctl", TRAFFIC_KEY_NUMBER, "0", "request number to try, 0 for none" },
			{ "mmap", TRAFFIC_KEY_BOOL, "no", "map a page of it" },
			{ "hold", TRAFFIC_KEY_BOOL, "no",
			  "keep the descriptor across an unload, then use and close it" },
			{ "forever", TRAFFIC_KEY_BOOL, "no",
			  "with hold: do not close it before the traffic is parked" },
		},
	},
	{
		.name = "files",
		.help = "any file, device node or all files below a directory; no error counts",
		.keys = {
			{ "path", TRAFFIC_KEY_STRING, NULL,
			  "the file or directory; or chrdev:NAME, a number of /proc/devices" },
			{ "write", TRAFFIC_KEY_BOOL, "no",
			  "write back what was read, or a 1" },
			{ "hold", TRAFFIC_KEY_BOOL, "no",
			  "keep it open and mapped across an unload, then use and close it" },
		},
	},
	{
		.name = "link",
		.help = "a network interface, taken up, used and taken down; no error counts",
		.keys = {
			{ "device", TRAFFIC_KEY_STRING, NULL, "the network interface" },
		},
	},
	{
		.name = "inet",
		.help = "a client of a server in the kernel, over loopback",
		.keys = {
			{ "protocol", TRAFFIC_KEY_STRING, "tcp", "tcp or udp" },
			{ "port", TRAFFIC_KEY_NUMBER, NULL, "the server's port" },
			{ "hold", TRAFFIC_KEY_BOOL, "no",
			  "keep the connection across an unload, then use and close it" },
		},
	},
	{
		.name = "sysfs",
		.help = "read and write of an attribute",
		.keys = {
			{ "path", TRAFFIC_KEY_STRING, NULL, "the attribute" },
			{ "write", TRAFFIC_KEY_STRING, "", "what to write, nothing if empty" },
			{ "repeat", TRAFFIC_KEY_NUMBER, "4", "accesses in one operation" },
			{ "hold", TRAFFIC_KEY_BOOL, "no",
			  "keep the file open across an unload, then use and close it" },
		},
	},
	{
		.name = "procfs",
		.help = "read and write of a file in /proc",
		.keys = {
			{ "path", TRAFFIC_KEY_STRING, NULL, "the file" },
			{ "write", TRAFFIC_KEY_STRING, "", "what to write, nothing if empty" },
			{ "repeat", TRAFFIC_KEY_NUMBER, "4", "accesses in one operation" },
			{ "size", TRAFFIC_KEY_NUMBER, "4096", "bytes a read, at most 4096" },
			{ "hold", TRAFFIC_KEY_BOOL, "no",
			  "keep the file open across an unload, a part of it read, then read on" },
		},
	},
	{
		.name = "bind",
		.help = "unbind and bind of a device through its driver's files in sysfs",
		.keys = {
			{ "driver", TRAFFIC_KEY_STRING, NULL, "the driver's directory" },
			{ "device", TRAFFIC_KEY_STRING, NULL, "the device's name on its bus" },
		},
	},
	{
		.name = "netlink",
		.help = "requests to a generic netlink family",
		.keys = {
			{ "family", TRAFFIC_KEY_STRING, NULL, "the family's name" },
			{ "command", TRAFFIC_KEY_NUMBER, "1", "the command to send" },
			{ "burst", TRAFFIC_KEY_NUMBER, "8", "requests an operation, 1 to 32" },
			{ "dump", TRAFFIC_KEY_BOOL, "no",
			  "one request for a dump instead, read part by part" },
			{ "hold", TRAFFIC_KEY_BOOL, "no",
			  "with dump: read the first part before an unload, the rest across it" },
		},
	},
	{
		.name = "netdev",
		.help = "UDP broadcasts through one network device",
		.keys = {
			{ "device", TRAFFIC_KEY_STRING, NULL, "the network device" },
			{ "burst", TRAFFIC_KEY_NUMBER, "16", "datagrams an operation, 1 to 64" },
			{ "counter", TRAFFIC_KEY_STRING, NULL,
			  "file whose number must move for an operation to count" },
		},
	},
	{
		.name = "usbfs",
		.help = "requests and transfers to a USB device through usbfs",
		.keys = {
			{ "path", TRAFFIC_KEY_STRING, NULL, "the device node" },
			{ "bulk", TRAFFIC_KEY_BOOL, "no",
			  "transfers through the first interface, not requests" },
			{ "hold", TRAFFIC_KEY_BOOL, "no",
			  "with bulk: keep it, transfers in flight, across an unload" },
		},
	},
	{
		.name = "kthread",
		.help = "UDP over loopback sent by the helper module traffic_kthread",
		.keys = {
			{ "run_us", TRAFFIC_KEY_NUMBER, "500", "length of one operation" },
			{ "counter", TRAFFIC_KEY_STRING,
			  "/sys/module/traffic_kthread/parameters/ops",
			  "file whose number must move for an operation to count" },
		},
	},
};

const size_t nr_traffic_types = sizeof(traffic_types) / sizeof(traffic_types[0]);

/**
 * traffic_type_find() - look a kind of traffic up
 * @name: what `type =` says
 *
 * Return: the kind, or NULL if there is none of that name.
 */
const struct traffic_type *traffic_type_find(const char *name)
{
	size_t i;

	for (i = 0; i < nr_traffic_types; i++) {
		if (!strcmp(traffic_types[i].name, name))
			return &traffic_types[i];
	}
	return NULL;
}

/**
 * traffic_key_index() - look a key of a kind up
 * @type: the kind
 * @key: name of the key
 *
 * Return: its position in @type->keys, or -1 if @type takes no such key.
 */
int traffic_key_index(const struct traffic_type *type, const char *key)
{
	int i;

	for (i = 0; type->keys[i].name; i++) {
		if (!strcmp(type->keys[i].name, key))
			return i;
	}
	return -1;
}

static bool valid_number(const char *value)
{
	char *end;

	if (!isdigit((unsigned char)*value))
		return false;
	strtol(value, &end, 0);
	return !*end;
}

/**
 * traffic_value_valid() - check a value given for a key
 * @key: the key
 * @value: text from the scenario file
 */
bool traffic_value_valid(const struct traffic_key *key, const char *value)
{
	switch (key->kind) {
	case TRAFFIC_KEY_STRING:
		return *value;
	case TRAFFIC_KEY_NUMBER:
		return valid_number(value);
	case TRAFFIC_KEY_BOOL:
		return !strcmp(value, "yes") || !strcmp(value, "no");
	}
	return false;
}
