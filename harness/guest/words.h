/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The words in a module's file: what is listed nowhere, such as the kinds of network
 * interfaces, can be asked for by every name that the module could have given it.
 */
#ifndef MODRACE_WORDS_H
#define MODRACE_WORDS_H

#include "names.h"

#define WORD_LEN 31

void words_read(struct names *words, int fd);

#endif /* MODRACE_WORDS_H */
