/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The rings of a capture, their numbering and their drop counters. */
#ifndef TAPIO_RINGS_BPF_H
#define TAPIO_RINGS_BPF_H

#include "tapio_record.h"

/* One wake-up per this many bytes of a ring; between them the reader's tick collects. */
#define TAPIO_WAKE_BYTES (512 * 1024)

/* Set by user space before loading; the same for as long as the capture's maps stay pinned. */
const volatile __u64 capture_epoch = 0;

#define TAPIO_RING_MAP(name, bytes)                 \
	struct {                                    \
		__uint(type, BPF_MAP_TYPE_RINGBUF); \
		__uint(max_entries, bytes);         \
	} name SEC(".maps")

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TAPIO_RING_COUNT);
	__type(key, __u32);
	__type(value, struct tapio_ring_sequence);
} ring_sequence SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TAPIO_RING_COUNT);
	__type(key, __u32);
	__type(value, struct tapio_ring_counters);
} ring_counters SEC(".maps");

static __always_inline void ring_count_drop(__u32 ring)
{
	struct tapio_ring_counters *counters = bpf_map_lookup_elem(&ring_counters, &ring);
	__u64 now;

	if (!counters)
		return;
	now = bpf_ktime_get_boot_ns();
	if (counters->dropped == 0 || counters->accepted != counters->gap_accepted) {
		counters->gap_start_ns = now;
		__sync_fetch_and_add(&counters->gaps, 1);
	}
	counters->gap_accepted = counters->accepted;
	counters->gap_end_ns = now;
	__sync_fetch_and_add(&counters->dropped, 1);
}

static __always_inline void ring_count_accept(__u32 ring)
{
	struct tapio_ring_counters *counters = bpf_map_lookup_elem(&ring_counters, &ring);

	/* Atomic although per CPU: an interrupt may run a program in the middle of another. */
	if (counters)
		__sync_fetch_and_add(&counters->accepted, 1);
}

static __always_inline __u64 ring_next_seq(__u32 ring)
{
#ifdef TAPIO_COMPAT
	return 0;
#else
	struct tapio_ring_sequence *sequence = bpf_map_lookup_elem(&ring_sequence, &ring);

	/* Atomic fetch-and-add needs Linux 5.12. */
	return sequence ? __sync_fetch_and_add(&sequence->next, 1) : 0;
#endif
}

/* Reserves a record and fills its header, or counts a drop and returns NULL. */
static __always_inline void *ring_reserve(void *map, __u32 ring, __u16 type, __u16 size)
{
	struct tapio_record_header *header = bpf_ringbuf_reserve(map, size, 0);

	if (!header) {
		ring_count_drop(ring);
		return NULL;
	}
	ring_count_accept(ring);
	header->type = type;
	header->size = size;
#ifdef TAPIO_COMPAT
	header->flags = TAPIO_FLAG_UNNUMBERED;
#else
	header->flags = 0;
#endif
	header->seq = ring_next_seq(ring);
	header->capture_epoch = capture_epoch;
	header->boot_ns = bpf_ktime_get_boot_ns();
	header->cpu = bpf_get_smp_processor_id();
	header->ring = ring;
	return header;
}

/*
 * Publishes a record. The kernel's own rule (wake when the reader has caught up) never applies to a
 * reader that releases space late, so this one decides: urgent records wake at once, the others
 * when the producer crosses a multiple of TAPIO_WAKE_BYTES.
 */
static __always_inline void ring_submit(void *map, void *record, __u16 size, bool urgent)
{
	__u64 flags = BPF_RB_NO_WAKEUP;
	__u64 position = bpf_ringbuf_query(map, BPF_RB_PROD_POS);

	if (urgent || (position & (TAPIO_WAKE_BYTES - 1)) < size)
		flags = BPF_RB_FORCE_WAKEUP;
	bpf_ringbuf_submit(record, flags);
}

#endif
