import { describe, expect, test } from 'vitest';
import type { ClockReading } from './boot-clock.ts';
import { BootClock } from './boot-clock.ts';

/** A machine whose clocks tests move. */
class Machine {
  bootUs = 50_000_000;
  wallUs = 1_700_000_000_000_000;
  errorNs = 200;

  pass(us: number): void {
    this.bootUs += us;
    this.wallUs += us;
  }

  read(): ClockReading {
    return {
      bootNs: BigInt(this.bootUs) * 1000n + 999n,
      realNs: BigInt(this.wallUs) * 1000n + 999n,
      errorNs: this.errorNs,
    };
  }
}

function clockOf(machine: Machine): BootClock {
  return new BootClock({ read: () => machine.read() });
}

describe('wall clock from boot clock', () => {
  test('what happened a while ago gets the time that it had then', () => {
    const machine = new Machine();
    const clock = clockOf(machine);
    expect(clock.wallUs(machine.bootUs - 1_234)).toBe(machine.wallUs - 1_234);
    expect(Number.isInteger(clock.wallUs(12_345))).toBe(true);
  });
  test('it goes on right after the machine slept', () => {
    const machine = new Machine();
    const clock = clockOf(machine);
    machine.pass(8 * 3_600_000_000);
    clock.refresh();
    expect(clock.wallUs(machine.bootUs)).toBe(machine.wallUs);
    expect(clock.steps).toBe(0);
  });
  test('a step applies to what comes after it, not to what was before', () => {
    const machine = new Machine();
    const clock = clockOf(machine);
    const before = { bootUs: machine.bootUs, wallUs: machine.wallUs };
    machine.pass(1_000_000);
    machine.wallUs += 3_600_000_000;
    clock.refresh();
    expect(clock.steps).toBe(1);
    expect(clock.wallUs(machine.bootUs)).toBe(machine.wallUs);
    expect(clock.wallUs(before.bootUs)).toBe(before.wallUs);
  });
  test('slewing is followed and is no step', () => {
    const machine = new Machine();
    const clock = clockOf(machine);
    for (let i = 0; i < 100; i += 1) {
      machine.pass(1_000_000);
      machine.wallUs += 500;
      clock.refresh();
    }
    expect(clock.steps).toBe(0);
    expect(clock.wallUs(machine.bootUs)).toBe(machine.wallUs);
  });
  test('the tightest of several readings is taken', () => {
    const readings: ClockReading[] = [
      { bootNs: 0n, realNs: 5_000_000_000n, errorNs: 9_000_000 },
      { bootNs: 0n, realNs: 1_000_000_000n, errorNs: 300 },
      { bootNs: 0n, realNs: 9_000_000_000n, errorNs: 400_000 },
    ];
    let index = 0;
    const clock = new BootClock({ read: () => readings[Math.min(index++, 2)]! });
    expect(clock.wallUs(0)).toBe(1_000_000);
    expect(clock.errorUs).toBe(1);
  });
});
