/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The words in a module's file: what is listed nowhere, such as the kinds of network
 * interfaces, can be asked for by every name that the module could have given it; and what
 * a file takes can be guessed from the formats that it is parsed with, such as "add %u".
 */
#ifndef MODRACE_WORDS_H
#define MODRACE_WORDS_H

#include "names.h"

#define WORD_LEN 31

void words_read(struct names *words, struct names *commands, int fd);

#endif /* MODRACE_WORDS_H */
