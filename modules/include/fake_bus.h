/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What fake_bus, the bus core, offers to host controller drivers.
 */
#ifndef MODRACE_FAKE_BUS_H
#define MODRACE_FAKE_BUS_H

#include <linux/completion.h>
#include <linux/container_of.h>
#include <linux/device.h>
#include <linux/rwsem.h>
#include <linux/types.h>

struct fake_bus;

/**
 * struct fake_hcd_ops - what the core asks of a host controller driver
 * @frame_number: the frame the controller is in
 * @submit: carry out a transfer of @len bytes; returns 0 or a negative errno
 *
 * Called only between fake_bus_register() and the return of
 * fake_bus_unregister(), never after.
 */
struct fake_hcd_ops {
	u32 (*frame_number)(struct fake_bus *bus);
	int (*submit)(struct fake_bus *bus, const void *data, size_t len);
};

/**
 * struct fake_bus - one bus, embedded in its driver's own structure
 * @ops: the driver's operations
 * @release: the driver's; called when the last reference to the bus device is
 *	put, frees the bus. Driver text, and the core does not pin the driver.
 * @dev: the bus device
 * @gate: held for reading around each use of @ops
 * @gone: @ops must not be used any more; written under @gate
 * @released: whom to tell that @release has returned, or NULL
 *
 * The driver sets @ops and @release, the rest is the core's.
 */
struct fake_bus {
	const struct fake_hcd_ops *ops;
	void (*release)(struct fake_bus *bus);
	struct device dev;
	struct rw_semaphore gate;
	bool gone;
	struct completion *released;
};

int fake_bus_register(struct fake_bus *bus);
void fake_bus_disconnect(struct fake_bus *bus);
void fake_bus_unregister(struct fake_bus *bus);
void fake_bus_unregister_wait(struct fake_bus *bus);

#endif /* MODRACE_FAKE_BUS_H */
