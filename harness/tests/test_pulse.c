// SPDX-License-Identifier: GPL-2.0
/*
 * What a guest gets of the host, with processes of the test in the place of a guest.
 */
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/util.h"
#include "testing.h"
#include "vm/affinity.h"
#include "vm/pulse.h"

#define WATCHED_US 1500000
#define STEP_US    250000

static pid_t fork_child(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

static pid_t fork_sleeper(void)
{
	pid_t pid = fork_child();

	if (pid)
		return pid;
	for (;;)
		pause();
}

/* All of them on one processor; those of a lower policy have to wait for the others. */
static pid_t fork_spinner(int policy)
{
	struct sched_param param = { 0 };
	volatile unsigned int turns = 0;
	int cpus[GUEST_CPUS];
	pid_t pid;

	affinity_choose(0, 1, cpus);
	pid = fork_child();
	if (pid)
		return pid;
	affinity_set(cpus[0]);
	sched_setscheduler(0, policy, &param);
	for (;;)
		turns++;
}

static void end_child(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Watches a child; returns the seconds for which it did. */
static double watch(struct pulse *pulse, pid_t root)
{
	double began;
	unsigned int us;

	usleep(STEP_US);
	pulse_begin(pulse, root);
	pulse_take(pulse);
	began = now_seconds();
	for (us = 0; us < WATCHED_US; us += STEP_US) {
		usleep(STEP_US);
		pulse_take(pulse);
	}
	return now_seconds() - began;
}

/* Who sleeps has all the time there is, however long the sampler has to wait. */
static void test_sleeper(void **state)
{
	pid_t child = fork_sleeper();
	struct pulse pulse;
	double passed;

	(void)state;
	passed = watch(&pulse, child);
	end_child(child);
	assert_true(pulse.got > 0 && pulse.got <= passed);
	assert_true(pulse.ran < 0.1 * passed);
}

/* Watches one that has to share a processor with another. */
static double watch_beside(struct pulse *pulse, int policy)
{
	pid_t hog = fork_spinner(SCHED_OTHER), child = fork_spinner(policy);
	double passed = watch(pulse, child);

	end_child(child);
	end_child(hog);
	return passed;
}

static void test_two_that_share(void **state)
{
	struct pulse pulse;
	double passed = watch_beside(&pulse, SCHED_OTHER);

	(void)state;
	assert_true(pulse.ran > 0 && pulse.waited > 0);
	assert_true(pulse.got < 0.8 * passed);
}

static void test_starved(void **state)
{
	struct pulse pulse;
	double passed = watch_beside(&pulse, SCHED_IDLE);

	(void)state;
	assert_true(pulse.waited > 0.5 * passed);
	assert_true(pulse.got < 0.3 * passed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sleeper),
		cmocka_unit_test(test_two_that_share),
		cmocka_unit_test(test_starved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
