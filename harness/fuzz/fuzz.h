/* SPDX-License-Identifier: GPL-2.0 */
/*
 * libFuzzer's entry point (https://llvm.org/docs/LibFuzzer.html).
 */
#ifndef MODRACE_FUZZ_H
#define MODRACE_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The same by the names that the Makefile gives them where all are in one program. */
int fuzz_console(const uint8_t *data, size_t size);
int fuzz_repro(const uint8_t *data, size_t size);
int fuzz_scenario(const uint8_t *data, size_t size);
int fuzz_wire(const uint8_t *data, size_t size);

#endif /* MODRACE_FUZZ_H */
