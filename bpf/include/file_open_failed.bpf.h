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

/* Where records are put together: how long they are is known only then. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tapio_file_open_failed);
} open_draft SEC(".maps");

/* A place in `text` that leaves room for the longest field, as the verifier can see. */
static __always_inline __u32 text_place(__u32 at)
{
	return at & 508;
}

/* Where the next text may begin behind one of that length, its NUL included. */
static __always_inline __u32 text_end(__u32 at, long length)
{
	return at + (((length > 0 ? (__u32)length : 1) + 3) & ~3U);
}

/* Appends a cgroup's name. */
static __always_inline __u32 draft_name(struct tapio_file_open_failed *draft, __u32 at,
					struct cgroup *cgroup)
{
	__u32 place = text_place(at);
	long length = 1;

	draft->text[place] = '\0';
	if (cgroup)
		length = bpf_probe_read_kernel_str(draft->text + place, TAPIO_CGROUP_NAME_BYTES,
						   BPF_CORE_READ(cgroup, kn, name));
	if (length == TAPIO_CGROUP_NAME_BYTES)
		draft->header.flags |= TAPIO_FLAG_CGROUP_NAME_TRUNCATED;
	return text_end(place, length);
}

/* The cgroup and its names, as cgroup_describe tells them. Returns where they end. */
static __always_inline __u32 draft_cgroup(struct tapio_file_open_failed *draft,
					  struct cgroup *cgroup)
{
	struct cgroup *parent = NULL, *grandparent = NULL;
	__u32 at;

	draft->cgroup_id = cgroup ? BPF_CORE_READ(cgroup, kn, id) : 0;
	draft->cgroup_hierarchy_id = cgroup ? BPF_CORE_READ(cgroup, root, hierarchy_id) : 0;
	draft->cgroup_level = cgroup ? BPF_CORE_READ(cgroup, level) : 0;
	if (cgroup)
		parent = cgroup_parent_of(cgroup);
	if (parent)
		grandparent = cgroup_parent_of(parent);
	at = draft_name(draft, 0, cgroup);
	draft->parent_at = at;
	at = draft_name(draft, at, parent);
	draft->grandparent_at = at;
	return draft_name(draft, at, grandparent);
}

/* Flags and path from the arguments of the call. Returns where the path ends. */
static __always_inline __u32 draft_arguments(struct tapio_file_open_failed *draft, __u32 at,
					     struct pt_regs *regs, long number)
{
	__u32 place = text_place(at);
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
	draft->open_flags = flags;
	draft->path_at = place;
	length = bpf_probe_read_user_str(draft->text + place, TAPIO_PATH_BYTES, path);
	if (length < 0) {
		draft->text[place] = '\0';
		draft->header.flags |= TAPIO_FLAG_PATH_UNREADABLE;
	} else if (length == TAPIO_PATH_BYTES)
		draft->header.flags |= TAPIO_FLAG_PATH_TRUNCATED;
	return text_end(place, length);
}

/* Copies a draft into the ring, as a record of `size` bytes, which the verifier wants to know. */
static __always_inline int write_draft(struct tapio_file_open_failed *draft, __u32 size)
{
	const __u32 header_size = sizeof(struct tapio_record_header);
	struct tapio_record_header *header;

	header = ring_reserve(&bulk, TAPIO_RING_BULK, TAPIO_RECORD_FILE_OPEN_FAILED, size);
	if (!header)
		return 0;
	header->flags |= draft->header.flags;
	bpf_probe_read_kernel((void *)header + header_size, size - header_size,
			      (void *)draft + header_size);
	bulk_submit(header);
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(sys_exit_open, struct pt_regs *regs, long result)
{
	struct tapio_file_open_failed *draft;
	struct task_struct *task;
	const __u32 zero = 0;
	__u32 size;
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
	draft = bpf_map_lookup_elem(&open_draft, &zero);
	if (!draft)
		return 0;
	draft->header.flags = 0;
	task_describe(&draft->task, task);
	draft->error = -result;
	size = draft_cgroup(draft, task_cgroup(task));
	size = draft_arguments(draft, size, regs, number);
	size += __builtin_offsetof(struct tapio_file_open_failed, text);
	/* In a container some 300 to 400, outside of one some 200. */
	if (size <= 224)
		return write_draft(draft, 224);
	if (size <= 288)
		return write_draft(draft, 288);
	if (size <= 352)
		return write_draft(draft, 352);
	if (size <= 416)
		return write_draft(draft, 416);
	if (size <= 512)
		return write_draft(draft, 512);
	return write_draft(draft, sizeof(*draft));
}

#endif
