import type { DumpFiles } from '../case.ts';

export const NETWORK: Readonly<Record<string, (id: string) => DumpFiles>> = {};
