// SPDX-License-Identifier: GPL-2.0
/*
 * Schedule exploration on a uniprocessor whose time stands still.
 *
 * In time-travel=inf-cpu mode nothing happens unless the running task makes it
 * happen: no timer interrupt arrives, so who runs next is wholly a matter of
 * choice. Here the choice is made. Roles stand in an order, and the first one
 * that can run runs. At a point, before an operation that another task could
 * observe, a decision may move a role to another place in that order:
 *
 *	order: remover traffic
 *
 *	remover   --- clear pointer --+            +-- free
 *	                              | decision 1 |
 *	traffic                       +-- load ----+ decision 2   -- use
 *
 * A decision names the role, the site and how often the role has passed it, so
 * it still means the same when other decisions are left out. Every decision
 * taken is logged in this form, whether it came from the plan or from a
 * generator: replaying a cycle is running its log as a plan.
 *
 * Nothing in this file may be instrumented, points would recurse.
 */

#define pr_fmt(fmt) "explore: " fmt

#include <linux/console.h>
#include <linux/fs.h>
#include <linux/hash.h>
#include <linux/init.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/miscdevice.h>
#include <linux/modrace_explore.h>
#include <linux/module.h>
#include <linux/panic_notifier.h>
#include <linux/reboot.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <asm/sections.h>
#include <checkpoint.h>
#include <mem.h>
#include <os.h>

#define SITE_FILTER_BITS	16
#define FRAME_DEPTH		32

/**
 * struct explore_task - what is known of a task
 * @task: which one; the entry's last user may have been another
 * @frame: what made the task enter the plan's extent: where the return address
 *	of a module's function is stored, FRAME_ALWAYS, or NULL
 * @return_address: ... and that address
 * @role: enum explore_role, EXPLORE_ROLE_NONE until it is asked for
 */
static struct explore_task {
	struct task_struct *task;
	unsigned long *frame;
	unsigned long return_address;
	u8 role;
} tasks[PID_MAX_DEFAULT];

#define FRAME_ALWAYS	((unsigned long *)1)

/* A cycle is under way. */
bool explore_on;
/* Points count: the running task is within the plan's extent, and in no point. */
bool explore_active;

static struct explore_shm *shm;
static int host_read_fd = -1, host_write_fd = -1;
static char *shm_path;

/* What one cycle needs to know, reset by start_cycle(). */
static struct {
	bool busy;			/* in a point */
	u32 nr;				/* number of the cycle */
	u64 random;
	u32 gap;			/* points until the generator decides */
	u32 next_step;			/* index into the plan's steps */
	u32 run;			/* points since the last switch */
	u32 others;			/* events since the remover's last one */
	bool remover_seen;
	bool softirq_deferred;
	u8 rank[EXPLORE_ROLES];
	u8 order[EXPLORE_ROLES];
	struct task_struct *yielded;
	/* plan's decisions at one site, chained: index plus 1 */
	u16 chain[EXPLORE_DECISIONS];
	DECLARE_BITMAP(filter, 1 << SITE_FILTER_BITS);
} cycle;

/* Text of modules, as ranges; stale once the module is gone, on purpose. */
static struct {
	unsigned long start, end;
	u32 site;
} text_ranges[2 * EXPLORE_MODULES];
static unsigned int nr_ranges;

/* The one loaded last: the module under test. */
static struct module *last_module;

/* ---- order of roles ---------------------------------------------------- */

static void set_order(const u8 *order)
{
	DECLARE_BITMAP(seen, EXPLORE_ROLES) = {};
	unsigned int n = 0, role;

	for (unsigned int i = 0; i < EXPLORE_ROLES; i++) {
		role = order[i];
		if (role < EXPLORE_ROLES && !__test_and_set_bit(role, seen))
			cycle.order[n++] = role;
	}
	for_each_clear_bit(role, seen, EXPLORE_ROLES)
		if (role != EXPLORE_ROLE_REMOVER)
			cycle.order[n++] = role;
	if (!test_bit(EXPLORE_ROLE_REMOVER, seen))
		cycle.order[n] = EXPLORE_ROLE_REMOVER;
	for (n = 0; n < EXPLORE_ROLES; n++)
		cycle.rank[cycle.order[n]] = n;
}

static void move_role(unsigned int role, unsigned int rank)
{
	unsigned int from = cycle.rank[role];

	rank = min_t(unsigned int, rank, EXPLORE_ROLES - 1);
	for (; from > rank; from--)
		cycle.order[from] = cycle.order[from - 1];
	for (; from < rank; from++)
		cycle.order[from] = cycle.order[from + 1];
	cycle.order[rank] = role;
	for (unsigned int i = 0; i < EXPLORE_ROLES; i++)
		cycle.rank[cycle.order[i]] = i;
}

/* ---- roles and sites --------------------------------------------------- */

static u32 module_site(unsigned long ip)
{
	for (unsigned int i = 0; i < nr_ranges; i++)
		if (ip >= text_ranges[i].start && ip < text_ranges[i].end)
			return text_ranges[i].site + (ip - text_ranges[i].start);
	return 0;
}

static u32 site_of(unsigned long ip)
{
	if (ip >= (unsigned long)_text && ip < (unsigned long)_end)
		return ip - (unsigned long)_text;
	return module_site(ip) ?: EXPLORE_SITE_UNKNOWN;
}

static unsigned int kthread_role(struct task_struct *p)
{
	bool active = explore_suspend();
	u32 site = module_site((unsigned long)kthread_func(p));

	explore_resume(active);
	if (site)
		return EXPLORE_ROLE_THREAD + EXPLORE_SITE_INDEX(site);
	if (p->flags & PF_WQ_WORKER)
		return p->comm[8] == 'u' ? EXPLORE_ROLE_UNBOUND :
					   EXPLORE_ROLE_KWORKER;
	if (!strncmp(p->comm, "ksoftirqd", 9))
		return EXPLORE_ROLE_KSOFTIRQD;
	if (!strncmp(p->comm, "rcu", 3))
		return EXPLORE_ROLE_RCU;
	return EXPLORE_ROLE_NONE;
}

static struct explore_task *task_entry(struct task_struct *p)
{
	struct explore_task *t = &tasks[p->pid % PID_MAX_DEFAULT];

	if (unlikely(t->task != p))
		*t = (struct explore_task) { .task = p };
	return t;
}

unsigned int explore_task_role(struct task_struct *p)
{
	struct explore_task *t = task_entry(p);

	if (t->role)
		return t->role;
	if (!(p->flags & PF_KTHREAD))
		t->role = EXPLORE_ROLE_OTHER;
	else if (!is_idle_task(p))
		t->role = kthread_role(p);
	/* A kthread that is just being made may turn out to be another. */
	return t->role ?: EXPLORE_ROLE_KTHREAD;
}

static bool on_own_stack(unsigned long addr)
{
	return addr - (unsigned long)task_stack_page(current) < THREAD_SIZE;
}

/* What nobody else looks at, as a rule: a task's stack, and who it is. */
static bool is_own(unsigned long addr)
{
	return on_own_stack(addr) || addr == (unsigned long)cpu_tasks ||
	       addr - (unsigned long)task_thread_info(current) <
		       sizeof(struct thread_info);
}

static unsigned int context_role(void)
{
	if (preempt_count() & (HARDIRQ_MASK | SOFTIRQ_OFFSET))
		return EXPLORE_ROLE_IRQ;
	return explore_task_role(current);
}

unsigned int explore_rank(struct task_struct *p)
{
	if (is_idle_task(p))
		return EXPLORE_ROLES;
	return cycle.rank[explore_task_role(p)] + (p == cycle.yielded);
}

/* ---- extent ------------------------------------------------------------ */

/*
 * A task enters the extent with the first basic block of a function of a module,
 * and leaves it when that function has returned: the place of its return address
 * has then been popped, or holds another one by now.
 */
static bool in_frame(void)
{
	struct explore_task *t = task_entry(current);
	unsigned long *frame = t->frame;

	/* A task that was killed has done its part. */
	if (frame == FRAME_ALWAYS)
		return !(current->flags & PF_EXITING);
	if (!frame || *frame != t->return_address)
		return false;
	/* Interrupts have a stack of their own. */
	if (on_own_stack((unsigned long)frame) !=
	    on_own_stack((unsigned long)__builtin_frame_address(0)))
		return on_own_stack((unsigned long)frame);
	return frame > (unsigned long *)__builtin_frame_address(0);
}

static bool in_extent(void)
{
	if (!explore_on)
		return false;
	if (shm->plan.extent == EXPLORE_EXTENT_ALL)
		return explore_task_role(current) != EXPLORE_ROLE_OTHER;
	return in_frame();
}

/* @frame: of a function of a module */
static void enter_extent(unsigned long *frame)
{
	struct explore_task *t = task_entry(current);

	t->frame = frame + 1;
	t->return_address = frame[1];
}

/* ---- the site table ---------------------------------------------------- */

static u32 site_hash(u32 site, unsigned int role)
{
	return hash_32(site ^ (role << 26), 32);
}

static struct explore_site *find_site(u32 site, unsigned int role, bool add)
{
	u32 i = site_hash(site, role) % EXPLORE_SITES;
	struct explore_site *s;

	for (unsigned int n = 0; n < 64; n++, i = (i + 1) % EXPLORE_SITES) {
		s = &shm->sites[i];
		if (s->cycle != cycle.nr) {
			if (!add)
				return NULL;
			*s = (struct explore_site) {
				.cycle = cycle.nr, .site = site, .role = role,
			};
			return s;
		}
		if (s->site == site && s->role == role)
			return s;
	}
	shm->result.sites_lost++;
	return NULL;
}

static void watch_site(u32 site, unsigned int role, struct explore_site **s)
{
	__set_bit(site_hash(site, role) >> (32 - SITE_FILTER_BITS), cycle.filter);
	*s = find_site(site, role, true);
}

static bool watched(u32 site, unsigned int role)
{
	return test_bit(site_hash(site, role) >> (32 - SITE_FILTER_BITS),
			cycle.filter);
}

static void load_sites(struct explore_plan *plan)
{
	struct explore_site *s;

	bitmap_zero(cycle.filter, 1 << SITE_FILTER_BITS);
	for (u32 i = 0; i < min_t(u32, plan->nr_sites, EXPLORE_MAX_SCOPE); i++) {
		watch_site(plan->sites[i].site, plan->sites[i].role, &s);
		if (s)
			s->flags |= EXPLORE_SITE_SCOPE;
	}
	/* Pushed to the front in reverse, decisions come out as they ascend. */
	for (u32 i = min_t(u32, plan->nr_decisions, EXPLORE_DECISIONS); i--;) {
		watch_site(plan->decisions[i].site, plan->decisions[i].role, &s);
		if (!s)
			continue;
		cycle.chain[i] = s->pending;
		s->pending = i + 1;
	}
}

/* ---- profile: who touches what ----------------------------------------- */

/* Does module text have a frame on this stack? */
static bool in_module_extent(void)
{
	unsigned long *fp = __builtin_frame_address(0);
	unsigned long stack = (unsigned long)task_stack_page(current);

	for (unsigned int i = 0; i < FRAME_DEPTH; i++) {
		if ((unsigned long)fp < stack ||
		    (unsigned long)fp >= stack + THREAD_SIZE - 2 * sizeof(long))
			return false;
		if (module_site(fp[1]))
			return true;
		if (fp[0] <= (unsigned long)fp)
			return false;
		fp = (unsigned long *)fp[0];
	}
	return false;
}

static struct explore_granule *find_granule(u64 key, bool add)
{
	u32 i = hash_64(key, 32) % EXPLORE_GRANULES;
	struct explore_granule *g;

	for (unsigned int n = 0; n < 16; n++, i = (i + 1) % EXPLORE_GRANULES) {
		g = &shm->granules[i];
		if (g->cycle != cycle.nr) {
			if (!add)
				return NULL;
			*g = (struct explore_granule) {
				.cycle = cycle.nr, .key = key,
			};
			return g;
		}
		if (g->key == key)
			return g;
	}
	return NULL;
}

static void mark_conflict(struct explore_granule *g, struct explore_site *s)
{
	s->flags |= EXPLORE_SITE_CONFLICT;
	for (u32 i = 0; i < g->nr; i++)
		shm->sites[g->sites[i]].flags |= EXPLORE_SITE_CONFLICT;
}

static void touch_granule(struct explore_site *s, u64 key, bool write, bool add)
{
	struct explore_granule *g = find_granule(key, add);
	u32 me = 1u << s->role, idx = s - shm->sites, i;

	if (!g)
		return;
	if (write)
		g->writers |= me;
	else
		g->readers |= me;
	if (g->writers && ((g->readers | g->writers) & ~me) &&
	    (write || (g->writers & ~me)))
		mark_conflict(g, s);
	for (i = 0; i < g->nr; i++)
		if (g->sites[i] == idx)
			return;
	if (g->nr < EXPLORE_GRANULE_SITES)
		g->sites[g->nr++] = idx;
}

static void profile(struct explore_site *s, enum explore_kind kind,
		    unsigned long addr, size_t size)
{
	bool write = kind != EXPLORE_READ;
	u64 last = (addr + (size ?: 1) - 1) >> 3;

	if (s->count < 32 && !(s->flags & EXPLORE_SITE_EXTENT) &&
	    in_module_extent())
		s->flags |= EXPLORE_SITE_EXTENT;
	if (!addr || on_own_stack(addr))
		return;
	last = min(last, (u64)(addr >> 3) + 63);
	for (u64 key = addr >> 3; key <= last; key++)
		touch_granule(s, key, write, kind != EXPLORE_FREE);
}

/* ---- decisions --------------------------------------------------------- */

static u64 next_random(void)
{
	cycle.random ^= cycle.random << 13;
	cycle.random ^= cycle.random >> 7;
	cycle.random ^= cycle.random << 17;
	return cycle.random;
}

static void draw_gap(void)
{
	u32 chance = shm->plan.chance;

	cycle.gap = chance > 1 ? 1 + next_random() % (2 * chance - 1) : 1;
}

static void flag_event(unsigned int flag)
{
	if (shm->plan.flags & EXPLORE_F_TRACE && shm->nr_trace)
		shm->trace[(shm->result.events - 1) % shm->nr_trace].flags |= flag;
}

static void log_decision(const struct explore_decision *d)
{
	struct explore_result *res = &shm->result;

	if (res->nr_log == EXPLORE_DECISIONS) {
		res->log_lost++;
		return;
	}
	shm->log[res->nr_log++] = *d;
}

static void switch_now(void)
{
	set_tsk_need_resched(current);
	set_preempt_need_resched();
	preempt_schedule();
}

/* For debuggers. */
noinline void explore_stop(void);
noinline void explore_stop(void)
{
	barrier();
}

noinline void explore_decided(const struct explore_decision *decision);
noinline void explore_decided(const struct explore_decision *decision)
{
	barrier();
}

/* Called with cycle.busy set, lets interrupts in. */
static void advance_time(unsigned int rank)
{
	u32 events = 1u << min(rank, EXPLORE_MAX_TIMER_RANK);

	cycle.busy = false;
	while (events--)
		time_travel_advance_to_event();
	cycle.busy = true;
	explore_active = false;
}

static void apply(struct explore_decision *d)
{
	d->event = shm->result.events;
	flag_event(EXPLORE_EVENT_DECISION);
	log_decision(d);
	explore_decided(d);
	if (d->target == EXPLORE_ROLE_TIMER)
		advance_time(d->rank);
	else
		move_role(d->target ?: d->role, d->rank);
}

static unsigned int random_role(unsigned int not)
{
	u32 mask = explore_runnable_roles() & ~(1u << not);
	unsigned int n;

	if (shm->plan.flags & EXPLORE_F_TIMERS)
		mask |= 1u << EXPLORE_ROLE_TIMER;
	n = hweight32(mask);
	if (!n)
		return 0;
	for (n = next_random() % n; n; n--)
		mask &= mask - 1;
	return __ffs(mask);
}

static bool generate(struct explore_decision *d)
{
	if (--cycle.gap)
		return false;
	draw_gap();
	d->target = random_role(d->role);
	d->rank = 0;
	return d->target;
}

static bool decide_step(struct explore_decision *d)
{
	struct explore_plan *plan = &shm->plan;
	u32 step = ++shm->result.steps;
	struct explore_step *s = &plan->steps[cycle.next_step];

	shm->result.role_steps[d->role]++;
	if (cycle.next_step < plan->nr_steps && s->step <= step) {
		cycle.next_step++;
		d->target = s->target ?: d->role;
		d->rank = s->rank;
		return true;
	}
	return plan->generator != EXPLORE_GEN_NONE && generate(d);
}

/* The next decision of the plan at this passage, if there is one. */
static bool decide_planned(struct explore_site *s, struct explore_decision *d)
{
	struct explore_decision *want;

	while (s->pending) {
		want = &shm->plan.decisions[s->pending - 1];
		if (want->nth > s->count)
			return false;
		s->pending = cycle.chain[s->pending - 1];
		if (want->nth < s->count)
			continue;
		want->event = shm->result.events;
		shm->result.taken++;
		d->target = want->target;
		d->rank = want->rank;
		return true;
	}
	return false;
}

static bool in_scope(const struct explore_site *s)
{
	switch (shm->plan.scope) {
	case EXPLORE_SCOPE_MODULE:
		return s->site & EXPLORE_SITE_MODULE;
	case EXPLORE_SCOPE_SITES:
		return s->flags & EXPLORE_SITE_SCOPE;
	case EXPLORE_SCOPE_ALL:
		return true;
	}
	return false;
}

/* May the running task be switched away from here? */
static bool can_switch(void)
{
	return !preempt_count() && !irqs_disabled() && !is_idle_task(current) &&
	       on_own_stack((unsigned long)__builtin_frame_address(0));
}

/* ---- points ------------------------------------------------------------ */

static void note_module(struct explore_event *e)
{
	struct module *mod = last_module;

	e->mod_state = EXPLORE_NO_MODULE;
	preempt_disable();
	if (mod && __module_address((unsigned long)mod) == mod) {
		e->mod_state = mod->state;
		e->refs = module_refcount(mod);
	}
	preempt_enable_no_resched();
}

static void trace_event(u32 site, unsigned int role, unsigned int kind,
			u64 addr, size_t size)
{
	u64 n = shm->result.events - 1;
	struct explore_event *e;

	e = &shm->trace[n % shm->nr_trace];
	*e = (struct explore_event) {
		.addr = addr, .time = time_travel_look(), .site = site,
		.size = min_t(size_t, size, U16_MAX), .pid = current->pid,
		.role = role, .kind = kind,
	};
	note_module(e);
}

/* Has the role a part in the removal? */
static bool removes(unsigned int role)
{
	return role == EXPLORE_ROLE_REMOVER ||
	       (role >= EXPLORE_ROLE_REMOVER2 && role <= EXPLORE_ROLE_POLLER);
}

static void count_overlap(unsigned int role)
{
	if (!removes(role)) {
		cycle.others += cycle.remover_seen &&
				(role != EXPLORE_ROLE_OTHER);
		return;
	}
	cycle.remover_seen = true;
	shm->result.overlap += cycle.others;
	cycle.others = 0;
}

static void record_event(u32 site, unsigned int role, unsigned int kind,
			 u64 addr, size_t size)
{
	struct explore_result *res = &shm->result;

	res->events++;
	res->role_events[role]++;
	res->hash = (res->hash ^ site ^ ((u64)role << 32) ^ ((u64)kind << 40)) *
		    GOLDEN_RATIO_64;
	res->hash ^= res->hash >> 29;
	res->hash_addr = (res->hash_addr ^ addr) * GOLDEN_RATIO_64;
	res->hash_addr ^= res->hash_addr >> 31;
	if (shm->plan.flags & EXPLORE_F_TRACE && shm->nr_trace)
		trace_event(site, role, kind, addr, size);
	if (res->events == shm->plan.stop_event)
		explore_stop();
	if (res->events == shm->plan.event_limit)
		panic("explore: no end after %llu events", res->events);
}

/* A role that never blocks steps back once in a while. */
static bool step_back(unsigned int role)
{
	if (!shm->plan.fair || ++cycle.run < shm->plan.fair)
		return false;
	cycle.run = 0;
	shm->result.forced++;
	move_role(role, EXPLORE_ROLES - 1);
	return true;
}

/* Sites are kept track of where somebody wants to know, or to decide. */
static struct explore_site *tracked_site(u32 site, unsigned int role)
{
	const struct explore_plan *plan = &shm->plan;

	if (plan->flags & EXPLORE_F_PROFILE ||
	    plan->scope == EXPLORE_SCOPE_ALL ||
	    (plan->scope == EXPLORE_SCOPE_MODULE && site & EXPLORE_SITE_MODULE) ||
	    watched(site, role))
		return find_site(site, role, true);
	return NULL;
}

/* Returns true if the scheduler has to look. */
static bool decide(struct explore_site *s, struct explore_decision *d)
{
	bool hit = false;

	d->nth = ++s->count;
	while (decide_planned(s, d)) {
		apply(d);
		hit = true;
	}
	if (!hit && in_scope(s) && decide_step(d)) {
		apply(d);
		hit = true;
	}
	return hit;
}

static bool point(u32 site, unsigned int role, enum explore_kind kind,
		  unsigned long addr, size_t size)
{
	struct explore_decision d = { .site = site, .role = role, .kind = kind };
	struct explore_site *s = tracked_site(site, role);

	if (s && shm->plan.flags & EXPLORE_F_PROFILE) {
		s->kind = kind;
		profile(s, kind, addr, size);
	}
	if (role == EXPLORE_ROLE_IRQ || !can_switch())
		return false;
	flag_event(EXPLORE_EVENT_POINT);
	return (s && decide(s, &d)) || step_back(role);
}

static bool is_refcount(unsigned long addr)
{
	return last_module && addr == (unsigned long)&last_module->refcnt;
}

/* Something is about to happen, and somebody else may come first. */
static void passage(enum explore_kind kind, unsigned long addr, size_t size,
		    unsigned long ip)
{
	unsigned int role = context_role();
	u32 site = site_of(ip);
	bool resched;

	explore_active = false;
	cycle.busy = true;
	if (kind <= EXPLORE_WRITE && is_refcount(addr))
		kind = EXPLORE_REF;
	record_event(site, role, kind, addr, size);
	count_overlap(role);
	resched = point(site, role, kind, addr, size);
	cycle.busy = false;
	if (resched)
		switch_now();
	explore_active = in_extent();
}

void __explore_point(enum explore_kind kind, const void *addr,
		     size_t size, unsigned long ip)
{
	if (is_own((unsigned long)addr))
		return;
	explore_active = false;
	if (in_extent())
		passage(kind, (unsigned long)addr, size, ip);
}
EXPORT_SYMBOL_GPL(__explore_point);

bool explore_suspend(void)
{
	bool was_active = explore_active;

	explore_active = false;
	return was_active;
}

void explore_resume(bool was_active)
{
	explore_active = was_active;
}

void explore_report(void)
{
	if (!explore_on)
		return;
	explore_on = false;
	explore_active = false;
	shm->result.time = time_travel_look() - shm->result.time;
}

/* Basic blocks of modules */
void __sanitizer_cov_trace_pc(void);
void notrace __sanitizer_cov_trace_pc(void)
{
	if (!explore_on || cycle.busy)
		return;
	if (!in_extent())
		enter_extent(*(unsigned long **)__builtin_frame_address(0));
	passage(EXPLORE_BLOCK, 0, 0, _RET_IP_);
}
EXPORT_SYMBOL(__sanitizer_cov_trace_pc);

/* System calls of the remover and the traffic are points in any extent. */
void __explore_syscall(unsigned long function)
{
	if (explore_task_role(current) != EXPLORE_ROLE_OTHER)
		passage(EXPLORE_SYSCALL, 0, 0, function);
}

static bool generate_softirq(struct explore_decision *d)
{
	if (!(shm->plan.flags & EXPLORE_F_SOFTIRQS) || next_random() & 1)
		return false;
	d->target = EXPLORE_ROLE_KSOFTIRQD;
	return true;
}

/* They are few, so each counts, whoever wants to know. */
static bool decide_softirq(struct explore_decision *d)
{
	struct explore_site *s = find_site(d->site, d->role, true);

	if (!s)
		return false;
	s->kind = d->kind;
	d->nth = ++s->count;
	if (!decide_planned(s, d) && !generate_softirq(d))
		return false;
	d->event = shm->result.events;
	flag_event(EXPLORE_EVENT_DECISION);
	log_decision(d);
	return true;
}

bool __explore_defer_softirq(unsigned long ip)
{
	struct explore_decision d = { .kind = EXPLORE_SOFTIRQ };
	bool active;

	if (cycle.busy || is_idle_task(current))
		return false;
	d.role = explore_task_role(current);
	if (d.role == EXPLORE_ROLE_KSOFTIRQD)
		cycle.softirq_deferred = false;
	if (!cycle.softirq_deferred && in_extent()) {
		d.site = site_of(ip);
		active = explore_suspend();
		cycle.busy = true;
		record_event(d.site, d.role, d.kind, 0, 0);
		cycle.softirq_deferred = decide_softirq(&d);
		cycle.busy = false;
		explore_resume(active);
	}
	return cycle.softirq_deferred;
}

/* ---- for the scheduler ------------------------------------------------- */

void explore_yield(struct task_struct *p)
{
	cycle.yielded = p;
	shm->result.forced++;
	move_role(explore_task_role(p), EXPLORE_ROLES - 1);
}

/* In the scheduler: the running task has just been switched to. */
void explore_switched(void)
{
	unsigned int role = explore_task_role(current);

	explore_active = false;
	cycle.yielded = NULL;
	cycle.run = 0;
	shm->result.switches++;
	if (role == EXPLORE_ROLE_KSOFTIRQD)
		cycle.softirq_deferred = false;
	if (is_idle_task(current) || role == EXPLORE_ROLE_OTHER)
		return;
	cycle.busy = true;
	record_event(EXPLORE_SITE_UNKNOWN, role, EXPLORE_SWITCH, current->pid, 0);
	cycle.busy = false;
	explore_active = in_extent();
}

/* ---- modules ----------------------------------------------------------- */

static int module_index(const char *name)
{
	int i;

	for (i = 0; i < EXPLORE_MODULES; i++) {
		if (!shm->modules[i].name[0])
			strscpy(shm->modules[i].name, name);
		if (!strcmp(shm->modules[i].name, name))
			return i;
	}
	return -1;
}

/* Memory that had been another module's is so no longer. */
static void drop_ranges(unsigned long start, unsigned long end)
{
	for (unsigned int i = 0; i < nr_ranges; i++)
		if (start < text_ranges[i].end && text_ranges[i].start < end)
			text_ranges[i].end = text_ranges[i].start;
}

static void set_range(unsigned int i, unsigned long start, unsigned int size,
		      u32 site)
{
	drop_ranges(start, start + size);
	text_ranges[i].start = start;
	text_ranges[i].end = start + size;
	text_ranges[i].site = site;
	nr_ranges = max(nr_ranges, i + 1);
}

/* How often a module has come to lie elsewhere than the time before. */
static long moved;

static void note_layout(int i, const struct module *mod)
{
	static void *seen[EXPLORE_MODULES][MOD_MEM_NUM_TYPES];
	bool same = true;

	for_class_mod_mem_type(type, core) {
		same &= seen[i][type] == mod->mem[type].base;
		seen[i][type] = mod->mem[type].base;
	}
	moved += !same;
}

static int module_event(struct notifier_block *nb, unsigned long state,
			void *data)
{
	struct module *mod = data;
	struct explore_module *m;
	int i;
	u32 site;

	if (state == MODULE_STATE_LIVE)
		drop_ranges((unsigned long)mod->mem[MOD_INIT_TEXT].base,
			    (unsigned long)mod->mem[MOD_INIT_TEXT].base +
			    mod->mem[MOD_INIT_TEXT].size);
	if (state != MODULE_STATE_COMING)
		return NOTIFY_DONE;
	i = module_index(mod->name);
	if (i < 0)
		return NOTIFY_DONE;
	note_layout(i, mod);
	last_module = mod;
	m = &shm->modules[i];
	m->mod = (unsigned long)mod;
	m->text = (unsigned long)mod->mem[MOD_TEXT].base;
	m->text_size = mod->mem[MOD_TEXT].size;
	m->init_text = (unsigned long)mod->mem[MOD_INIT_TEXT].base;
	m->init_size = mod->mem[MOD_INIT_TEXT].size;
	site = EXPLORE_SITE_MODULE | i << 24;
	set_range(2 * i, m->text, m->text_size, site);
	set_range(2 * i + 1, m->init_text, m->init_size,
		  site | EXPLORE_SITE_INIT);
	return NOTIFY_DONE;
}

static struct notifier_block module_nb = { .notifier_call = module_event };

/* ---- cycles ------------------------------------------------------------ */

static DECLARE_WAIT_QUEUE_HEAD(gate);		/* roles wait for the next cycle */
static DECLARE_WAIT_QUEUE_HEAD(gate_full);	/* EXPLORE_RUN waits for roles */
static atomic_t joined, waiting;
static unsigned int gate_opened;
static bool stopped;

static bool everyone_waits(void)
{
	return atomic_read(&waiting) >= atomic_read(&joined);
}

static bool read_go(void)
{
	char c;
	int ret;

	do {
		ret = os_read_file(host_read_fd, &c, 1);
	} while (ret == -EINTR);
	return ret == 1;
}

/*
 * Tell the outside why we need it, and wait until there is a plan. One that answers an
 * earlier request has outlived a way back, and is passed over.
 */
static bool ask(enum explore_ask why)
{
	u32 request = shm->request + 1;
	char c = 0;

	if (host_write_fd < 0)
		return true;
	shm->ask = why;
	WRITE_ONCE(shm->request, request);
	os_write_file(host_write_fd, &c, 1);
	do {
		if (!read_go())
			return false;
	} while (READ_ONCE(shm->plan.request) != request);
	return true;
}

/* ---- the checkpoint ---------------------------------------------------- */

static int take_checkpoint(void)
{
	bool verify = shm->plan.flags & EXPLORE_F_VERIFY;
	unsigned long long offset;
	int fd = phys_mapping(0, &offset);
	int ret = checkpoint_taken() ? -EBUSY : checkpoint_add_mms();

	return ret ?: checkpoint_take(fd, uml_physmem, verify);
}

/*
 * The shared file is not gone back on. What it says of modules is, since rows are taken
 * as they come; the number of the cycle is not, since tables are keyed by it.
 */
static void keep_state(void)
{
	static struct explore_module modules[EXPLORE_MODULES];
	int ret;

	memcpy(modules, shm->modules, sizeof(modules));
	ret = take_checkpoint();
	memcpy(shm->modules, modules, sizeof(modules));
	shm->checkpoint = (struct explore_checkpoint) {
		.error = ret < 0 ? -ret : 0,
		.taken = checkpoint_taken(),
		.tracked = checkpoint_tracks(),
		.back = ret > 0 ? ret : 0,
	};
}

/* What would end the machine ends the cycle, if the outside wants that. */
static void end_or_go_back(enum explore_ask why)
{
	if (!checkpoint_taken())
		return;
	console_flush_on_panic(CONSOLE_FLUSH_PENDING);
	if (ask(why) && shm->plan.flags & EXPLORE_F_BACK)
		checkpoint_go_back();
}

static bool fetch_plan(void)
{
	while (ask(EXPLORE_ASK_PLAN)) {
		if (shm->plan.flags & EXPLORE_F_BACK && checkpoint_taken())
			checkpoint_go_back();
		if (!(shm->plan.flags & EXPLORE_F_CHECKPOINT))
			return !(shm->plan.flags & EXPLORE_F_STOP);
		keep_state();
	}
	return false;
}

static void start_cycle(void)
{
	u32 nr = shm->result.cycle + 1;

	memset(&cycle, 0, sizeof(cycle));
	cycle.nr = nr;
	cycle.random = shm->plan.seed ?: 1;
	set_order(shm->plan.order);
	load_sites(&shm->plan);
	draw_gap();
	shm->result = (struct explore_result) {
		.status = EXPLORE_RUNNING, .cycle = nr, .time = time_travel_look(),
	};
}

static void open_gate(void)
{
	preempt_disable();
	atomic_set(&waiting, 0);
	gate_opened++;
	wake_up_all(&gate);
	explore_on = !stopped;
	preempt_enable();
}

static void end_cycle(enum explore_status status)
{
	explore_report();
	WRITE_ONCE(shm->result.status, status);
}

static long run_cycle(void)
{
	unsigned long limit;

	wait_event_idle(gate_full, everyone_waits());
	if (!fetch_plan()) {
		stopped = true;
		open_gate();
		return -ESHUTDOWN;
	}
	start_cycle();
	limit = nsecs_to_jiffies(shm->plan.time_limit) ?: MAX_SCHEDULE_TIMEOUT;
	open_gate();
	if (!wait_event_idle_timeout(gate_full, everyone_waits(), limit)) {
		end_cycle(EXPLORE_HUNG);
		return -ETIMEDOUT;
	}
	schedule_timeout_idle(nsecs_to_jiffies(shm->plan.settle));
	end_cycle(EXPLORE_DONE);
	return 0;
}

/* All that is done for the removal is within the extent. */
static void start_removal(unsigned int role)
{
	ktime_t delay = ns_to_ktime(shm->plan.start_delay);

	if (delay && role == EXPLORE_ROLE_REMOVER) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		schedule_hrtimeout(&delay, HRTIMER_MODE_REL);
	}
	task_entry(current)->frame = FRAME_ALWAYS;
	explore_active = explore_on;
}

static void leave_extent(void)
{
	task_entry(current)->frame = NULL;
	explore_active = false;
}

static long wait_for_cycle(void)
{
	unsigned int role = explore_task_role(current);
	unsigned int seen = gate_opened;

	leave_extent();
	atomic_inc(&waiting);
	wake_up(&gate_full);
	if (wait_event_interruptible(gate, gate_opened != seen)) {
		atomic_dec(&waiting);
		return -ERESTARTSYS;
	}
	if (stopped)
		return -ESHUTDOWN;
	if (removes(role))
		start_removal(role);
	return 0;
}

static long join(struct file *file, unsigned long role)
{
	if (!removes(role) &&
	    (role < EXPLORE_ROLE_TRAFFIC ||
	     role >= EXPLORE_ROLE_TRAFFIC + EXPLORE_NR_TRAFFIC))
		return -EINVAL;
	if (file->private_data)
		return -EBUSY;
	file->private_data = current;
	task_entry(current)->role = role;
	atomic_inc(&joined);
	return 0;
}

static long explore_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case EXPLORE_JOIN:
		return join(file, arg);
	case EXPLORE_NEXT:
		return file->private_data ? wait_for_cycle() : -EINVAL;
	case EXPLORE_RUN:
		return file->private_data ? -EINVAL : run_cycle();
	case EXPLORE_MOVED:
		return moved;
	}
	return -ENOTTY;
}

static int explore_open(struct inode *inode, struct file *file)
{
	file->private_data = NULL;
	return 0;
}

static int explore_release(struct inode *inode, struct file *file)
{
	if (file->private_data) {
		atomic_dec(&joined);
		wake_up(&gate_full);
	}
	return 0;
}

static const struct file_operations explore_fops = {
	.owner		= THIS_MODULE,
	.open		= explore_open,
	.release	= explore_release,
	.unlocked_ioctl	= explore_ioctl,
};

static struct miscdevice explore_dev = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "modrace_explore",
	.fops	= &explore_fops,
};

static int explore_panic(struct notifier_block *nb, unsigned long event,
			 void *reason)
{
	explore_report();
	strscpy(shm->result.reason, reason);
	WRITE_ONCE(shm->result.status, EXPLORE_PANIC);
	end_or_go_back(EXPLORE_ASK_PANIC);
	return NOTIFY_DONE;
}

static struct notifier_block panic_nb = {
	.notifier_call	= explore_panic,
	.priority	= INT_MAX,
};

static int explore_off(struct notifier_block *nb, unsigned long event,
		       void *command)
{
	if (!stopped)
		end_or_go_back(EXPLORE_ASK_OFF);
	return NOTIFY_DONE;
}

static struct notifier_block off_nb = {
	.notifier_call	= explore_off,
	.priority	= INT_MAX,
};

/* ---- set-up ------------------------------------------------------------ */

/* modrace_explore=FILE[,READFD,WRITEFD] */
static int __init explore_setup(char *str)
{
	char *fds = strchr(str, ',');

	shm_path = str;
	if (fds && sscanf(fds + 1, "%d,%d", &host_read_fd, &host_write_fd) != 2)
		return 0;
	if (fds)
		*fds = '\0';
	return 1;
}
__setup("modrace_explore=", explore_setup);

static struct explore_shm *__init map_shm(const char *path)
{
	unsigned long long size;
	struct explore_shm *map;
	int fd;

	if (os_file_size(path, &size) || size < sizeof(*map))
		return NULL;
	fd = os_open_file(path, of_rdwr(OPENFLAGS()), 0);
	if (fd < 0)
		return NULL;
	map = os_mmap_rw_shared(fd, size);
	os_close_file(fd);
	if (!map || map->magic != EXPLORE_MAGIC || map->abi != EXPLORE_ABI ||
	    struct_size(map, trace, map->nr_trace) > size)
		return NULL;
	return map;
}

static int __init explore_init(void)
{
	if (!shm_path)
		return 0;
	shm = map_shm(shm_path);
	if (!shm) {
		pr_err("%s: not a file of ABI %d\n", shm_path, EXPLORE_ABI);
		return -EINVAL;
	}
	if (time_travel_mode != TT_MODE_INFCPU) {
		pr_err("needs time-travel=inf-cpu\n");
		return -EINVAL;
	}
	shm->text = (unsigned long)_text;
	register_module_notifier(&module_nb);
	atomic_notifier_chain_register(&panic_notifier_list, &panic_nb);
	register_reboot_notifier(&off_nb);
	return misc_register(&explore_dev);
}
late_initcall(explore_init);
