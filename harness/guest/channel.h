/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The guest's end of the verdict channel (see wire.h).
 */
#ifndef MODRACE_CHANNEL_H
#define MODRACE_CHANNEL_H

#include "compiler.h"
#include "wire.h"

/**
 * struct channel_pulse - how far PID 1 is, for whoever watches it
 * @beats: heartbeats sent
 * @cycle: the cycle of the last one
 * @phase: the phase that began with it
 */
struct channel_pulse {
	_Atomic uint64_t beats;
	_Atomic uint64_t cycle;
	_Atomic enum phase phase;
};

void channel_open(const char *device);
void channel_send(const struct wire_record *record);
void channel_hello(const char *mode);
void channel_beat(enum phase phase, const struct wire_counts *counts);
const struct channel_pulse *channel_share_pulse(void);
void channel_log(const char *text);
void channel_note(const char *text);
__printf(3, 4) void channel_failure(enum phase phase, uint64_t cycle, const char *fmt, ...);
__printf(1, 2) __noreturn void guest_broken(const char *fmt, ...);
void guest_check(int ret, const char *what);
__noreturn void guest_power_off(void);

#endif /* MODRACE_CHANNEL_H */
