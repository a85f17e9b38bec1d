/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The ring for records that are never limited: lives and deaths. */
#ifndef TAPIO_CRIT_BPF_H
#define TAPIO_CRIT_BPF_H

#include "rings.bpf.h"

TAPIO_RING_MAP(crit, 16 * 1024 * 1024);

#endif
