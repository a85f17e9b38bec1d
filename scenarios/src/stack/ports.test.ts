import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { freePort } from '@tapio/testkit';
import { expect, test } from 'vitest';
import { choosePort, openOnPort } from './ports.ts';

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

test('a port that is taken after it was found free is given up for another', async () => {
  const preferred = await freePort();
  const tried: number[] = [];
  const told: number[] = [];
  const opened = await openOnPort({ preferred, onTaken: (port) => told.push(port) }, (port) => {
    tried.push(port);
    return port === preferred
      ? Promise.reject(new Error('neo4j did not come up\nbind(..) failed: Address already in use'))
      : Promise.resolve(port);
  });
  expect(tried).toHaveLength(2);
  expect(told).toEqual([opened]);
});

test('a server that fails for another reason is not tried again', async () => {
  let tries = 0;
  const opening = openOnPort({ preferred: await freePort(), onTaken: () => undefined }, () => {
    tries += 1;
    return Promise.reject(new Error('out of memory'));
  });
  await expect(opening).rejects.toThrow('out of memory');
  expect(tries).toBe(1);
});
