/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Cgroups that come and go, in one order with the processes inside them. */
#ifndef TAPIO_CGROUP_CHANGE_BPF_H
#define TAPIO_CGROUP_CHANGE_BPF_H

#include "cgroup.bpf.h"
#include "crit.bpf.h"

static __always_inline int cgroup_change(struct cgroup *cgroup, __u16 type)
{
	struct tapio_cgroup_change *record;

	if (!cgroup_has_memory(cgroup))
		return 0;
	record = ring_reserve(&crit, TAPIO_RING_CRIT, type, sizeof(*record));
	if (!record)
		return 0;
	record->header.flags |= cgroup_describe(&record->cgroup, cgroup);
	ring_submit(&crit, record, sizeof(*record), false);
	return 0;
}

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(cgroup_mkdir, struct cgroup *cgroup, const char *path)
{
	return cgroup_change(cgroup, TAPIO_RECORD_CGROUP_MKDIR);
}

SEC("tp_btf/cgroup_release")
int BPF_PROG(cgroup_release, struct cgroup *cgroup, const char *path)
{
	return cgroup_change(cgroup, TAPIO_RECORD_CGROUP_RELEASE);
}

#endif
