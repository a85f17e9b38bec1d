/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Numbers and arguments of system calls. */
#ifndef TAPIO_SYSCALL_BPF_H
#define TAPIO_SYSCALL_BPF_H

/* Numbers are of the 64-bit ABI; where an architecture has no such call, one that is never met. */
#if defined(__TARGET_ARCH_x86)
#define SYSCALL_OPEN	     2
#define SYSCALL_CREAT	     85
#define SYSCALL_OPENAT	     257
#define SYSCALL_OPENAT2	     437
#define SYSCALL_NUMBER(regs) ((long)(regs)->orig_ax)
#define TS_COMPAT	     0x0002
#elif defined(__TARGET_ARCH_arm64)
#define SYSCALL_OPEN	     -1000
#define SYSCALL_CREAT	     -1001
#define SYSCALL_OPENAT	     56
#define SYSCALL_OPENAT2	     437
#define SYSCALL_NUMBER(regs) ((long)(regs)->syscallno)
#define TIF_32BIT	     22
#else
#error "system call numbers of this architecture are not known"
#endif

/* A 32-bit call has other numbers. */
static __always_inline bool syscall_is_32bit(struct task_struct *task)
{
#if defined(__TARGET_ARCH_x86)
	return BPF_CORE_READ(task, thread_info.status) & TS_COMPAT;
#else
	return BPF_CORE_READ(task, thread_info.flags) & (1UL << TIF_32BIT);
#endif
}

#endif
