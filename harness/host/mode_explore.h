/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Explore mode: between an explorer, which knows plans and schedules, and the boots in
 * which they are carried out.
 *
 *	explorer (explore.h)	    this				guest
 *				    explored_serve()		<-	wants a plan
 *	explore_next()		<-  reads all it has said
 *	plan, or no more	->  link_release(), or ends it	->	carries it out
 *	explore_boot_over()	<-  explored_boot_over()	<-	has ended
 */
#ifndef MODRACE_MODE_EXPLORE_H
#define MODRACE_MODE_EXPLORE_H

#include "mode.h"

void explored_kernel_arguments(struct guest_arguments *args, const struct guest_config *config);
void explored_init_arguments(struct guest_arguments *args, const struct run *run);
void explored_begin(struct run *run, const struct runner_options *how);
int explored_boot_begins(struct boot *boot);
void explored_serve(struct boot *boot);
bool explored_counts(const struct run *run);
void explored_boot_over(struct boot *boot, const struct diagnosis *diagnosis,
			const struct failure *failure);
bool explored_finished(const struct run *run);
uint64_t explored_trials(const struct run *run);
void explored_describe(const struct run *run, char *text, size_t size);
void explored_end(struct run *run);

#endif /* MODRACE_MODE_EXPLORE_H */
