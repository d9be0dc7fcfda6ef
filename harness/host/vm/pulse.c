// SPDX-License-Identifier: GPL-2.0
/*
 * Sampling /proc for what pulse.h describes. The kernel counts a wait when it is
 * over (CONFIG_SCHED_INFO), so a task that is ready and has not run since the last
 * sample is taken to have waited since then.
 */
#include <dirent.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "vm/pulse.h"

/* Seconds between two samples, at least. */
#define PERIOD 0.2

/* If the sampler itself had to wait longer than this, nobody knows for what time. */
#define MAX_PERIOD 1.0

/**
 * struct sample - the tasks of a guest at one moment
 * @ran: seconds that they have run
 * @waited: seconds that they have waited until they ran again
 * @ready: how many run or are ready to
 */
struct sample {
	double ran;
	double waited;
	unsigned int ready;
};

static FILE *open_of_task(const char *tasks, const char *task, const char *name)
{
	char *path = format("%s/%s/%s", tasks, task, name);
	FILE *file = fopen(path, "re");

	free(path);
	return file;
}

/* proc_pid_schedstat(5): nanoseconds run, nanoseconds waited. */
static void add_times(const char *tasks, const char *task, struct sample *sample)
{
	FILE *file = open_of_task(tasks, task, "schedstat");
	uint64_t ran, waited;

	if (!file)
		return;
	if (fscanf(file, "%" SCNu64 " %" SCNu64, &ran, &waited) == 2) {
		sample->ran += ran / 1e9;
		sample->waited += waited / 1e9;
	}
	fclose(file);
}

/* proc_pid_stat(5): "pid (name) state". */
static void add_state(const char *tasks, const char *task, struct sample *sample)
{
	FILE *file = open_of_task(tasks, task, "stat");
	char state = 0;

	if (!file)
		return;
	if (fscanf(file, "%*d (%*[^)]) %c", &state) == 1)
		sample->ready += state == 'R';
	fclose(file);
}

static void add_tree(int pid, struct sample *sample);

static void add_children(const char *tasks, const char *task, struct sample *sample)
{
	FILE *file = open_of_task(tasks, task, "children");
	int pid;

	while (file && fscanf(file, "%d", &pid) == 1)
		add_tree(pid, sample);
	if (file)
		fclose(file);
}

static void add_tree(int pid, struct sample *sample)
{
	char *tasks = format("/proc/%d/task", pid);
	DIR *dir = opendir(tasks);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (*entry->d_name == '.')
			continue;
		add_times(tasks, entry->d_name, sample);
		add_state(tasks, entry->d_name, sample);
		add_children(tasks, entry->d_name, sample);
	}
	if (dir)
		closedir(dir);
	free(tasks);
}

/**
 * pulse_begin() - begin to sample
 * @pulse: filled in
 * @root: process at the root of the guest's tree, just forked
 */
void pulse_begin(struct pulse *pulse, pid_t root)
{
	memset(pulse, 0, sizeof(*pulse));
	pulse->root = root;
	pulse->taken = now_seconds();
}

/* Tasks that have ended are missing from the sums; what they had before was counted. */
static void account(struct pulse *pulse, const struct sample *sample, double passed)
{
	double ran = fmax(sample->ran - pulse->seen_ran, 0);
	double waited = fmax(sample->waited - pulse->seen_waited, 0);

	if (sample->ready && !(ran > 0))
		waited += passed;
	pulse->ran += ran;
	pulse->waited += waited;
	passed = fmin(passed, MAX_PERIOD);
	pulse->got += ran + waited > 0 ? passed * ran / (ran + waited) : passed;
	pulse->seen_ran = sample->ran;
	pulse->seen_waited = sample->waited;
}

/**
 * pulse_take() - take a sample, if it is time for one
 * @pulse: begun
 *
 * Return: seconds that the guest has got since it was started.
 */
double pulse_take(struct pulse *pulse)
{
	double now = now_seconds(), passed = now - pulse->taken;
	struct sample sample = { 0 };

	if (passed < PERIOD)
		return pulse->got;
	add_tree(pulse->root, &sample);
	account(pulse, &sample, passed);
	pulse->taken = now;
	return pulse->got;
}
