/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which cgroup a task is in, and what it is called. */
#ifndef TAPIO_CGROUP_BPF_H
#define TAPIO_CGROUP_BPF_H

#include "tapio_record.h"

/* subsys[] has as many slots as the kernel has controllers, so the index is resolved per kernel. */
static __always_inline struct cgroup_subsys_state *task_memory_css(struct task_struct *task)
{
	struct cgroup_subsys_state *css = NULL;
	struct css_set *css_set;
	__u32 index;

	if (!bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id))
		return NULL;
	index = bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id);
	css_set = BPF_CORE_READ(task, cgroups);
	if (!css_set)
		return NULL;
	bpf_probe_read_kernel(&css, sizeof(css),
			      (void *)css_set + bpf_core_field_offset(struct css_set, subsys) +
				      index * sizeof(css));
	return css;
}

/*
 * The task's cgroup in the memory controller's hierarchy. On the unified hierarchy the controller
 * may be enabled only further up, so there the task's own directory is taken.
 */
static __always_inline struct cgroup *task_cgroup(struct task_struct *task)
{
	struct cgroup_subsys_state *css = task_memory_css(task);
	struct cgroup *unified = BPF_CORE_READ(task, cgroups, dfl_cgrp);
	struct cgroup *cgroup;

	if (!css)
		return unified;
	cgroup = BPF_CORE_READ(css, cgroup);
	if (unified && BPF_CORE_READ(cgroup, root) == BPF_CORE_READ(unified, root))
		return unified;
	return cgroup;
}

/* kernfs_node.parent was renamed in Linux 6.15; the css knows the parent on every kernel. */
static __always_inline struct cgroup *cgroup_parent_of(struct cgroup *cgroup)
{
	struct cgroup_subsys_state *parent = BPF_CORE_READ(cgroup, self.parent);

	if (!parent)
		return NULL;
	return (void *)parent - bpf_core_field_offset(struct cgroup, self);
}

/* Returns TAPIO_FLAG_CGROUP_NAME_TRUNCATED or 0. */
static __always_inline __u32 cgroup_name(char *name, struct cgroup *cgroup)
{
	long length;

	name[0] = '\0';
	if (!cgroup)
		return 0;
	length = bpf_probe_read_kernel_str(name, TAPIO_CGROUP_NAME_BYTES,
					   BPF_CORE_READ(cgroup, kn, name));
	return length == TAPIO_CGROUP_NAME_BYTES ? TAPIO_FLAG_CGROUP_NAME_TRUNCATED : 0;
}

/* Returns the flags that the record must carry. */
static __always_inline __u32 cgroup_describe(struct tapio_cgroup *out, struct cgroup *cgroup)
{
	struct cgroup *parent = NULL, *grandparent = NULL;
	__u32 flags = 0;

	out->id = cgroup ? BPF_CORE_READ(cgroup, kn, id) : 0;
	out->hierarchy_id = cgroup ? BPF_CORE_READ(cgroup, root, hierarchy_id) : 0;
	out->level = cgroup ? BPF_CORE_READ(cgroup, level) : 0;
	if (cgroup)
		parent = cgroup_parent_of(cgroup);
	if (parent)
		grandparent = cgroup_parent_of(parent);
	flags |= cgroup_name(out->leaf, cgroup);
	flags |= cgroup_name(out->parent, parent);
	flags |= cgroup_name(out->grandparent, grandparent);
	return flags;
}

#endif
