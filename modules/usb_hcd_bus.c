// SPDX-License-Identifier: GPL-2.0
/*
 * A host controller driver whose bus outlives it.
 *
 * The driver registers a bus with a core; the core's bus device is released by
 * a callback in the driver's text. User space holds the bus device, through a
 * descriptor of the core's, and with it nothing of the driver:
 *
 *	user space    |open-------------------------close|
 *	broken exit         |unregister|                 |release(): freed text|
 *	rmmod                           |free module|
 *
 *	user space    |open-------------------------close|
 *	fixed exit          |unregister------------------|release()|
 *	rmmod                                                       |free module|
 *
 * This is the panic that made Alan Stern propose device_unregister_wait() in
 * January 2004. The fixed exit waits for as long as user space pleases; better
 * cannot be done from within a module's exit function.
 *
 * With device_unregister_wait() the wait has a limit and can be killed, and if it
 * fails the text stays until it is not needed any more. In two steps nobody waits:
 * the registered bus has one reference to the module, which release() drops:
 *
 *	user space    |open-------------------------close|
 *	unreg               |unregister|                 |release(), put|
 *	work item                                                       |exit, free|
 *
 * Lockout:	exit, who has the bus open: by waiting for its release
 * Breaks:	reference: one to the bus is one to its release function, of which no owner knows
 * Origin:	Alan Stern's mail of January 2004: the panic of a USB host controller driver
 */
#include <linux/jhash.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "fake_bus.h"
#include "hits.h"
#include "parts.h"

static bool broken;
module_param(broken, bool, 0444);
MODULE_PARM_DESC(broken, "return from exit without waiting for the bus to be released");

static unsigned int limit_ms;
module_param(limit_ms, uint, 0444);
MODULE_PARM_DESC(limit_ms, "wait with device_unregister_wait(), at most so long");

/**
 * struct hcd - the controller
 * @bus: its bus, known to the core
 * @frame: number of the current frame; every transfer takes one
 * @checksum: of the last transfer, in the place of putting it on a wire
 */
struct hcd {
	struct fake_bus bus;
	atomic_t frame;
	u32 checksum;
};

static struct hcd *hcd;

static struct hcd *bus_to_hcd(struct fake_bus *bus)
{
	return container_of(bus, struct hcd, bus);
}

static u32 hcd_frame_number(struct fake_bus *bus)
{
	hit();
	return atomic_read(&bus_to_hcd(bus)->frame);
}

static int hcd_submit(struct fake_bus *bus, const void *data, size_t len)
{
	struct hcd *this = bus_to_hcd(bus);

	hit();
	WRITE_ONCE(this->checksum, jhash(data, len, 0));
	atomic_inc(&this->frame);
	return 0;
}

static void hcd_release(struct fake_bus *bus)
{
	kfree(bus_to_hcd(bus));
	two_steps_put();
}

static const struct fake_hcd_ops hcd_ops = {
	.frame_number = hcd_frame_number,
	.submit = hcd_submit,
};

static int bus_start(void)
{
	hcd = kzalloc_obj(*hcd);
	if (!hcd)
		return -ENOMEM;

	hcd->bus.ops = &hcd_ops;
	hcd->bus.release = hcd_release;
	two_steps_get();
	return fake_bus_register(&hcd->bus);
}

/* After a wait that fails the module core keeps the text until the release. */
static void unregister_bus_limited(void)
{
#ifdef device_unregister_wait
	fake_bus_disconnect(&hcd->bus);
	device_unregister_wait(&hcd->bus.dev, msecs_to_jiffies(limit_ms));
#endif
}

/*
 * A user's reference to the bus is one to hcd_release() as well, but no owner
 * of the driver's text knows of it. The broken exit lets the text go with such
 * references left; the fixed one waits until there are none.
 */
static void bus_close(void)
{
	if (TWO_STEPS || broken)
		fake_bus_unregister(&hcd->bus);
	else if (limit_ms)
		unregister_bus_limited();
	else
		fake_bus_unregister_wait(&hcd->bus);
}

static const struct part parts[] = {
	{ "bus", .start = bus_start, .close = bus_close },
	{}
};

module_parts(parts);

MODULE_DESCRIPTION("Stress module: host controller driver whose bus is released late");
MODULE_LICENSE("GPL");
