import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { getSystemErrorName } from 'node:util';

// libbpf numbers its own errors from here on.
const libbpfErrors = 4000;

export class BpfError extends Error {
  constructor(message, { errno, operation, log }) {
    super(message);
    this.name = 'BpfError';
    this.errno = errno;
    this.code = errno > 0 && errno < libbpfErrors ? codeOf(errno) : 'ELIBBPF';
    this.operation = operation;
    this.log = log;
  }
}

function codeOf(errno) {
  try {
    return getSystemErrorName(-errno);
  } catch {
    return `E${errno}`;
  }
}

export function loadAddon(path) {
  if (process.platform !== 'linux') {
    throw new Error(`@tapio/native runs on Linux only, this is ${process.platform}`);
  }
  if (!existsSync(path)) {
    throw new Error(
      `@tapio/native is not built (no ${path}): run \`npm run build\` at the root of the repository`,
    );
  }
  const addon = createRequire(import.meta.url)(path);
  addon.setErrorClass(BpfError);
  return addon;
}

let loaded;

// On first use rather than on import: what only needs the types must not need the build.
export function addon() {
  loaded ??= loadAddon(fileURLToPath(new URL('../build/tapio.node', import.meta.url)));
  return loaded;
}
