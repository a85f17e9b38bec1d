/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The layout of every record in Tapio's rings, and of the maps that user space reads.
 *
 * Rules: little or big endian as the machine; fixed-width types; no implicit padding (asserted);
 * a field is never moved or reused, new ones go to the end of a record and raise its size. Text is
 * NUL-terminated; the bytes behind the NUL are undefined.
 *
 * Numbering: `seq` counts the records that a ring accepted, from 0, without holes. It is taken
 * after the reservation succeeded, so a refused record takes no number and is counted in
 * tapio_ring_counters.dropped instead. Between reservation and numbering another CPU may pass, so
 * neighbours may lie in the ring in an order slightly different from their numbers.
 */
#ifndef TAPIO_RECORD_H
#define TAPIO_RECORD_H

#define TAPIO_COMM_BYTES	16
#define TAPIO_CGROUP_NAME_BYTES 160
#define TAPIO_FILENAME_BYTES	128
#define TAPIO_ARGS_BYTES	256
#define TAPIO_PATH_BYTES	256
#define TAPIO_MEMCG_LEVELS	4

/* The rings of a capture; also the index into ring_sequence and ring_counters. */
enum tapio_ring {
	TAPIO_RING_CRIT = 0,
	TAPIO_RING_BULK = 1,
	TAPIO_RING_COUNT = 2,
};

enum tapio_record_type {
	TAPIO_RECORD_EXEC = 1,
	TAPIO_RECORD_EXIT = 2,
	TAPIO_RECORD_OOM_KILL = 3,
	TAPIO_RECORD_FILE_OPEN_FAILED = 4,
};

/* tapio_record_header.flags */
enum tapio_record_flag {
	/* Built for kernels before 5.12: seq is 0, the record's ring position is its number. */
	TAPIO_FLAG_UNNUMBERED = 1,
	/* args holds only the beginning of the argument vector. */
	TAPIO_FLAG_ARGS_TRUNCATED = 2,
	/* The argument pages could not be read. */
	TAPIO_FLAG_ARGS_UNREADABLE = 4,
	/* One of the cgroup names was longer than its field. */
	TAPIO_FLAG_CGROUP_NAME_TRUNCATED = 8,
	/* The exited process had been chosen by the OOM killer. */
	TAPIO_FLAG_OOM_VICTIM = 16,
	/* sender is filled. */
	TAPIO_FLAG_SENDER = 32,
	/* OOM record of a kernel that names the victim by pid only: task holds that pid and nothing
	 * else, cgroup and levels are those of the task that ran out of memory. */
	TAPIO_FLAG_VICTIM_BY_PID = 64,
	/* path holds only the beginning of the path. */
	TAPIO_FLAG_PATH_TRUNCATED = 128,
	/* The path's page could not be read; path is empty. */
	TAPIO_FLAG_PATH_UNREADABLE = 256,
};

struct tapio_record_header {
	__u16 type;	     /* enum tapio_record_type */
	__u16 size;	     /* of the whole record, header included */
	__u32 flags;	     /* enum tapio_record_flag */
	__u64 seq;	     /* per ring, see above */
	__u64 capture_epoch; /* of the capture that loaded the program */
	__u64 boot_ns;	     /* CLOCK_BOOTTIME */
	__u32 cpu;
	__u32 ring; /* enum tapio_ring */
};
_Static_assert(sizeof(struct tapio_record_header) == 40, "header size");

/* A process. {tgid, start_boot_ns} names it for the whole uptime of the node. */
struct tapio_task {
	__u32 tgid;
	__u32 pid;	    /* of the thread that caused the record */
	__u32 ppid;	    /* tgid of the parent */
	__u32 ns_tgid;	    /* tgid in its own pid namespace: 1 is a container's first process */
	__u32 pid_ns_level; /* 0: the node's own pid namespace */
	__u32 uid;
	__u64 start_boot_ns;
	char comm[TAPIO_COMM_BYTES];
	char parent_comm[TAPIO_COMM_BYTES];
};
_Static_assert(sizeof(struct tapio_task) == 64, "task size");

/* A cgroup of the hierarchy that holds the memory controller. */
struct tapio_cgroup {
	__u64 id; /* kernfs id: the directory's inode number, unique in its hierarchy */
	__u32 hierarchy_id;
	__u32 level; /* 0: the root */
	char leaf[TAPIO_CGROUP_NAME_BYTES];
	char parent[TAPIO_CGROUP_NAME_BYTES];
	char grandparent[TAPIO_CGROUP_NAME_BYTES];
};
_Static_assert(sizeof(struct tapio_cgroup) == 496, "cgroup size");

/* Who sent a signal: the task that was running when the kernel generated it. */
struct tapio_sender {
	__u32 tgid;
	__u32 pid;
	__u32 ppid;
	__u32 uid;
	__u32 signal;
	__s32 si_code; /* SI_USER 0, SI_KERNEL 0x80, SI_TKILL -6, or a fault code */
	__u64 boot_ns;
	__u64 start_boot_ns;
	__u64 cgroup_id;
	char comm[TAPIO_COMM_BYTES];
	char parent_comm[TAPIO_COMM_BYTES];
	char cgroup_leaf[TAPIO_CGROUP_NAME_BYTES];
	char cgroup_parent[TAPIO_CGROUP_NAME_BYTES];
};
_Static_assert(sizeof(struct tapio_sender) == 400, "sender size");

struct tapio_exec {
	struct tapio_record_header header;
	struct tapio_task task;
	struct tapio_cgroup cgroup;
	__u32 args_length;	 /* valid bytes in args */
	__u32 args_total_length; /* length of the whole argument vector */
	char filename[TAPIO_FILENAME_BYTES];
	char args[TAPIO_ARGS_BYTES]; /* NUL-separated */
};
_Static_assert(__builtin_offsetof(struct tapio_exec, filename) == 608, "exec filename offset");
_Static_assert(sizeof(struct tapio_exec) == 992, "exec size");

/* The end of a whole process (thread group), exactly once. */
struct tapio_exit {
	struct tapio_record_header header;
	struct tapio_task task;
	struct tapio_cgroup cgroup;
	__u32 wait_status; /* as wait(2) reports it */
	__u8 exit_code;	   /* 0 when killed by a signal */
	__u8 signal;	   /* 0 when it exited by itself */
	__u8 core_dumped;
	__u8 reserved;
	/* As wait4(2) reports it: includes what the process was before its last exec. */
	__u64 max_rss_pages;
	__u64 oom_boot_ns; /* when the OOM killer chose it, else 0 */
	/* Sender of the signal that killed it; when it exited by itself, of the last SIGTERM,
	 * SIGINT, SIGQUIT or SIGHUP that reached it. sender.signal tells which. */
	struct tapio_sender sender;
};
_Static_assert(__builtin_offsetof(struct tapio_exit, wait_status) == 600, "exit status offset");
_Static_assert(sizeof(struct tapio_exit) == 1024, "exit size");

/* One memory cgroup on the way from the victim's to the root. */
struct tapio_memcg_level {
	__u64 usage_pages;
	__u64 max_pages;  /* a huge number when unlimited */
	__u64 fail_count; /* failed charges; 0 where the kernel does not count them */
	__u32 oom_locked; /* 1 while this level or one above it is handling an OOM */
	__u32 present;	  /* 0: above the root */
};
_Static_assert(sizeof(struct tapio_memcg_level) == 32, "memcg level size");

/* tapio_oom_kill.oom_level where it is not an index. */
enum tapio_oom_level {
	/* No level is handling an OOM: the node ran out of memory, or a mempolicy or cpuset did. */
	TAPIO_OOM_LEVEL_GLOBAL = -1,
	/* The kernel has no such field: compare usage and max of the levels. */
	TAPIO_OOM_LEVEL_UNKNOWN = -2,
};

struct tapio_oom_kill {
	struct tapio_record_header header;
	struct tapio_task task; /* the victim */
	struct tapio_cgroup cgroup;
	__s32 oom_score_adj;
	/* Which cgroup's limit was hit: 0 the victim's own, 1 its parent, ... (up to 15, beyond the
	 * levels kept below), or enum tapio_oom_level. */
	__s32 oom_level;
	__u64 total_vm_pages;
	/* From 6.2 on these are the shared part of per-CPU counters: off by up to 32 pages a CPU.
	 */
	__u64 anon_rss_pages;
	__u64 file_rss_pages;
	__u64 shmem_rss_pages;
	__u64 swap_pages;
	__u32 trigger_tgid; /* who asked for the memory that was not there */
	__u32 trigger_pid;
	char trigger_comm[TAPIO_COMM_BYTES];
	struct tapio_memcg_level levels[TAPIO_MEMCG_LEVELS]; /* the victim's own first */
};
_Static_assert(__builtin_offsetof(struct tapio_oom_kill, levels) == 672, "oom levels offset");
_Static_assert(sizeof(struct tapio_oom_kill) == 800, "oom size");

/*
 * open, openat, openat2 or creat refused. These may come in floods, so a record ends soon behind
 * its texts: it is as long as its header's `size` says. Texts begin at multiples of 4 in `text`:
 * the cgroup's own name at its beginning, the others where the numbers say.
 */
#define TAPIO_OPEN_TEXT_BYTES 768

struct tapio_file_open_failed {
	struct tapio_record_header header;
	struct tapio_task task;
	/* As in struct tapio_cgroup. */
	__u64 cgroup_id;
	__u32 cgroup_hierarchy_id;
	__u32 cgroup_level;
	__u32 error;	  /* errno */
	__u32 open_flags; /* O_*, as the call gave them; creat's are those that it stands for */
	__u16 parent_at;  /* name of the cgroup above it */
	__u16 grandparent_at;
	__u16 path_at; /* as the call gave it: may be relative */
	__u16 reserved;
	char text[TAPIO_OPEN_TEXT_BYTES];
};
_Static_assert(__builtin_offsetof(struct tapio_file_open_failed, error) == 120,
	       "file open error offset");
_Static_assert(sizeof(struct tapio_file_open_failed) == 904, "file open size");
_Static_assert(TAPIO_OPEN_TEXT_BYTES >= 508 + TAPIO_PATH_BYTES &&
		       508 >= 3 * TAPIO_CGROUP_NAME_BYTES,
	       "file open texts");

/* Value of map ring_counters, per CPU and ring. Only ever grows; sum the CPUs for the total. */
struct tapio_ring_counters {
	__u64 accepted;
	__u64 dropped;
	__u64 gaps;	    /* runs of drops without an accepted record between them */
	__u64 gap_start_ns; /* of the newest run, CLOCK_BOOTTIME */
	__u64 gap_end_ns;   /* its newest drop */
	__u64 gap_accepted; /* `accepted` at its newest drop */
};
_Static_assert(sizeof(struct tapio_ring_counters) == 48, "counters size");

/* Value of map ring_sequence, per ring; a cache line of its own. */
struct tapio_ring_sequence {
	__u64 next;
	__u64 reserved[7];
};
_Static_assert(sizeof(struct tapio_ring_sequence) == 64, "sequence size");

#endif
