/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the compiler is told or asked, by the kernel's names for it
 * (include/linux/compiler_attributes.h, array_size.h).
 */
#ifndef MODRACE_COMPILER_H
#define MODRACE_COMPILER_H

#define __printf(fmt, args) __attribute__((format(printf, fmt, args)))
#define __noreturn          __attribute__((noreturn))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif /* MODRACE_COMPILER_H */
