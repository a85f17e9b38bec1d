/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The ring for records that may be dropped under load. */
#ifndef TAPIO_BULK_BPF_H
#define TAPIO_BULK_BPF_H

#include "rings.bpf.h"

TAPIO_RING_MAP(bulk, 8 * 1024 * 1024);

/* Never wakes the reader: its tick collects. */
static __always_inline void bulk_submit(void *record)
{
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
}

#endif
