/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* exit: a whole process ended; one record that also says who or what killed it. */
#ifndef TAPIO_EXIT_BPF_H
#define TAPIO_EXIT_BPF_H

#include "crit.bpf.h"
#include "oom_kill.bpf.h"
#include "signal.bpf.h"

#define SIGNAL_GROUP_EXIT 0x00000004

/* What wait(2) will report: the group's code, or the leader's own where each thread left alone. */
static __always_inline __u32 group_wait_status(struct task_struct *task)
{
	struct signal_struct *group = BPF_CORE_READ(task, signal);

	if (BPF_CORE_READ(group, flags) & SIGNAL_GROUP_EXIT)
		return BPF_CORE_READ(group, group_exit_code);
	return BPF_CORE_READ(task, group_leader, exit_code);
}

static __always_inline int exit_record(struct task_struct *task)
{
	struct tapio_exit *record;
	__u32 tgid, status;
	bool joined;

	if (BPF_CORE_READ(task, flags) & PF_KTHREAD)
		return 0;
	status = group_wait_status(task);
	record = ring_reserve(&crit, TAPIO_RING_CRIT, TAPIO_RECORD_EXIT, sizeof(*record));
	if (!record)
		return 0;
	task_describe(&record->task, task);
	record->header.flags |= cgroup_describe(&record->cgroup, task_cgroup(task));
	record->wait_status = status;
	record->signal = status & 0x7f;
	record->core_dumped = !!(status & 0x80);
	record->exit_code = record->signal ? 0 : (status >> 8) & 0xff;
	record->reserved = 0;
	record->max_rss_pages = BPF_CORE_READ(task, signal, maxrss);
	record->oom_boot_ns = oom_join(&record->task);
	if (record->oom_boot_ns)
		record->header.flags |= TAPIO_FLAG_OOM_VICTIM;
	joined = signal_join(&record->sender, &record->task, status & 0x7f);
	if (joined)
		record->header.flags |= TAPIO_FLAG_SENDER;
	else
		__builtin_memset(&record->sender, 0, sizeof(record->sender));
	tgid = record->task.tgid;
	/* An abnormal end wakes the reader: what explains it may soon be gone. */
	ring_submit(&crit, record, sizeof(*record), status != 0);
	if (joined)
		signal_forget(tgid, status & 0x7f);
	return 0;
}

/* Two prototypes exist; user space switches on the one that the kernel's BTF asks for. */
SEC("?tp_btf/sched_process_exit")
int BPF_PROG(sched_process_exit_group, struct task_struct *task, bool group_dead)
{
	return group_dead ? exit_record(task) : 0;
}

struct exit_key {
	__u64 start_boot_ns;
	__u32 tgid;
	__u32 reserved;
};

/* Groups already reported: two last threads can both find that nobody is left. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct exit_key);
	__type(value, __u32);
} exits_reported SEC(".maps");

SEC("?tp_btf/sched_process_exit")
int BPF_PROG(sched_process_exit_live, struct task_struct *task)
{
	struct exit_key key = {};
	__u32 value = 1;

	if (BPF_CORE_READ(task, signal, live.counter) != 0)
		return 0;
	key.tgid = BPF_CORE_READ(task, tgid);
	key.start_boot_ns = BPF_CORE_READ(task, group_leader, start_boottime);
	if (bpf_map_update_elem(&exits_reported, &key, &value, BPF_NOEXIST))
		return 0;
	return exit_record(task);
}

#endif
