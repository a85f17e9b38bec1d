import type * as Native from '@tapio/native';

export type NativeModule = typeof Native;

/** The addon, or why there is none: it is loaded only when a collector needs it. */
export async function loadNative(): Promise<NativeModule> {
  return await import('@tapio/native');
}

/** Why a collector of kernel records can't run, in words that say what to do. */
export function unavailableReason(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  const code = 'code' in error ? String(error.code) : '';
  if (error.name === 'BpfError' && (code === 'EPERM' || code === 'EACCES')) {
    return 'no rights: run as root or with CAP_BPF and CAP_PERFMON, and not under lockdown=confidentiality';
  }
  if (error.name === 'BpfError') return `${error.message}; kernel 5.8 or newer with BTF is needed`;
  return error.message;
}
