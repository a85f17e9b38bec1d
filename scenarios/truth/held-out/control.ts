import type { DumpFiles } from '../case.ts';

export const CONTROL: Readonly<Record<string, (id: string) => DumpFiles>> = {};
