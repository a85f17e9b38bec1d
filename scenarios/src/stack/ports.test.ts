import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { freePort } from '@tapio/testkit';
import { expect, test } from 'vitest';
import { choosePort } from './ports.ts';

test('a free port is taken as preferred', async () => {
  const port = await freePort();
  expect(await choosePort(port)).toEqual({ port, taken: false });
});

test.each(['127.0.0.1', '0.0.0.0'])('a port held on %s is avoided and said to be taken', async (host) => {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    const choice = await choosePort(port);
    expect(choice.taken).toBe(true);
    expect(choice.port).not.toBe(port);
  } finally {
    server.close();
  }
});
