/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one ioctl every character device of the stress modules answers. Its
 * number, 0x80046d01, is what `ioctl =` in a [traffic] section of type chardev
 * says.
 */
#ifndef MODRACE_STRESS_IOCTL_H
#define MODRACE_STRESS_IOCTL_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define STRESS_IOC_COUNT _IOR('m', 1, __u32)

#endif /* MODRACE_STRESS_IOCTL_H */
