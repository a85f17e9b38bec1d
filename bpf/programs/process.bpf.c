// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Lives and deaths of processes: exec, the end of a process joined with the sender of the signal
 * and the OOM killer's choice, and OOM kills. One object, because these share maps and must share
 * one order.
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "tapio_record.h"
#include "rings.bpf.h"
#include "cgroup.bpf.h"
#include "task.bpf.h"
#include "exec.bpf.h"
#include "signal.bpf.h"
#include "oom_kill.bpf.h"
#include "exit.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
