/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The initramfs a guest boots, made with the kernel's own gen_init_cpio.
 */
#ifndef MODRACE_INITRAMFS_H
#define MODRACE_INITRAMFS_H

#include "scenario.h"

int initramfs_make(const struct scenario *s, const char *kernel, const char *init,
		   char *const *module_dirs);

#endif /* MODRACE_INITRAMFS_H */
