// SPDX-License-Identifier: GPL-2.0
/* Its init asks for a firmware file, which nobody has. */
#include <linux/device.h>
#include <linux/firmware.h>
#include <linux/module.h>

static struct device *device;

static int __init wares_init(void)
{
	const struct firmware *image;
	int ret;

	device = root_device_register("wares");
	if (IS_ERR(device))
		return PTR_ERR(device);
	ret = request_firmware(&image, "acme/wares.bin", device);
	if (ret) {
		root_device_unregister(device);
		return ret;
	}
	release_firmware(image);
	return 0;
}

static void __exit wares_exit(void)
{
	root_device_unregister(device);
}

module_init(wares_init);
module_exit(wares_exit);
MODULE_FIRMWARE("acme/wares.bin");
MODULE_DESCRIPTION("a module that needs firmware");
MODULE_LICENSE("GPL");
