// SPDX-License-Identifier: GPL-2.0
/*
 * The statistics against published values and against their own definitions.
 */
#include <math.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include "base/stats.h"
#include "testing.h"

static void assert_near(double got, double want, double tolerance)
{
	if (!(fabs(got - want) <= tolerance))
		fail_msg("%.6g is not within %g of %.6g", got, tolerance, want);
}

/* Values of binom.test() in R. */
/* clang-format off */
static const struct cp_case {
	uint64_t hits;
	uint64_t trials;
	double lower;
	double upper;
} cp_cases[] = {
	{ 0, 0, 0, 1 },
	{ 0, 10, 0, 0.3084971 },
	{ 10, 10, 0.6915029, 1 },
	{ 17, 20, 0.6210732, 0.9679291 },
	{ 1, 1, 0.025, 1 },
	{ 5, 10, 0.1870860, 0.8129140 },
	{ 0, 44, 0, 0.0804209 },
};

/* clang-format on */

static void test_clopper_pearson(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cp_cases); i++) {
		const struct cp_case *c = &cp_cases[i];
		struct interval got = stats_clopper_pearson(c->hits, c->trials, 0.95);

		assert_near(got.lower, c->lower, 0.000001);
		assert_near(got.upper, c->upper, 0.000001);
	}
}

/* At each end of the interval the tail of the binomial distribution is 2.5 %. */
static void test_clopper_pearson_is_exact(void **state)
{
	static const uint64_t sizes[][2] = {
		{ 1, 1000 },
		{ 10, 1000000 },
		{ 999, 1000 },
		{ 300, 100000 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		uint64_t hits = sizes[i][0], trials = sizes[i][1];
		struct interval got = stats_clopper_pearson(hits, trials, 0.95);

		assert_near(gsl_cdf_beta_P(got.lower, hits, trials - hits + 1), 0.025, 0.000001);
		assert_near(gsl_cdf_beta_Q(got.upper, hits + 1, trials - hits), 0.025, 0.000001);
	}
}

static void test_upper_bound(void **state)
{
	(void)state;
	assert_near(stats_upper_bound(0, 1000, 0.95), 3.0 / 1000, 0.0001);
	assert_near(stats_upper_bound(0, 59, 0.95), 0.05, 0.001);
	assert_near(stats_upper_bound(0, 0, 0.95), 1, 0);
}

/* The numbers of perfbook: 99 % sure at rates of 10, 1 and 30 %. */
static void test_trials_needed(void **state)
{
	(void)state;
	assert_int_equal(stats_trials_needed(0.10, 0.01), 44);
	assert_int_equal(stats_trials_needed(0.01, 0.01), 459);
	assert_int_equal(stats_trials_needed(0.30, 0.01), 13);
	assert_int_equal(stats_trials_needed(1, 0.01), 1);
	assert_true(stats_trials_needed(1 / 1e18, 0.001) == UINT64_MAX);
}

static void test_missed(void **state)
{
	(void)state;
	assert_near(stats_missed(0.1, 44), 0.00970, 0.00001);
	assert_near(stats_missed(0.1, 0), 1, 0);
	assert_near(stats_missed(1, 1), 0, 0);
	assert_near(stats_missed(1, 0), 1, 0);
	assert_near(stats_missed(0.000000001, 1000000000), exp(-1), 0.000001);
}

/* The lady tasting tea, and two samples of the same rate. */
static void test_fell(void **state)
{
	(void)state;
	assert_near(stats_fell(3, 4, 1, 4), 17.0 / 70, 0.000000001);
	assert_near(stats_fell(10, 10, 10, 10), 1, 0.000000001);
	assert_true(stats_fell(10, 10, 0, 100) < 0.000000001);
	assert_true(stats_fell(10, 100, 8, 100) > 0.3);
}

static const struct sprt_design design = { 0.01, 0.1, 0.05, 0.10 };

static void test_sprt(void **state)
{
	(void)state;
	/* By hand: 24 clean trials bring the ratio to -2.287, beyond log(0.1 / 0.95). */
	assert_int_equal(stats_sprt(&design, 0, 23), SPRT_GO_ON);
	assert_int_equal(stats_sprt(&design, 0, 24), SPRT_ACCEPT);
	assert_int_equal(stats_sprt_clean(&design), 24);
	/* Two hits at once: 4.605, beyond log(0.9 / 0.05). */
	assert_int_equal(stats_sprt(&design, 1, 1), SPRT_GO_ON);
	assert_int_equal(stats_sprt(&design, 2, 2), SPRT_REJECT);
	assert_int_equal(stats_sprt(&design, 0, 0), SPRT_GO_ON);
}

/* A seeded stream of trials; drand48() would share its state with others. */
static double draw(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return (*seed >> 11) / 0x1p53;
}

static enum sprt sample(double rate, uint64_t *seed)
{
	uint64_t hits = 0, trials = 0;
	enum sprt said;

	do {
		hits += draw(seed) < rate;
		said = stats_sprt(&design, hits, ++trials);
	} while (said == SPRT_GO_ON);
	return said;
}

/* Wald's bounds on both errors, measured over 4000 simulated tests each. */
static void test_sprt_errors(void **state)
{
	unsigned int rejected = 0, accepted = 0, i;
	uint64_t seed = 88172645463325252ULL;

	(void)state;
	for (i = 0; i < 4000; i++) {
		rejected += sample(design.p0, &seed) == SPRT_REJECT;
		accepted += sample(design.p1, &seed) == SPRT_ACCEPT;
	}
	assert_in_range(rejected, 1, 4000 * design.alpha * 1.2);
	assert_in_range(accepted, 1, 4000 * design.beta * 1.2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clopper_pearson),
		cmocka_unit_test(test_clopper_pearson_is_exact),
		cmocka_unit_test(test_upper_bound),
		cmocka_unit_test(test_trials_needed),
		cmocka_unit_test(test_missed),
		cmocka_unit_test(test_fell),
		cmocka_unit_test(test_sprt),
		cmocka_unit_test(test_sprt_errors),
	};

	return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
