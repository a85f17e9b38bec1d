import { addon } from './addon.js';
import { bytes, integer, oneOf, text } from './check.js';

// BPF_ANY, BPF_NOEXIST, BPF_EXIST
const updateModes = { any: 0, create: 1, replace: 2 };

export const handleOf = Symbol('native handle');

export class BpfMap {
  #handle;
  #info;

  constructor(handle) {
    this.#handle = handle;
    this.#info = Object.freeze(addon().mapInfo(handle));
  }

  static openPinned(path) {
    return new BpfMap(addon().mapOpen(text(path, 'path')));
  }

  get info() {
    return this.#info;
  }

  get [handleOf]() {
    return this.#handle;
  }

  lookup(key) {
    return addon().mapLookup(this.#handle, bytes(key, 'key'));
  }

  update(key, value, mode = 'any') {
    const flag = updateModes[oneOf(mode, 'mode', Object.keys(updateModes))];
    addon().mapUpdate(this.#handle, bytes(key, 'key'), bytes(value, 'value'), flag);
  }

  delete(key) {
    return addon().mapDelete(this.#handle, bytes(key, 'key'));
  }

  readAll({ maxEntries = this.#info.maxEntries } = {}) {
    return addon().mapRead(this.#handle, integer(maxEntries, 'maxEntries', { max: 2 ** 32 - 1 }));
  }

  writeAll({ keys, values }) {
    bytes(keys, 'keys');
    const count = Math.floor(keys.length / this.#info.keySizeBytes);
    addon().mapWrite(this.#handle, keys, bytes(values, 'values'), count);
  }

  deleteAll(keys) {
    bytes(keys, 'keys');
    return addon().mapDeleteAll(this.#handle, keys, Math.floor(keys.length / this.#info.keySizeBytes));
  }

  pin(path) {
    addon().mapPin(this.#handle, text(path, 'path'));
  }

  close() {
    addon().mapClose(this.#handle);
  }

  [Symbol.dispose]() {
    this.close();
  }

  async [Symbol.asyncDispose]() {
    this.close();
  }
}
