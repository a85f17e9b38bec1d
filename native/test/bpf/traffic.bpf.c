// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One record per chosen system call of one process, and one program of every kind that can be
 * attached. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

const volatile __u32 target_tgid = 0;
const volatile __u32 target_syscall = 0;
const volatile __s32 signed_knob = 0;
const volatile bool flag_knob = false;
const volatile __u64 wide_knob = 0;
const volatile char text_knob[8] = {};

struct record {
	__u64 number;
	__u64 payload[15];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * 1024);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * 1024);
} urgent_events SEC(".maps");

/* 0 produced, 1 reserved, 2 dropped, 3 runs of the other programs */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 5000);
	__type(key, __u32);
	__type(value, __u64);
} table SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} per_cpu SEC(".maps");

struct knobs {
	__s64 signed_knob;
	__u64 flag_knob;
	__u64 wide_knob;
	char text_knob[8];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct knobs);
} knobs SEC(".maps");

static __always_inline void count(__u32 index)
{
	__u64 *value = bpf_map_lookup_elem(&counts, &index);

	if (value)
		__sync_fetch_and_add(value, 1);
}

static __always_inline void produce(void *ring, __u64 flags)
{
	struct record *record;
	__u32 produced = 0;
	__u64 *value;
	__u64 number;

	value = bpf_map_lookup_elem(&counts, &produced);
	if (!value)
		return;
	number = __sync_fetch_and_add(value, 1);
	record = bpf_ringbuf_reserve(ring, sizeof(*record), 0);
	if (!record) {
		count(2);
		return;
	}
	count(1);
	record->number = number;
	__builtin_memset(record->payload, 0x5a, sizeof(record->payload));
	/* Some reservations are given up, to prove that a reader steps over them. */
	if (number % 1000 == 999)
		bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);
	else
		bpf_ringbuf_submit(record, flags);
}

SEC("tp_btf/sys_enter")
int BPF_PROG(on_syscall, struct pt_regs *regs, long id)
{
	if (id == target_syscall && bpf_get_current_pid_tgid() >> 32 == target_tgid)
		produce(&events, BPF_RB_NO_WAKEUP);
	return 0;
}

SEC("?tp_btf/sys_enter")
int BPF_PROG(on_urgent_syscall, struct pt_regs *regs, long id)
{
	if (id == target_syscall && bpf_get_current_pid_tgid() >> 32 == target_tgid)
		produce(&urgent_events, BPF_RB_FORCE_WAKEUP);
	return 0;
}

SEC("?tp_btf/sys_enter")
int BPF_PROG(on_large_syscall, struct pt_regs *regs, long id)
{
	void *record;

	if (id != target_syscall || bpf_get_current_pid_tgid() >> 32 != target_tgid)
		return 0;
	record = bpf_ringbuf_reserve(&events, 8192, 0);
	if (record)
		bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	return 0;
}

SEC("?raw_tp/sched_switch")
int on_switch(void *ctx)
{
	count(3);
	return 0;
}

SEC("?iter/task")
int list_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	__u32 tgid;

	if (!task)
		return 0;
	tgid = task->tgid;
	bpf_seq_write(ctx->meta->seq, &tgid, sizeof(tgid));
	return 0;
}

SEC("?xdp")
int pass_packet(struct xdp_md *ctx)
{
	struct knobs *out;
	__u32 zero = 0;

	count(3);
	out = bpf_map_lookup_elem(&knobs, &zero);
	if (out) {
		out->signed_knob = signed_knob;
		out->flag_knob = flag_knob;
		out->wide_knob = wide_knob;
		out->text_knob[0] = text_knob[0];
		out->text_knob[1] = text_knob[1];
	}
	return XDP_PASS;
}

SEC("?tc")
int classify(struct __sk_buff *skb)
{
	count(3);
	return 0;
}

SEC("?socket")
int filter_socket(struct __sk_buff *skb)
{
	count(3);
	return 0;
}

SEC("?cgroup_skb/egress")
int count_egress(struct __sk_buff *skb)
{
	count(3);
	return 1;
}

SEC("?sockops")
int on_sockops(struct bpf_sock_ops *ops)
{
	count(3);
	return 1;
}

SEC("?perf_event")
int on_sample(struct bpf_perf_event_data *ctx)
{
	count(3);
	return 0;
}

SEC("?uprobe")
int on_call(struct pt_regs *ctx)
{
	count(3);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
