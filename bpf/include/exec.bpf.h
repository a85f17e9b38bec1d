/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* exec: a process began to run a program. */
#ifndef TAPIO_EXEC_BPF_H
#define TAPIO_EXEC_BPF_H

#include "crit.bpf.h"

/* How much of the argument vector a record may hold; 0 keeps arguments out of the capture. */
const volatile __u32 args_max_bytes = TAPIO_ARGS_BYTES;

static __always_inline __u32 exec_args(struct tapio_exec *record, struct task_struct *task)
{
	unsigned long start = BPF_CORE_READ(task, mm, arg_start);
	unsigned long end = BPF_CORE_READ(task, mm, arg_end);
	__u32 limit = args_max_bytes;
	__u64 bytes = end - start;
	__u32 flags = 0;

	record->args_length = 0;
	record->args_total_length = bytes;
	if (limit == 0 || bytes == 0)
		return 0;
	if (limit > TAPIO_ARGS_BYTES)
		limit = TAPIO_ARGS_BYTES;
	if (bytes > limit)
		flags = TAPIO_FLAG_ARGS_TRUNCATED;
	barrier_var(bytes);
	if (bytes > limit)
		bytes = limit;
	if (bpf_probe_read_user(record->args, bytes, (void *)start))
		return TAPIO_FLAG_ARGS_UNREADABLE;
	record->args_length = bytes;
	return flags;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(sched_process_exec, struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm)
{
	struct tapio_exec *record =
		ring_reserve(&crit, TAPIO_RING_CRIT, TAPIO_RECORD_EXEC, sizeof(*record));

	if (!record)
		return 0;
	task_describe(&record->task, task);
	record->header.flags |= cgroup_describe(&record->cgroup, task_cgroup(task));
	record->header.flags |= exec_args(record, task);
	record->filename[0] = '\0';
	bpf_probe_read_kernel_str(record->filename, sizeof(record->filename),
				  BPF_CORE_READ(bprm, filename));
	ring_submit(&crit, record, sizeof(*record), false);
	return 0;
}

#endif
