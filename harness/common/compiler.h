/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the compiler is told about functions, by the kernel's names for it
 * (include/linux/compiler_attributes.h).
 */
#ifndef MODRACE_COMPILER_H
#define MODRACE_COMPILER_H

#define __printf(fmt, args) __attribute__((format(printf, fmt, args)))
#define __noreturn          __attribute__((noreturn))

#endif /* MODRACE_COMPILER_H */
