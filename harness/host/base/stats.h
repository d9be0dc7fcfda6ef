/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a number of hits in a number of trials allows to be said. A trial is one
 * cycle (stress mode) or one schedule (explore mode); a hit is a failure.
 *
 * Trials are counted up to and with the last hit when sampling stops at a hit.
 * The Clopper-Pearson interval holds then as well: its lower end is that of
 * inverse sampling, its upper end is above that of inverse sampling.
 */
#ifndef MODRACE_STATS_H
#define MODRACE_STATS_H

#include <stdint.h>

/**
 * struct interval - a confidence interval of a rate
 * @lower: 0 to 1
 * @upper: 0 to 1
 */
struct interval {
	double lower;
	double upper;
};

/**
 * struct sprt_design - a sequential probability ratio test of a rate
 * @p0: the rate of what is all right
 * @p1: the rate that must not go unnoticed, above @p0
 * @alpha: probability to reject what is all right
 * @beta: probability to accept what fails at @p1
 */
struct sprt_design {
	double p0;
	double p1;
	double alpha;
	double beta;
};

/**
 * enum sprt - what a sequential test says so far
 * @SPRT_GO_ON: not decided, more trials are needed
 * @SPRT_ACCEPT: as good as @p0
 * @SPRT_REJECT: as bad as @p1
 */
enum sprt {
	SPRT_GO_ON,
	SPRT_ACCEPT,
	SPRT_REJECT,
};

struct interval stats_clopper_pearson(uint64_t hits, uint64_t trials, double confidence);
double stats_upper_bound(uint64_t hits, uint64_t trials, double confidence);
double stats_missed(double rate, uint64_t trials);
uint64_t stats_trials_needed(double rate, double missed);
double stats_fell(uint64_t hits_before, uint64_t trials_before, uint64_t hits_now,
		  uint64_t trials_now);
uint64_t stats_sprt_clean(const struct sprt_design *design);
enum sprt stats_sprt(const struct sprt_design *design, uint64_t hits, uint64_t trials);

#endif /* MODRACE_STATS_H */
