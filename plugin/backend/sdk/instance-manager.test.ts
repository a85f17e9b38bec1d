import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { contextMessage } from '../../test/host/plugin-client.ts';
import { toPluginContext, type PluginContext } from './context.ts';
import { InstanceManager, type InstanceManagerOptions } from './instance-manager.ts';
import { createLogger } from './logger.ts';

interface Driver extends AsyncDisposable {
  readonly name: string;
}

const disposed: string[] = [];
const logLines: string[] = [];

function makeDriver(name: string): Driver {
  return {
    name,
    [Symbol.asyncDispose]: () => {
      disposed.push(name);
      return Promise.resolve();
    },
  };
}

function managerOf(
  factory: (context: PluginContext) => Driver | Promise<Driver> = ({ datasource }) =>
    makeDriver(datasource?.name ?? 'app'),
  options: Partial<InstanceManagerOptions> = {},
): InstanceManager<Driver> {
  return new InstanceManager(factory, {
    logger: createLogger({ write: (line) => logLines.push(line) }),
    ...options,
  });
}

function contextOf(uid: string, name: string, updatedMs = 1, orgId = 1): PluginContext {
  return toPluginContext(contextMessage({ uid, name, lastUpdatedMS: updatedMs }, { orgId }));
}

beforeEach(() => {
  vi.useFakeTimers();
  disposed.length = 0;
  logLines.length = 0;
});
afterEach(() => {
  vi.useRealTimers();
});

test('calls of the same settings share one instance, concurrent first calls included', async () => {
  const factory = vi.fn(() => Promise.resolve(makeDriver('a')));
  await using manager = managerOf(factory);
  const [first, second] = await Promise.all([
    manager.acquire(contextOf('u', 'a')),
    manager.acquire(contextOf('u', 'a')),
  ]);
  expect(first.instance).toBe(second.instance);
  expect(factory).toHaveBeenCalledTimes(1);
});

test('the same uid in another organisation is another datasource', async () => {
  await using manager = managerOf();
  const first = await manager.acquire(contextOf('u', 'a', 1, 1));
  const second = await manager.acquire(contextOf('u', 'b', 1, 2));
  expect([first.instance.name, second.instance.name]).toEqual(['a', 'b']);
});

test('changed settings make a new instance; the old one goes once no call uses it', async () => {
  await using manager = managerOf();
  const old = await manager.acquire(contextOf('u', 'old', 1));
  const fresh = await manager.acquire(contextOf('u', 'new', 2));
  expect([old.instance.name, fresh.instance.name]).toEqual(['old', 'new']);
  expect([disposed, manager.size]).toEqual([[], 2]);
  old[Symbol.dispose]();
  old[Symbol.dispose]();
  await vi.advanceTimersByTimeAsync(0);
  expect([disposed, manager.size]).toEqual([['old'], 1]);
});

test('an old instance that a call does not let go is disposed after the grace period', async () => {
  await using manager = managerOf(undefined, { gracePeriodMs: 5000 });
  const old = await manager.acquire(contextOf('u', 'old', 1));
  await manager.acquire(contextOf('u', 'new', 2));
  await vi.advanceTimersByTimeAsync(4999);
  expect(disposed).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(disposed).toEqual(['old']);
  old[Symbol.dispose]();
  await vi.advanceTimersByTimeAsync(0);
  expect(disposed).toEqual(['old']);
});

test('a failed creation is not kept: the next call tries again', async () => {
  let attempts = 0;
  await using manager = managerOf(() => {
    attempts += 1;
    if (attempts === 1) throw new Error('unreachable');
    return makeDriver('a');
  });
  await expect(manager.acquire(contextOf('u', 'a'))).rejects.toThrow('unreachable');
  expect(manager.size).toBe(0);
  await expect(manager.acquire(contextOf('u', 'a'))).resolves.toMatchObject({ instance: { name: 'a' } });
});

test('above its bound the instance used longest ago goes', async () => {
  await using manager = managerOf(undefined, { maxInstances: 2 });
  for (const uid of ['a', 'b', 'a', 'c']) {
    using lease = await manager.acquire(contextOf(uid, uid));
    expect(lease.instance.name).toBe(uid);
  }
  await vi.advanceTimersByTimeAsync(0);
  expect([disposed, manager.size]).toEqual([['b'], 2]);
});

test('disposal disposes all, is idempotent, and refuses later calls', async () => {
  const manager = managerOf();
  await manager.acquire(contextOf('u', 'old', 1));
  await manager.acquire(contextOf('u', 'new', 2));
  await manager[Symbol.asyncDispose]();
  await manager[Symbol.asyncDispose]();
  expect(disposed.toSorted()).toEqual(['new', 'old']);
  await expect(manager.acquire(contextOf('u', 'new', 2))).rejects.toMatchObject({ status: 503 });
});

test('an instance that cannot be disposed is logged and does not stop the others', async () => {
  const manager = managerOf(({ datasource }) =>
    datasource?.uid === 'bad'
      ? { name: 'bad', [Symbol.asyncDispose]: () => Promise.reject(new Error('stuck')) }
      : makeDriver('good'),
  );
  await manager.acquire(contextOf('bad', 'bad'));
  await manager.acquire(contextOf('good', 'good'));
  await manager[Symbol.asyncDispose]();
  expect(disposed).toEqual(['good']);
  expect(logLines.join()).toContain('stuck');
});

test('instances need not be disposable, or may be so synchronously', async () => {
  const dispose = vi.fn();
  const logger = createLogger({ write: () => undefined });
  const plain = new InstanceManager<unknown>(
    ({ datasource }) => (datasource?.uid === 'x' ? { [Symbol.dispose]: dispose } : 7),
    {
      logger,
    },
  );
  await plain.acquire(contextOf('x', 'x'));
  await plain.acquire(contextOf('y', 'y'));
  await plain[Symbol.asyncDispose]();
  expect(dispose).toHaveBeenCalledTimes(1);
});
