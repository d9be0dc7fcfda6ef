// SPDX-License-Identifier: GPL-2.0
/*
 * A host controller driver below the kernel's USB core, with one device attached.
 *
 * Controller and device are made up: the root hub has one port, and what is
 * plugged in there answers what enumeration asks, and has a bulk endpoint in each
 * direction. Transfers are completed by a timer, in the place of an interrupt.
 * User space has the device open through usbfs, with transfers in flight:
 *
 *	user space   |open|submit|                 |reap: -ENODEV|close|
 *	timer               ^ ^ ^ ^
 *	exit                      |usb_remove_hcd()|release|
 *
 * The controller's device is released by module text. Exit waits for that with
 * platform_device_unregister_wait(); in two steps nobody waits, the registered
 * device has a reference to the module, which its release drops.
 *
 * The broken driver leaves its timer armed when the core has taken the last
 * transfer back: a pending timer is a reference to its function of which no owner
 * knows.
 *
 * Lockout:	exit, the timer that completes transfers: by timer_shutdown_sync()
 * Breaks:	reference: a pending timer is one to its function, of which no owner knows
 * Origin:	Alan Stern's mail of January 2004, and CVE-2022-3565 for the timer
 * Survives:	driver unstopped of usb_stress_hcd: it takes a task in a few instructions of
 *		hcd_enqueue()
 * Survives:	driver early of usb_stress_hcd: the same, the wait comes too soon
 * Survives:	driver unstopped of usb_stress_hcd_lifecycle: the module core waits instead
 * Survives:	driver early of usb_stress_hcd_lifecycle: the module core waits instead
 */
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/usb.h>
#include <linux/usb/ch11.h>
#include <linux/usb/hcd.h>

#include "hits.h"
#include "parts.h"

static bool broken;
module_param(broken, bool, 0444);
MODULE_PARM_DESC(broken, "leave the transfer timer armed at exit");

static unsigned int limit_ms;
module_param(limit_ms, uint, 0444);
MODULE_PARM_DESC(limit_ms, "wait with platform_device_unregister_wait(), at most so long");

#define NAME	    "stress_hcd"
#define BULK_PACKET 512
#define CHANGES	    (USB_PORT_STAT_C_CONNECTION | USB_PORT_STAT_C_RESET | USB_PORT_STAT_C_ENABLE)

/**
 * struct transfer - a transfer the controller has been given
 * @node: in controller.transfers
 * @urb: the transfer
 */
struct transfer {
	struct list_head node;
	struct urb *urb;
};

/**
 * struct controller - the hardware
 * @pdev: as the driver core knows it
 * @lock: protects what follows
 * @port: status of the port, changes in the upper half
 * @transfers: not completed yet
 * @timer: completes them
 */
struct controller {
	struct platform_device pdev;
	spinlock_t lock; /* protects what follows */
	u32 port;
	struct list_head transfers;
	struct timer_list timer;
};

static struct controller controller;
static struct usb_hcd *hcd;

static const struct usb_device_descriptor device_desc = {
	.bLength = USB_DT_DEVICE_SIZE,
	.bDescriptorType = USB_DT_DEVICE,
	.bcdUSB = cpu_to_le16(0x0200),
	.bDeviceClass = USB_CLASS_VENDOR_SPEC,
	.bMaxPacketSize0 = 64,
	.idVendor = cpu_to_le16(0x1d6b),
	.idProduct = cpu_to_le16(0x0105),
	.bNumConfigurations = 1,
};

/* Configuration, interface, bulk in, bulk out. */
static const u8 config_desc[] = {
	9, USB_DT_CONFIG, 32, 0, 1, 1, 0, USB_CONFIG_ATT_ONE, 50,
	9, USB_DT_INTERFACE, 0, 0, 2, USB_CLASS_VENDOR_SPEC, 0, 0, 0,
	7, USB_DT_ENDPOINT, USB_DIR_IN | 1, USB_ENDPOINT_XFER_BULK, 0, BULK_PACKET >> 8, 0,
	7, USB_DT_ENDPOINT, USB_DIR_OUT | 1, USB_ENDPOINT_XFER_BULK, 0, BULK_PACKET >> 8, 0,
};

static int answer(struct urb *urb, const void *data, u32 len)
{
	urb->actual_length = min(len, urb->transfer_buffer_length);
	memcpy(urb->transfer_buffer, data, urb->actual_length);
	return 0;
}

/* What the device does for a request to its endpoint 0; returns the URB's status. */
static int do_control(struct urb *urb)
{
	const struct usb_ctrlrequest *setup = (void *)urb->setup_packet;
	static const u8 status[2];

	switch (setup->bRequest) {
	case USB_REQ_GET_DESCRIPTOR:
		switch (le16_to_cpu(setup->wValue) >> 8) {
		case USB_DT_DEVICE:
			return answer(urb, &device_desc, sizeof(device_desc));
		case USB_DT_CONFIG:
			return answer(urb, config_desc, sizeof(config_desc));
		}
		return -EPIPE;
	case USB_REQ_GET_STATUS:
		hit();
		return answer(urb, status, sizeof(status));
	case USB_REQ_SET_ADDRESS:
	case USB_REQ_SET_CONFIGURATION:
	case USB_REQ_SET_INTERFACE:
	case USB_REQ_CLEAR_FEATURE:
		return 0;
	}
	return -EPIPE;
}

static int do_bulk(struct urb *urb)
{
	hit();
	urb->actual_length = urb->transfer_buffer_length;
	if (usb_urb_dir_in(urb))
		memset(urb->transfer_buffer, 'm', urb->actual_length);
	return 0;
}

/* Called with the lock held, which giving back drops for a while. */
static void complete_one(struct transfer *transfer)
{
	struct urb *urb = transfer->urb;
	int status = 0;

	list_del(&transfer->node);
	kfree(transfer);
	if (!urb->unlinked)
		status = usb_pipecontrol(urb->pipe) ? do_control(urb) : do_bulk(urb);
	usb_hcd_unlink_urb_from_ep(hcd, urb);
	spin_unlock(&controller.lock);
	usb_hcd_giveback_urb(hcd, urb, urb->unlinked ?: status);
	spin_lock(&controller.lock);
}

static void complete_transfers(struct timer_list *timer)
{
	struct transfer *transfer;
	unsigned long flags;

	spin_lock_irqsave(&controller.lock, flags);
	while ((transfer = list_first_entry_or_null(&controller.transfers, struct transfer, node)))
		complete_one(transfer);
	spin_unlock_irqrestore(&controller.lock, flags);
}

static int hcd_start(struct usb_hcd *this)
{
	this->state = HC_STATE_RUNNING;
	this->uses_new_polling = 1;
	this->power_budget = 500;
	return 0;
}

static void hcd_stop(struct usb_hcd *this)
{
	if (!broken)
		timer_shutdown_sync(&controller.timer);
	else
		mod_timer(&controller.timer, jiffies + 2);
}

static int hcd_frame_number(struct usb_hcd *this)
{
	return jiffies_to_msecs(jiffies) & 0x7ff;
}

/*
 * The core takes back what has been submitted, but does not wait for who is about
 * to submit. Nobody sleeps in here, so that exit can with synchronize_rcu_tasks().
 */
static int hcd_enqueue(struct usb_hcd *this, struct urb *urb, gfp_t gfp)
{
	struct transfer *transfer = kmalloc_obj(*transfer, GFP_ATOMIC);
	unsigned long flags;
	int ret;

	if (!transfer)
		return -ENOMEM;

	transfer->urb = urb;
	spin_lock_irqsave(&controller.lock, flags);
	ret = usb_hcd_link_urb_to_ep(this, urb);
	if (!ret) {
		list_add_tail(&transfer->node, &controller.transfers);
		mod_timer(&controller.timer, jiffies + 1);
	}
	spin_unlock_irqrestore(&controller.lock, flags);
	if (ret)
		kfree(transfer);
	return ret;
}

/* The timer, which is armed, gives it back. */
static int hcd_dequeue(struct usb_hcd *this, struct urb *urb, int status)
{
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&controller.lock, flags);
	ret = usb_hcd_check_unlink_urb(this, urb, status);
	spin_unlock_irqrestore(&controller.lock, flags);
	return ret;
}

static int hub_status_data(struct usb_hcd *this, char *buf)
{
	*buf = controller.port >> 16 & CHANGES ? BIT(1) : 0;
	return !!*buf;
}

static void describe_hub(struct usb_hub_descriptor *desc)
{
	memset(desc, 0, sizeof(*desc));
	desc->bDescriptorType = USB_DT_HUB;
	desc->bDescLength = 9;
	desc->wHubCharacteristics = cpu_to_le16(HUB_CHAR_INDV_PORT_LPSM | HUB_CHAR_COMMON_OCPM);
	desc->bNbrPorts = 1;
	desc->u.hs.DeviceRemovable[0] = 0xff;
	desc->u.hs.DeviceRemovable[1] = 0xff;
}

static void set_port_feature(u16 feature)
{
	switch (feature) {
	case USB_PORT_FEAT_POWER:
		controller.port |= USB_PORT_STAT_POWER | USB_PORT_STAT_CONNECTION |
				   USB_PORT_STAT_C_CONNECTION << 16;
		break;
	case USB_PORT_FEAT_RESET:
		controller.port |= USB_PORT_STAT_ENABLE | USB_PORT_STAT_HIGH_SPEED |
				   USB_PORT_STAT_C_RESET << 16;
		break;
	}
}

static int hub_control(struct usb_hcd *this, u16 request, u16 value, u16 index, char *buf,
		       u16 length)
{
	unsigned long flags;
	int ret = 0;

	spin_lock_irqsave(&controller.lock, flags);
	switch (request) {
	case GetHubDescriptor:
		describe_hub((struct usb_hub_descriptor *)buf);
		break;
	case GetHubStatus:
		*(__le32 *)buf = 0;
		break;
	case GetPortStatus:
		*(__le32 *)buf = cpu_to_le32(controller.port);
		break;
	case SetPortFeature:
		set_port_feature(value);
		break;
	case ClearPortFeature:
		controller.port &= ~BIT(value);
		break;
	case SetHubFeature:
	case ClearHubFeature:
		break;
	default:
		ret = -EPIPE;
	}
	spin_unlock_irqrestore(&controller.lock, flags);
	if (controller.port >> 16 & CHANGES)
		usb_hcd_poll_rh_status(this);
	return ret;
}

static const struct hc_driver hcd_driver = {
	.description = NAME,
	.product_desc = "modrace host controller",
	.flags = HCD_USB2,
	.start = hcd_start,
	.stop = hcd_stop,
	.get_frame_number = hcd_frame_number,
	.urb_enqueue = hcd_enqueue,
	.urb_dequeue = hcd_dequeue,
	.hub_status_data = hub_status_data,
	.hub_control = hub_control,
};

static int controller_probe(struct platform_device *pdev)
{
	int ret;

	hcd = usb_create_hcd(&hcd_driver, &pdev->dev, NAME);
	if (!hcd)
		return -ENOMEM;

	ret = usb_add_hcd(hcd, 0, 0);
	if (ret)
		usb_put_hcd(hcd);
	return ret;
}

/* A descriptor of usbfs holds the USB device, and that the hcd, which the core frees. */
static void controller_remove(struct platform_device *pdev)
{
	usb_remove_hcd(hcd);
	usb_put_hcd(hcd);
}

static struct platform_driver controller_driver = {
	.probe = controller_probe,
	.remove = controller_remove,
	.driver = {
		.name = NAME,
	},
};

static void controller_release(struct device *dev)
{
	two_steps_put();
}

static int controller_start(void)
{
	int ret;

	controller.pdev.name = NAME;
	controller.pdev.id = PLATFORM_DEVID_NONE;
	controller.pdev.dev.release = controller_release;
	two_steps_get();
	ret = platform_device_register(&controller.pdev);
	if (ret)
		platform_device_put(&controller.pdev);
	return ret;
}

static void controller_close(void)
{
#ifdef platform_device_unregister_wait
	if (!TWO_STEPS && limit_ms) {
		platform_device_unregister_wait(&controller.pdev, msecs_to_jiffies(limit_ms));
		return;
	}
#endif
	platform_device_unregister(&controller.pdev);
}

static int driver_start(void)
{
	spin_lock_init(&controller.lock);
	INIT_LIST_HEAD(&controller.transfers);
	timer_setup(&controller.timer, complete_transfers, 0);
	return platform_driver_register(&controller_driver);
}

static void driver_close(void)
{
	platform_driver_unregister(&controller_driver);
}

static void driver_stop(void)
{
	if (!TWO_STEPS && !broken)
		synchronize_rcu_tasks();
}

static const struct part parts[] = {
	{ "driver", .start = driver_start, .close = driver_close, .stop = driver_stop },
	{ "controller", .start = controller_start, .close = controller_close },
	{}
};

module_parts(parts);

MODULE_DESCRIPTION("Stress module: USB host controller with an emulated device");
MODULE_LICENSE("GPL");
