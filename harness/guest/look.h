/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a module registers: the guest's files, names and sockets before its first load
 * and after.
 */
#ifndef MODRACE_LOOK_H
#define MODRACE_LOOK_H

void look_before(int fd);
void look_loading(void);
void look_loaded(const char *module);
void look_unloaded(void);

#endif /* MODRACE_LOOK_H */
