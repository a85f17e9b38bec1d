/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Remembers who sent a process its last signals, for the exit record. */
#ifndef TAPIO_SIGNAL_BPF_H
#define TAPIO_SIGNAL_BPF_H

#include "cgroup.bpf.h"
#include "task.bpf.h"

#define SIGHUP	1
#define SIGINT	2
#define SIGQUIT 3
#define SIGKILL 9
#define SIGTERM 15

#define TRACE_SIGNAL_DELIVERED 0

#define SI_USER	  0
#define SI_KERNEL 0x80

/* The kernel passes these two instead of a pointer (SEND_SIG_NOINFO, SEND_SIG_PRIV). */
#define SEND_SIG_NOINFO 0
#define SEND_SIG_PRIV	1

#define SIGNAL_BIT(signal) (1ULL << ((signal)-1))
/* Neither kill by default: CHLD CONT STOP TSTP TTIN TTOU URG WINCH, and 32, 33 of the C library. */
#define SIGNALS_HARMLESS                                                                      \
	(SIGNAL_BIT(17) | SIGNAL_BIT(18) | SIGNAL_BIT(19) | SIGNAL_BIT(20) | SIGNAL_BIT(21) | \
	 SIGNAL_BIT(22) | SIGNAL_BIT(23) | SIGNAL_BIT(28) | SIGNAL_BIT(32) | SIGNAL_BIT(33))
/* Ask a process to end; remembered although it handles them. */
#define SIGNALS_ASKING \
	(SIGNAL_BIT(SIGHUP) | SIGNAL_BIT(SIGINT) | SIGNAL_BIT(SIGQUIT) | SIGNAL_BIT(SIGTERM))

struct signal_key {
	__u32 tgid;   /* of the target */
	__u32 signal; /* 0: the last of SIGNALS_ASKING */
};

struct signal_sent {
	__u64 target_start_boot_ns; /* a reused tgid must not inherit a sender */
	struct tapio_sender sender;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct signal_key);
	__type(value, struct signal_sent);
} signals_sent SEC(".maps");

/* Too large for the stack. Safe per CPU: the hook runs under siglock, with interrupts off. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct signal_sent);
} signal_scratch SEC(".maps");

static __always_inline bool signal_may_kill(struct task_struct *target, __u32 signal)
{
	unsigned long handler = 0;
	void *action;

	if (signal < 1 || signal > 64 || (SIGNAL_BIT(signal) & SIGNALS_HARMLESS))
		return false;
	if (SIGNAL_BIT(signal) & SIGNALS_ASKING)
		return true;
	action = (void *)BPF_CORE_READ(target, sighand) +
		 bpf_core_field_offset(struct sighand_struct, action) +
		 (signal - 1) * bpf_core_type_size(struct k_sigaction);
	bpf_core_read(&handler, sizeof(handler),
		      action + bpf_core_field_offset(struct k_sigaction, sa.sa_handler));
	/* SIG_DFL */
	return handler == 0;
}

static __always_inline void sender_describe(struct tapio_sender *out, struct task_struct *sender)
{
	struct task_struct *leader = BPF_CORE_READ(sender, group_leader);
	struct task_struct *parent = BPF_CORE_READ(sender, real_parent);
	struct cgroup *cgroup = task_cgroup(sender);

	out->tgid = BPF_CORE_READ(sender, tgid);
	out->pid = BPF_CORE_READ(sender, pid);
	out->ppid = BPF_CORE_READ(parent, tgid);
	out->uid = BPF_CORE_READ(sender, cred, uid.val);
	out->boot_ns = bpf_ktime_get_boot_ns();
	out->start_boot_ns = BPF_CORE_READ(leader, start_boottime);
	out->cgroup_id = cgroup ? BPF_CORE_READ(cgroup, kn, id) : 0;
	out->comm[0] = '\0';
	out->parent_comm[0] = '\0';
	BPF_CORE_READ_STR_INTO(&out->comm, leader, comm);
	BPF_CORE_READ_STR_INTO(&out->parent_comm, parent, group_leader, comm);
	cgroup_name(out->cgroup_leaf, cgroup);
	cgroup_name(out->cgroup_parent, cgroup ? cgroup_parent_of(cgroup) : NULL);
}

SEC("tp_btf/signal_generate")
int BPF_PROG(signal_generate, int signal, struct kernel_siginfo *info, struct task_struct *target,
	     int group, int result)
{
	struct signal_key key = {};
	struct signal_sent *sent;
	__u32 zero = 0;

	if (result != TRACE_SIGNAL_DELIVERED || !signal_may_kill(target, signal))
		return 0;
	sent = bpf_map_lookup_elem(&signal_scratch, &zero);
	if (!sent)
		return 0;
	sent->target_start_boot_ns = BPF_CORE_READ(target, group_leader, start_boottime);
	sender_describe(&sent->sender, (struct task_struct *)bpf_get_current_task());
	sent->sender.signal = signal;
	if ((unsigned long)info == SEND_SIG_NOINFO)
		sent->sender.si_code = SI_USER;
	else if ((unsigned long)info == SEND_SIG_PRIV)
		sent->sender.si_code = SI_KERNEL;
	else
		sent->sender.si_code = BPF_CORE_READ(info, si_code);

	key.tgid = BPF_CORE_READ(target, tgid);
	key.signal = signal;
	bpf_map_update_elem(&signals_sent, &key, sent, BPF_ANY);
	if (SIGNAL_BIT((__u32)signal & 63) & SIGNALS_ASKING) {
		key.signal = 0;
		bpf_map_update_elem(&signals_sent, &key, sent, BPF_ANY);
	}
	return 0;
}

/* Copies the sender of `signal` (0: of the last asking one) into `out`, if it is known. */
static __always_inline bool signal_join(struct tapio_sender *out, struct tapio_task *task,
					__u32 signal)
{
	struct signal_key key = {.tgid = task->tgid, .signal = signal};
	struct signal_sent *sent = bpf_map_lookup_elem(&signals_sent, &key);

	if (!sent || sent->target_start_boot_ns != task->start_boot_ns)
		return false;
	__builtin_memcpy(out, &sent->sender, sizeof(*out));
	return true;
}

static __always_inline void signal_forget(__u32 tgid, __u32 signal)
{
	struct signal_key key = {.tgid = tgid, .signal = signal};

	bpf_map_delete_elem(&signals_sent, &key);
}

#endif
