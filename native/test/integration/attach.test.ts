import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, unlinkSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { BpfLink, BpfObject, type AttachOptions } from '../../index.js';
import { built, missingPrerequisite, TemporaryBpffs } from '../support/kernel.ts';
import { Traffic } from '../support/traffic.ts';
import { Trigger } from '../support/trigger.ts';
import { waitFor } from '../support/wait.ts';

const missing = missingPrerequisite();
const cgroup2 = ['/sys/fs/cgroup/unified', '/sys/fs/cgroup'].find((path) =>
  existsSync(`${path}/cgroup.controllers`),
);

/** One program of the test object, loaded; `runs` counts how often it ran. */
class Counted implements Disposable {
  readonly object = BpfObject.open(built('native/build/test/traffic.bpf.o'));

  readonly name: string;

  constructor(name: string) {
    this.name = name;
    for (const program of this.object.programs())
      this.object.setAutoload(program.name, program.name === name);
    this.object.load();
  }

  attach(options?: AttachOptions): BpfLink {
    return this.object.program(this.name).attach(options);
  }

  get runs(): number {
    using map = this.object.map('counts');
    return Number(new DataView(map.lookup(Uint8Array.of(3, 0, 0, 0))!.buffer).getBigUint64(0, true));
  }

  [Symbol.dispose](): void {
    this.object.close();
  }
}

async function sendPackets(): Promise<void> {
  const receiver = createSocket('udp4').bind(0, '127.0.0.1');
  await once(receiver, 'listening');
  const sender = createSocket('udp4');
  for (let i = 0; i < 5; i++) {
    sender.send('packet', receiver.address().port, '127.0.0.1');
    await once(receiver, 'message');
  }
  sender.close();
  receiver.close();
}

async function openConnection(): Promise<void> {
  const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const socket = connect(address.port, '127.0.0.1').resume();
  await once(socket, 'close');
  server.close();
}

/** Attached it runs; after close it no longer does. */
async function expectRuns(program: Counted, link: BpfLink, act: () => Promise<void>): Promise<void> {
  await act();
  await waitFor(`${program.name} to run`, () => program.runs > 0);
  link.close();
  link.close();
  const before = program.runs;
  await act();
  expect(program.runs).toBe(before);
}

describe.skipIf(missing !== undefined)('attaching', () => {
  test('a raw tracepoint by its section', async () => {
    using program = new Counted('on_switch');
    await expectRuns(program, program.attach(), () => sleep(20));
  });

  test.each([
    ['xdp', { kind: 'xdp', interface: 'lo', mode: 'generic' }, 'pass_packet'],
    ['tc on ingress', { kind: 'tc', interface: 'lo', direction: 'ingress' }, 'classify'],
    ['tc on egress', { kind: 'tc', interface: 'lo', direction: 'egress' }, 'classify'],
    ['a socket filter on one interface', { kind: 'socket_filter', interface: 'lo' }, 'filter_socket'],
    ['a socket filter on all interfaces', { kind: 'socket_filter' }, 'filter_socket'],
  ] as const)('%s', async (_, options, name) => {
    using program = new Counted(name);
    await expectRuns(program, program.attach(options), sendPackets);
  });

  test.skipIf(cgroup2 === undefined)('cgroup_skb to a cgroup', async () => {
    using program = new Counted('count_egress');
    await expectRuns(program, program.attach({ kind: 'cgroup', path: cgroup2! }), sendPackets);
  });

  test.skipIf(cgroup2 === undefined)('sockops to a cgroup', async () => {
    using program = new Counted('on_sockops');
    await expectRuns(program, program.attach({ kind: 'cgroup', path: cgroup2! }), openConnection);
  });

  test('a sampler on every CPU', async () => {
    using program = new Counted('on_sample');
    const busy = (): Promise<void> => {
      const until = performance.now() + 50;
      while (performance.now() < until);
      return Promise.resolve();
    };
    await expectRuns(program, program.attach({ kind: 'perf_event', frequencyHz: 500 }), busy);
  });

  test('a uprobe by symbol', async () => {
    using program = new Counted('on_call');
    const path = built('native/build/test/calls');
    const call = async (): Promise<void> => {
      const trigger = new Trigger('calls', [1]);
      trigger.go();
      await trigger.ended();
    };
    await expectRuns(program, program.attach({ kind: 'uprobe', path, symbol: 'marked_function' }), call);
  });

  test('an iterator lists tasks, bounded', () => {
    using program = new Counted('list_tasks');
    using link = program.attach();
    const { data, truncated } = link.readIterator();
    expect(truncated).toBe(false);
    expect([...new Uint32Array(data.buffer, data.byteOffset, data.length / 4)]).toContain(process.pid);
    expect(link.readIterator({ maxSizeBytes: 8 })).toMatchObject({ truncated: true, data: { length: 8 } });
  });

  test('a pinned link keeps its program running until it is unpinned', async () => {
    using bpffs = new TemporaryBpffs();
    const path = bpffs.join('link');
    const trigger = new Trigger('calls', [100]);
    const traffic = new Traffic({ tgid: trigger.pid });
    const counts = traffic.object.map('counts');
    const produced = (): number => Number(new DataView(counts.readAll().values.buffer).getBigUint64(0, true));
    const programId = traffic.object.program('on_syscall').statistics().id;
    traffic.links[0]!.pin(path);
    traffic[Symbol.dispose]();
    trigger.go();
    await trigger.ended();
    expect(produced()).toBe(100);
    {
      using link = BpfLink.openPinned(path);
      expect(link.info.programId).toBe(programId);
    }
    unlinkSync(path);
    expect(() => BpfLink.openPinned(path)).toThrow('No such file');
    counts.close();
  });

  test.each([
    [
      'an interface that does not exist',
      { kind: 'xdp', interface: 'no-such-if0' },
      'pass_packet',
      'no-such-if0',
    ],
    [
      'a cgroup that does not exist',
      { kind: 'cgroup', path: '/no/such/cgroup' },
      'count_egress',
      '/no/such/cgroup',
    ],
    [
      'a symbol that does not exist',
      { kind: 'uprobe', path: '/bin/true', symbol: 'no_such' },
      'on_call',
      '/bin/true',
    ],
  ] as const)('%s is refused and named', (_, options, name, expected) => {
    using program = new Counted(name);
    expect(() => program.attach(options)).toThrow(expected);
  });

  test('a socket filter cannot be pinned', () => {
    using bpffs = new TemporaryBpffs();
    using program = new Counted('filter_socket');
    using link = program.attach({ kind: 'socket_filter', interface: 'lo' });
    expect(() => {
      link.pin(bpffs.join('filter'));
    }).toThrow('no kernel link');
  });
});
