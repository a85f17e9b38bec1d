import { describe, expect, test } from 'vitest';

import { createLogger, type LogLevel } from './logger.ts';

function recorder(level?: LogLevel) {
  const lines: string[] = [];
  const logger = createLogger({
    write: (line) => lines.push(line),
    now: () => new Date('2026-01-02T03:04:05.678Z'),
    ...(level === undefined ? {} : { level }),
  });
  return { logger, lines, parsed: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('logger', () => {
  test('writes level, message and a timestamp of six fractional digits', () => {
    const { logger, parsed } = recorder();
    logger.warn('disk is full');
    expect(parsed()).toEqual([
      { '@level': 'warn', '@message': 'disk is full', '@timestamp': '2026-01-02T03:04:05.678000Z' },
    ]);
  });

  test('writes every value as a string, whatever it is', () => {
    const { logger, parsed } = recorder();
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    logger.info('values', {
      number: 1,
      bigint: 2n ** 64n,
      boolean: false,
      nothing: null,
      absent: undefined,
      date: new Date(0),
      broken: new Date(NaN),
      list: [1, 2n],
      error: new TypeError('no'),
      symbol: Symbol('s'),
      circular,
      function: () => 1,
      toJson: { toJSON: () => undefined },
    });
    const [line = {}] = parsed();
    expect(Object.values(line).every((value) => typeof value === 'string')).toBe(true);
    expect(line).toMatchObject({
      number: '1',
      bigint: '18446744073709551616',
      boolean: 'false',
      nothing: 'null',
      date: '1970-01-01T00:00:00.000Z',
      broken: 'Invalid Date',
      list: '[1,"2"]',
      symbol: 'Symbol(s)',
      toJson: '',
    });
    expect(line['error']).toMatch(/^TypeError: no\n/);
    expect(line['circular']).toContain('Circular');
    expect(line).not.toHaveProperty('absent');
  });

  test('a field cannot take the place of level, message or timestamp', () => {
    const { logger, parsed } = recorder();
    logger.info('real', { '@level': 'error', '@message': 7, '@timestamp': null });
    expect(parsed()[0]).toMatchObject({ '@level': 'info', '@message': 'real', level: 'error', message: '7' });
  });

  test('one line stays one line and below the buffer of the host', () => {
    const { logger, lines } = recorder();
    logger.info('a\nb', { huge: 'x'.repeat(1_000_000) });
    const many = Object.fromEntries(
      Array.from({ length: 50 }, (_, index) => [`key${index}`, 'ä'.repeat(8000)]),
    );
    logger.info('many', many);
    expect(lines.every((line) => !line.includes('\n') && Buffer.byteLength(line) < 64 * 1024)).toBe(true);
    expect(lines[0]).toContain('(1000000 characters)');
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({ '@message': 'many', fieldsDropped: '50' });
  });

  test('drops lines below its level', () => {
    const { logger, parsed } = recorder('warn');
    logger.trace('a');
    logger.debug('a');
    logger.info('a');
    logger.warn('b');
    logger.error('c');
    expect(parsed().map((line) => line['@message'])).toEqual(['b', 'c']);
  });

  test('bound fields appear on every line, and may be overridden by one', () => {
    const { logger, parsed } = recorder();
    const bound = logger.with({ refId: 'A' }).with({ step: 1 });
    bound.info('x');
    bound.info('y', { step: 2 });
    expect(parsed()).toMatchObject([
      { refId: 'A', step: '1' },
      { refId: 'A', step: '2' },
    ]);
  });
});
