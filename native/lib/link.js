import { addon } from './addon.js';
import { integer, text } from './check.js';

const iteratorOutputBytes = 64 * 1024 * 1024;

export class BpfLink {
  #handle;

  constructor(handle) {
    this.#handle = handle;
  }

  static openPinned(path) {
    return new BpfLink(addon().linkOpen(text(path, 'path')));
  }

  get info() {
    return addon().linkInfo(this.#handle);
  }

  pin(path) {
    addon().linkPin(this.#handle, text(path, 'path'));
  }

  readIterator({ maxSizeBytes = iteratorOutputBytes } = {}) {
    return addon().linkRead(this.#handle, integer(maxSizeBytes, 'maxSizeBytes', { min: 1 }));
  }

  close() {
    addon().linkClose(this.#handle);
  }

  [Symbol.dispose]() {
    this.close();
  }

  async [Symbol.asyncDispose]() {
    this.close();
  }
}
