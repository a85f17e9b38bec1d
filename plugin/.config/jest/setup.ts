import '@testing-library/jest-dom';
import { configure } from '@testing-library/react';
import { TextDecoder, TextEncoder } from 'node:util';

// A machine that is busy with other things needs more than the second that is usual.
configure({ asyncUtilTimeout: 15_000 });
jest.setTimeout(90_000);

Object.assign(globalThis, { TextDecoder, TextEncoder });

class NoObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
  takeRecords(): [] {
    return [];
  }
}
Object.assign(globalThis, { ResizeObserver: NoObserver, IntersectionObserver: NoObserver });

Object.defineProperty(globalThis, 'matchMedia', {
  writable: true,
  value: (query: string) => ({
    matches: false,
    media: query,
    onchange: null,
    addListener: () => undefined,
    removeListener: () => undefined,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
    dispatchEvent: () => false,
  }),
});

// @grafana/ui measures texts on a canvas, which jsdom does not have.
HTMLCanvasElement.prototype.getContext = (() => ({
  measureText: (text: string) => ({ width: text.length * 8 }),
})) as unknown as HTMLCanvasElement['getContext'];

// Lists that only render what is in view measure their box, which jsdom does not lay out.
const BOX = { x: 0, y: 0, top: 0, left: 0, right: 120, bottom: 120, width: 120, height: 120 };
HTMLElement.prototype.getBoundingClientRect = () => ({ ...BOX, toJSON: () => BOX });
for (const side of ['offsetWidth', 'offsetHeight', 'clientWidth', 'clientHeight']) {
  Object.defineProperty(HTMLElement.prototype, side, { configurable: true, get: () => 400 });
}
