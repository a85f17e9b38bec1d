/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who a task is. */
#ifndef TAPIO_TASK_BPF_H
#define TAPIO_TASK_BPF_H

#include "tapio_record.h"

#define PF_KTHREAD 0x00200000

static __always_inline void task_ns_tgid(struct tapio_task *out, struct task_struct *leader)
{
	struct pid *pid = BPF_CORE_READ(leader, thread_pid);
	struct upid upid = {};
	__u32 level;

	out->ns_tgid = 0;
	out->pid_ns_level = 0;
	/* Null once the leader has been reaped. */
	if (!pid)
		return;
	level = BPF_CORE_READ(pid, level);
	bpf_core_read(&upid, sizeof(upid),
		      (void *)pid + bpf_core_field_offset(struct pid, numbers) +
			      level * bpf_core_type_size(struct upid));
	out->ns_tgid = upid.nr;
	out->pid_ns_level = level;
}

static __always_inline void task_describe(struct tapio_task *out, struct task_struct *task)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct task_struct *parent = BPF_CORE_READ(task, real_parent);

	out->tgid = BPF_CORE_READ(task, tgid);
	out->pid = BPF_CORE_READ(task, pid);
	out->ppid = BPF_CORE_READ(parent, tgid);
	out->uid = BPF_CORE_READ(task, cred, uid.val);
	out->start_boot_ns = BPF_CORE_READ(leader, start_boottime);
	task_ns_tgid(out, leader);
	out->comm[0] = '\0';
	out->parent_comm[0] = '\0';
	BPF_CORE_READ_STR_INTO(&out->comm, leader, comm);
	BPF_CORE_READ_STR_INTO(&out->parent_comm, parent, group_leader, comm);
}

#endif
