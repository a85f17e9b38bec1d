import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { addon } from './addon.js';
import { bytes, integer, oneOf, text } from './check.js';
import { BpfLink } from './link.js';
import { BpfMap } from './map.js';

const attachKinds = ['auto', 'cgroup', 'socket_filter', 'tc', 'xdp', 'perf_event', 'uprobe'];
// What each kind cannot do without.
const attachNeeds = {
  auto: [],
  cgroup: ['path'],
  socket_filter: [],
  tc: ['interface', 'direction'],
  xdp: ['interface'],
  perf_event: ['frequencyHz'],
  uprobe: ['path'],
};

function checkAttach(options) {
  const kind = oneOf(options.kind, 'kind', attachKinds);
  for (const name of attachNeeds[kind]) {
    if (options[name] === undefined) throw new TypeError(`attaching to ${kind} needs ${name}`);
  }
  for (const name of ['path', 'interface', 'symbol']) {
    if (options[name] !== undefined) text(options[name], name);
  }
  if (options.direction !== undefined) oneOf(options.direction, 'direction', ['ingress', 'egress']);
  if (options.mode !== undefined) oneOf(options.mode, 'mode', ['driver', 'generic']);
  if (options.frequencyHz !== undefined)
    integer(options.frequencyHz, 'frequencyHz', { min: 1, max: 100_000 });
  if (options.offset !== undefined) integer(options.offset, 'offset');
  if (options.pid !== undefined) integer(options.pid, 'pid', { min: -1, max: 2 ** 31 - 1 });
  return options;
}

function constant(value, name) {
  if (typeof value === 'bigint' || value instanceof Uint8Array) return value;
  if (typeof value === 'boolean') return value ? 1n : 0n;
  return BigInt(integer(value, name, { min: Number.MIN_SAFE_INTEGER }));
}

export class BpfProgram {
  #handle;
  #name;

  constructor(handle, name) {
    this.#handle = handle;
    this.#name = name;
  }

  get name() {
    return this.#name;
  }

  attach(options = { kind: 'auto' }) {
    return new BpfLink(addon().programAttach(this.#handle, this.#name, checkAttach(options)));
  }

  pin(path) {
    addon().programPin(this.#handle, this.#name, text(path, 'path'));
  }

  testRun(options = {}) {
    if (options.data !== undefined) bytes(options.data, 'data');
    if (options.context !== undefined) bytes(options.context, 'context');
    if (options.repeat !== undefined) integer(options.repeat, 'repeat', { max: 2 ** 31 - 1 });
    if (options.outputSizeBytes !== undefined)
      integer(options.outputSizeBytes, 'outputSizeBytes', { max: 2 ** 24 });
    return addon().programRun(this.#handle, this.#name, options);
  }

  statistics() {
    return addon().programStatistics(this.#handle, this.#name);
  }
}

export class BpfObject {
  #handle;

  constructor(handle) {
    this.#handle = handle;
  }

  static open(source, { name, btfPath } = {}) {
    const content = typeof source === 'string' ? readFileSync(source) : bytes(source, 'source');
    const fallback = typeof source === 'string' ? basename(source).replace(/\..*$/, '') : 'object';
    const label = text(name ?? fallback, 'name');
    return new BpfObject(
      addon().objectOpen(content, label, btfPath === undefined ? '' : text(btfPath, 'btfPath')),
    );
  }

  programs() {
    return addon().objectPrograms(this.#handle);
  }

  maps() {
    return addon().objectMaps(this.#handle);
  }

  setAutoload(program, autoload) {
    addon().objectSetAutoload(this.#handle, text(program, 'program'), Boolean(autoload));
  }

  setMaxEntries(map, maxEntries) {
    const count = integer(maxEntries, 'maxEntries', { min: 1, max: 2 ** 32 - 1 });
    addon().objectSetMaxEntries(this.#handle, text(map, 'map'), count);
  }

  setPinPath(map, path) {
    addon().objectSetPinPath(this.#handle, text(map, 'map'), text(path, 'path'));
  }

  setConstant(variable, value) {
    addon().objectSetConstant(this.#handle, text(variable, 'variable'), constant(value, variable));
  }

  load() {
    addon().objectLoad(this.#handle);
  }

  map(name) {
    return new BpfMap(addon().objectMap(this.#handle, text(name, 'name')));
  }

  program(name) {
    if (!this.programs().some((program) => program.name === text(name, 'name'))) {
      throw new RangeError(`the object has no program ${name}`);
    }
    return new BpfProgram(this.#handle, name);
  }

  close() {
    addon().objectClose(this.#handle);
  }

  [Symbol.dispose]() {
    this.close();
  }

  async [Symbol.asyncDispose]() {
    this.close();
  }
}
