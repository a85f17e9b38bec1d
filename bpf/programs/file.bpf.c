// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Files that processes were refused. */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "tapio_record.h"
#include "file_open_failed.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
