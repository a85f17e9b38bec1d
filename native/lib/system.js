import { addon } from './addon.js';
import { text } from './check.js';

export function probe() {
  const report = addon().probe();
  const programs = Object.entries(report.programs).map(([type, result]) => [type, result === 1]);
  return { ...report, programs: Object.fromEntries(programs) };
}

export function readClocks() {
  return addon().readClocks();
}

export function isBpffs(path) {
  return addon().isBpffs(text(path, 'path'));
}

export function mountBpffs(path) {
  addon().mountBpffs(text(path, 'path'));
}

export function unmountBpffs(path) {
  addon().unmountBpffs(text(path, 'path'));
}

export class KernelBtf {
  #handle;

  constructor(handle) {
    this.#handle = handle;
  }

  static open(path) {
    return new KernelBtf(addon().btfOpen(path === undefined ? '' : text(path, 'path')));
  }

  functionArguments(name) {
    return addon().btfArguments(this.#handle, text(name, 'name'));
  }

  members(name) {
    return addon().btfMembers(this.#handle, text(name, 'name'));
  }

  enumValue(name, value) {
    return addon().btfEnumValue(this.#handle, text(name, 'name'), text(value, 'value'));
  }

  sizeBytes(name) {
    return addon().btfSize(this.#handle, text(name, 'name'));
  }

  close() {
    addon().btfClose(this.#handle);
  }

  [Symbol.dispose]() {
    this.close();
  }

  async [Symbol.asyncDispose]() {
    this.close();
  }
}
