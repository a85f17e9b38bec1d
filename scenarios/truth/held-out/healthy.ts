import type { DumpFiles } from '../case.ts';

export const HEALTHY: Readonly<Record<string, (id: string) => DumpFiles>> = {};
