/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What writes the traffic of a scenario, for the rules of race_choose.c.
 */
#ifndef MODRACE_RACE_SECTIONS_H
#define MODRACE_RACE_SECTIONS_H

#include <stdio.h>

#include "race/race.h"

/**
 * struct out - a scenario that is being written
 * @file: where to
 * @target: the module
 */
struct out {
	FILE *file;
	const struct target *target;
};

/* Each writes the sections for one finding: its text, and its number among all. */
void section_node(const struct out *out, const char *text, unsigned int number);
void section_number(const struct out *out, const char *text, unsigned int number);
void section_block(const struct out *out, const char *text, unsigned int number);
void section_read(const struct out *out, const char *text, unsigned int number);
void section_held(const struct out *out, const char *text, unsigned int number);
void section_walked(const struct out *out, const char *text, unsigned int number);
void section_bind(const struct out *out, const char *text, unsigned int number);
void section_link(const struct out *out, const char *text, unsigned int number);
void section_rtnl(const struct out *out, const char *text, unsigned int number);
void section_socket(const struct out *out, const char *text, unsigned int number);
void section_netns(const struct out *out, const char *text, unsigned int number);
void section_mount(const struct out *out, const char *text, unsigned int number);
void section_configfs(const struct out *out, const char *text, unsigned int number);
void section_new_device(const struct out *out, const char *text, unsigned int number);
void section_ldisc(const struct out *out, const char *text, unsigned int number);
void section_alg(const struct out *out, const char *text, unsigned int number);
void section_user(const struct out *out, const char *text, unsigned int number);
void section_tcp(const struct out *out, const char *text, unsigned int number);
void section_udp(const struct out *out, const char *text, unsigned int number);
void section_genl(const struct out *out, const char *text, unsigned int number);

#endif /* MODRACE_RACE_SECTIONS_H */
