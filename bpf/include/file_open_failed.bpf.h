/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* file_open_failed: a process was refused a file. */
#ifndef TAPIO_FILE_OPEN_FAILED_BPF_H
#define TAPIO_FILE_OPEN_FAILED_BPF_H

#include "bulk.bpf.h"
#include "cgroup.bpf.h"
#include "syscall.bpf.h"
#include "task.bpf.h"

#define EPERM  1
#define ENOENT 2
#define EACCES 13
#define ENFILE 23
#define EMFILE 24
#define ENOSPC 28
#define EROFS  30

#define O_WRONLY 00000001
#define O_CREAT	 00000100
#define O_TRUNC	 00001000

#define ERRNO_BIT(errno) (1ULL << (errno))

/* Which errors are recorded: bit N stands for errno N, of those below 64. */
const volatile __u64 open_errno_mask = ERRNO_BIT(EPERM) | ERRNO_BIT(EACCES) | ERRNO_BIT(ENFILE) |
				       ERRNO_BIT(EMFILE) | ERRNO_BIT(ENOSPC) | ERRNO_BIT(EROFS);

/* ENOENT is recorded for this long after its process' last exec; 0: only as the mask says. */
const volatile __u64 open_enoent_after_exec_ns = 0;

struct exec_time {
	__u64 boot_ns;
	__u64 start_boot_ns;
};

/* Newest exec of processes, by tgid. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, __u32);
	__type(value, struct exec_time);
} exec_times SEC(".maps");

static __always_inline __u64 process_start(struct task_struct *task)
{
	return BPF_CORE_READ(task, group_leader, start_boottime);
}

/* Needed only where open_enoent_after_exec_ns is set. */
SEC("?tp_btf/sched_process_exec")
int BPF_PROG(remember_exec, struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm)
{
	struct exec_time time = {
		.boot_ns = bpf_ktime_get_boot_ns(),
		.start_boot_ns = process_start(task),
	};
	__u32 tgid = BPF_CORE_READ(task, tgid);

	bpf_map_update_elem(&exec_times, &tgid, &time, BPF_ANY);
	return 0;
}

static __always_inline bool soon_after_exec(struct task_struct *task)
{
	__u32 tgid = BPF_CORE_READ(task, tgid);
	struct exec_time *time = bpf_map_lookup_elem(&exec_times, &tgid);

	return time && time->start_boot_ns == process_start(task) &&
	       bpf_ktime_get_boot_ns() - time->boot_ns <= open_enoent_after_exec_ns;
}

/* Fills flags and path from the arguments. Returns the flags that the record must carry. */
static __always_inline __u32 open_arguments(struct tapio_file_open_failed *record,
					    struct pt_regs *regs, long number)
{
	const char *path;
	__u64 flags = 0;
	long length;

	switch (number) {
	case SYSCALL_OPEN:
		path = (const char *)PT_REGS_PARM1_CORE_SYSCALL(regs);
		flags = PT_REGS_PARM2_CORE_SYSCALL(regs);
		break;
	case SYSCALL_CREAT:
		path = (const char *)PT_REGS_PARM1_CORE_SYSCALL(regs);
		flags = O_CREAT | O_WRONLY | O_TRUNC;
		break;
	case SYSCALL_OPENAT:
		path = (const char *)PT_REGS_PARM2_CORE_SYSCALL(regs);
		flags = PT_REGS_PARM3_CORE_SYSCALL(regs);
		break;
	default:
		path = (const char *)PT_REGS_PARM2_CORE_SYSCALL(regs);
		/* The first member of struct open_how. */
		bpf_probe_read_user(&flags, sizeof(flags),
				    (void *)PT_REGS_PARM3_CORE_SYSCALL(regs));
	}
	record->open_flags = flags;
	record->path[0] = '\0';
	length = bpf_probe_read_user_str(record->path, sizeof(record->path), path);
	if (length < 0) {
		record->path[0] = '\0';
		return TAPIO_FLAG_PATH_UNREADABLE;
	}
	return length == sizeof(record->path) ? TAPIO_FLAG_PATH_TRUNCATED : 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(sys_exit_open, struct pt_regs *regs, long result)
{
	struct tapio_file_open_failed *record;
	struct task_struct *task;
	long number;

	/* The cheapest test first: it is enough for nearly all system calls. */
	if (result >= 0 || result <= -64)
		return 0;
	number = SYSCALL_NUMBER(regs);
	if (number != SYSCALL_OPENAT && number != SYSCALL_OPENAT2 && number != SYSCALL_OPEN &&
	    number != SYSCALL_CREAT)
		return 0;
	task = (struct task_struct *)bpf_get_current_task();
	if (!(open_errno_mask & ERRNO_BIT(-result)) &&
	    (result != -ENOENT || !open_enoent_after_exec_ns || !soon_after_exec(task)))
		return 0;
	if (syscall_is_32bit(task))
		return 0;
	record = ring_reserve(&bulk, TAPIO_RING_BULK, TAPIO_RECORD_FILE_OPEN_FAILED,
			      sizeof(*record));
	if (!record)
		return 0;
	task_describe(&record->task, task);
	record->header.flags |= cgroup_describe(&record->cgroup, task_cgroup(task));
	record->error = -result;
	record->header.flags |= open_arguments(record, regs, number);
	bulk_submit(record);
	return 0;
}

#endif
