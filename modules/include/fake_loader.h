/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What fake_loader offers to device drivers.
 */
#ifndef MODRACE_FAKE_LOADER_H
#define MODRACE_FAKE_LOADER_H

struct device;
struct platform_device;

int fake_loader_request(struct device *dev);
void fake_loader_unregister_wait(struct platform_device *pdev);

#endif /* MODRACE_FAKE_LOADER_H */
