export { BpfError } from '../index.js';

/** Loads an addon file; throws an Error that says how to build it when it is not there. */
export function loadAddon(path: string): unknown;

/** The addon of this package, loaded on first use. */
export function addon(): unknown;
