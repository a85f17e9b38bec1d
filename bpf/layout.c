// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Never loaded: puts every record type into one object's BTF, from which the layouts are generated.
 */
#include <linux/types.h>
#include "tapio_record.h"

/* What all records share, and those of object process. */
struct process_layout {
	struct tapio_record_header record_header;
	struct tapio_exec exec;
	struct tapio_exit exit;
	struct tapio_oom_kill oom_kill;
	struct tapio_ring_counters ring_counters;
	enum tapio_ring ring;
	enum tapio_record_type record_type;
	enum tapio_record_flag record_flag;
	enum tapio_oom_level oom_level;
};

/* Records of object file. */
struct file_layout {
	struct tapio_file_open_failed file_open_failed;
};

const struct process_layout *process_layout;
const struct file_layout *file_layout;
