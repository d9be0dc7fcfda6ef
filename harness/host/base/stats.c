// SPDX-License-Identifier: GPL-2.0
/*
 * The distributions are GSL's. Sources: Clopper and Pearson, Biometrika 26
 * (1934); Wald, Sequential Analysis (1947); Fisher's exact test; the number of
 * clean runs needed as in McKenney's perfbook, "Validation".
 */
#include <math.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_roots.h>

#include "base/stats.h"

#define ROOT_PRECISION 0.0000000001
#define ROOT_STEPS     500

/**
 * struct quantile - an equation for GSL's root finder
 * @a: first shape of a beta distribution
 * @b: second shape
 * @p: probability wanted below the root
 */
struct quantile {
	double a;
	double b;
	double p;
};

static double quantile_error(double x, void *params)
{
	const struct quantile *q = params;

	return gsl_cdf_beta_P(x, q->a, q->b) - q->p;
}

/*
 * Quantile of the beta distribution. gsl_cdf_beta_Pinv() is not used: it gives up
 * on shapes as unequal as 10 in a million.
 */
static double beta_quantile(double a, double b, double p)
{
	struct quantile q = { a, b, p };
	gsl_function f = { quantile_error, &q };
	gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
	unsigned int step = 0;
	double root;

	gsl_root_fsolver_set(solver, &f, 0, 1);
	do
		gsl_root_fsolver_iterate(solver);
	while (gsl_root_test_interval(gsl_root_fsolver_x_lower(solver),
				      gsl_root_fsolver_x_upper(solver), 0,
				      ROOT_PRECISION) == GSL_CONTINUE &&
	       ++step < ROOT_STEPS);
	root = gsl_root_fsolver_root(solver);
	gsl_root_fsolver_free(solver);
	return root;
}

/**
 * stats_clopper_pearson() - exact confidence interval of a rate
 * @hits: at most @trials
 * @trials: 0 is allowed and says nothing: 0 to 1
 * @confidence: two-sided, 0.95 for 95 %
 */
struct interval stats_clopper_pearson(uint64_t hits, uint64_t trials, double confidence)
{
	double tail = (1 - confidence) / 2;
	struct interval i = { 0, 1 };

	if (hits)
		i.lower = beta_quantile(hits, trials - hits + 1, tail);
	if (hits < trials)
		i.upper = beta_quantile(hits + 1, trials - hits, 1 - tail);
	return i;
}

/**
 * stats_upper_bound() - what a rate is below
 * @hits: at most @trials
 * @trials: 0 is allowed
 * @confidence: one-sided; with no hit and 0.95 the bound is about 3 / @trials
 */
double stats_upper_bound(uint64_t hits, uint64_t trials, double confidence)
{
	return stats_clopper_pearson(hits, trials, 2 * confidence - 1).upper;
}

/**
 * stats_missed() - the probability that a race shows itself in none of the trials
 * @rate: its rate
 * @trials: how many
 */
double stats_missed(double rate, uint64_t trials)
{
	if (rate >= 1)
		return trials ? 0 : 1;
	return exp(trials * log1p(-rate));
}

/**
 * stats_trials_needed() - trials without a hit that exclude a rate
 * @rate: above 0
 * @missed: probability that it is missed all the same
 *
 * Return: the least number, or UINT64_MAX if no number would do.
 */
uint64_t stats_trials_needed(double rate, double missed)
{
	double n;

	if (rate >= 1)
		return 1;
	n = ceil(log(missed) / log1p(-rate));
	return n < 1e18 ? (uint64_t)n : UINT64_MAX;
}

/**
 * stats_fell() - could a lower rate be chance? Fisher's exact test, one-sided
 * @hits_before: hits of the earlier sample
 * @trials_before: its size
 * @hits_now: hits of the later sample
 * @trials_now: its size
 *
 * Return: the probability of no more than @hits_now hits if the rates were equal.
 */
double stats_fell(uint64_t hits_before, uint64_t trials_before, uint64_t hits_now,
		  uint64_t trials_now)
{
	uint64_t hits = hits_before + hits_now;
	uint64_t clean = trials_before + trials_now - hits;

	return gsl_cdf_hypergeometric_P(hits_now, hits, clean, trials_now);
}

/**
 * stats_sprt_clean() - trials without a hit after which a test accepts
 * @design: what to tell apart, and how surely
 */
uint64_t stats_sprt_clean(const struct sprt_design *design)
{
	return ceil(log(design->beta / (1 - design->alpha)) /
		    (log1p(-design->p1) - log1p(-design->p0)));
}

/**
 * stats_sprt() - Wald's sequential probability ratio test
 * @design: what to tell apart, and how surely
 * @hits: so far
 * @trials: so far
 */
enum sprt stats_sprt(const struct sprt_design *design, uint64_t hits, uint64_t trials)
{
	double ratio = hits * log(design->p1 / design->p0) +
		       (trials - hits) * (log1p(-design->p1) - log1p(-design->p0));

	if (ratio >= log((1 - design->beta) / design->alpha))
		return SPRT_REJECT;
	if (ratio <= log(design->beta / (1 - design->alpha)))
		return SPRT_ACCEPT;
	return SPRT_GO_ON;
}
