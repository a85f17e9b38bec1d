import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where the gRPC server listens: what grpc-js binds, and how the host is told. */
export interface ListenAddress extends AsyncDisposable {
  readonly bindTarget: string;
  readonly network: 'unix' | 'tcp';
  /** The host's form of the address; a TCP port is known only after binding. */
  hostAddress(port: number): string;
}

/** `sun_path` holds 108 bytes on Linux and 104 on macOS, its closing zero included. */
const MAX_SOCKET_PATH_BYTES = 103;

function loopback(): ListenAddress {
  return {
    bindTarget: '127.0.0.1:0',
    network: 'tcp',
    hostAddress: (port) => `127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/**
 * A unix socket in a new folder that only this user may enter; TCP on the loopback where no folder can be made
 * or its path is too long for a socket. Disposal removes the folder.
 */
export async function chooseAddress(parent: string = tmpdir()): Promise<ListenAddress> {
  let folder: string;
  try {
    folder = await mkdtemp(join(parent, 'grafana-plugin-'));
    await chmod(folder, 0o700);
  } catch {
    return loopback();
  }
  const path = join(folder, 'plugin.sock');
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  if (process.platform === 'win32' || Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES) {
    await remove();
    return loopback();
  }
  return {
    bindTarget: `unix:${path}`,
    network: 'unix',
    hostAddress: () => path,
    [Symbol.asyncDispose]: remove,
  };
}
