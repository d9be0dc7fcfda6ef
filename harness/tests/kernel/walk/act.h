/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WALK_ACT_H
#define WALK_ACT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The call did not return in time; whoever made it was killed. */
#define HANGS (-1002)

void act_init(const char *directory, long limit_ms);
int act_load(const char *module);
int act_delete(const char *module, unsigned int flags);
pid_t act_start_delete(const char *module, unsigned int flags);
bool act_sleeps(pid_t pid, long limit_ms);
int act_join(pid_t pid, long limit_ms);
void act_kill(pid_t pid);
int act_ctl(const char *command, const char *module);
int act_open(const char *module);
int act_param(const char *module, const char *name, int value);
void act_events(const char *module, char *events, size_t size);
void act_attr(const char *module, const char *name, char *value, size_t size);
long act_now(void);
void act_sleep(long ms);

#endif
