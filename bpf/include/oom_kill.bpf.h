/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* OOM kill: the kernel chose a victim. */
#ifndef TAPIO_OOM_KILL_BPF_H
#define TAPIO_OOM_KILL_BPF_H

#include "cgroup.bpf.h"
#include "crit.bpf.h"
#include "task.bpf.h"

#define OOM_WALK_LEVELS 16

struct oom_victim {
	__u64 boot_ns;
	__u64 start_boot_ns; /* 0: unknown */
};

/* Victims on their way to the exit record, by tgid. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct oom_victim);
} oom_victims SEC(".maps");

/* mm_struct.rss_stat was an array of atomics in a struct of its own until Linux 6.2. */
struct mm_rss_stat___atomic {
	atomic_long_t count[4];
} __attribute__((preserve_access_index));

struct mm_struct___atomic {
	struct mm_rss_stat___atomic rss_stat;
} __attribute__((preserve_access_index));

struct percpu_counter___rss {
	__s64 count;
} __attribute__((preserve_access_index));

struct mm_struct___percpu {
	struct percpu_counter___rss rss_stat[4];
} __attribute__((preserve_access_index));

#define MM_FILE	 0
#define MM_ANON	 1
#define MM_SWAP	 2
#define MM_SHMEM 3

#define RSS_PAGES(mm, index)                                                     \
	({                                                                       \
		__s64 pages;                                                     \
		if (bpf_core_type_exists(struct mm_rss_stat___atomic))           \
			pages = BPF_CORE_READ((struct mm_struct___atomic *)(mm), \
					      rss_stat.count[index].counter);    \
		else                                                             \
			pages = BPF_CORE_READ((struct mm_struct___percpu *)(mm), \
					      rss_stat[index].count);            \
		pages < 0 ? 0 : (__u64)pages;                                    \
	})

/* Moved out of kernels built without CONFIG_MEMCG_V1 (Linux 6.11). */
struct mem_cgroup___lock {
	bool oom_lock;
} __attribute__((preserve_access_index));

static __always_inline struct mem_cgroup *css_memcg(struct cgroup_subsys_state *css)
{
	return css ? (void *)css - bpf_core_field_offset(struct mem_cgroup, css) : NULL;
}

/* The kernel locks the whole subtree of the cgroup whose limit was hit while it picks a victim. */
static __always_inline bool memcg_oom_locked(struct mem_cgroup *memcg)
{
	struct mem_cgroup___lock *lock = (void *)memcg;

	if (!bpf_core_field_exists(lock->oom_lock))
		return false;
	return BPF_CORE_READ(lock, oom_lock);
}

static __always_inline void memcg_level(struct tapio_memcg_level *out, struct mem_cgroup *memcg)
{
	out->present = memcg != NULL;
	out->usage_pages = memcg ? BPF_CORE_READ(memcg, memory.usage.counter) : 0;
	out->max_pages = memcg ? BPF_CORE_READ(memcg, memory.max) : 0;
	out->fail_count = memcg ? BPF_CORE_READ(memcg, memory.failcnt) : 0;
	out->oom_locked = memcg ? memcg_oom_locked(memcg) : 0;
}

static __always_inline void oom_levels(struct tapio_oom_kill *record, struct task_struct *task)
{
	struct cgroup_subsys_state *css = task_memory_css(task);
	struct mem_cgroup___lock *lock = NULL;
	int level;

	record->oom_level = bpf_core_field_exists(lock->oom_lock) ? TAPIO_OOM_LEVEL_GLOBAL
								  : TAPIO_OOM_LEVEL_UNKNOWN;
#pragma unroll
	for (level = 0; level < OOM_WALK_LEVELS; level++) {
		if (level < TAPIO_MEMCG_LEVELS)
			memcg_level(&record->levels[level], css_memcg(css));
		if (!css)
			continue;
		if (memcg_oom_locked(css_memcg(css)))
			record->oom_level = level;
		css = BPF_CORE_READ(css, parent);
	}
}

static __always_inline void oom_memory(struct tapio_oom_kill *record, struct mm_struct *mm)
{
	record->total_vm_pages = mm ? BPF_CORE_READ(mm, total_vm) : 0;
	record->anon_rss_pages = mm ? RSS_PAGES(mm, MM_ANON) : 0;
	record->file_rss_pages = mm ? RSS_PAGES(mm, MM_FILE) : 0;
	record->shmem_rss_pages = mm ? RSS_PAGES(mm, MM_SHMEM) : 0;
	record->swap_pages = mm ? RSS_PAGES(mm, MM_SWAP) : 0;
}

/* `task` gives cgroup and levels; it is the victim where `by_pid` is 0. */
static __always_inline int oom_record(struct task_struct *task, __u32 by_pid)
{
	struct task_struct *trigger = (struct task_struct *)bpf_get_current_task();
	struct oom_victim victim = {.boot_ns = bpf_ktime_get_boot_ns()};
	struct tapio_oom_kill *record;
	__u32 tgid = by_pid ? by_pid : BPF_CORE_READ(task, tgid);

	if (!by_pid)
		victim.start_boot_ns = BPF_CORE_READ(task, group_leader, start_boottime);
	bpf_map_update_elem(&oom_victims, &tgid, &victim, BPF_ANY);

	record = ring_reserve(&crit, TAPIO_RING_CRIT, TAPIO_RECORD_OOM_KILL, sizeof(*record));
	if (!record)
		return 0;
	record->header.flags |= cgroup_describe(&record->cgroup, task_cgroup(task));
	if (by_pid) {
		record->header.flags |= TAPIO_FLAG_VICTIM_BY_PID;
		__builtin_memset(&record->task, 0, sizeof(record->task));
		record->task.tgid = by_pid;
		record->task.pid = by_pid;
		record->oom_score_adj = 0;
		oom_memory(record, NULL);
	} else {
		task_describe(&record->task, task);
		record->oom_score_adj = BPF_CORE_READ(task, signal, oom_score_adj);
		oom_memory(record, BPF_CORE_READ(task, mm));
	}
	oom_levels(record, task);
	record->trigger_tgid = BPF_CORE_READ(trigger, tgid);
	record->trigger_pid = BPF_CORE_READ(trigger, pid);
	record->trigger_comm[0] = '\0';
	BPF_CORE_READ_STR_INTO(&record->trigger_comm, trigger, comm);
	ring_submit(&crit, record, sizeof(*record), true);
	return 0;
}

/* Two prototypes exist; user space switches on the one that the kernel's BTF asks for. */
SEC("?tp_btf/mark_victim")
int BPF_PROG(mark_victim_task, struct task_struct *task, uid_t uid)
{
	return oom_record(task, 0);
}

SEC("?tp_btf/mark_victim")
int BPF_PROG(mark_victim_pid, int pid)
{
	return oom_record((struct task_struct *)bpf_get_current_task(), pid);
}

/* When the OOM killer chose this process, or 0. Forgets it. */
static __always_inline __u64 oom_join(struct tapio_task *task)
{
	__u32 tgid = task->tgid;
	struct oom_victim *victim = bpf_map_lookup_elem(&oom_victims, &tgid);
	__u64 boot_ns;

	if (!victim)
		return 0;
	boot_ns = victim->boot_ns;
	if (victim->start_boot_ns && victim->start_boot_ns != task->start_boot_ns)
		boot_ns = 0;
	bpf_map_delete_elem(&oom_victims, &tgid);
	return boot_ns;
}

#endif
