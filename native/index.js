export { BpfError } from './lib/addon.js';
export { BpfLink } from './lib/link.js';
export { BpfMap } from './lib/map.js';
export { BpfObject, BpfProgram } from './lib/object.js';
export { RingReader, forEachRecord } from './lib/ring-reader.js';
export { KernelBtf, isBpffs, mountBpffs, probe, readClocks, unmountBpffs } from './lib/system.js';
