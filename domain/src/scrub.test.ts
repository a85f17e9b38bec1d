import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MASK, scrubCommandLine, scrubText } from './scrub.ts';

const SECRET = 'hunter2-S3cr3t';

describe('command lines', () => {
  test.each([
    [['app', '--password', SECRET]],
    [['app', `--db-password=${SECRET}`]],
    [['app', '--auth-token', SECRET, '--port', '80']],
    [['env', `AWS_SECRET_ACCESS_KEY=${SECRET}`, 'app']],
    [['sh', '-c', `export API_KEY=${SECRET}; ./run`]],
    [['curl', '-u', `admin:${SECRET}`, 'https://x']],
    [['/usr/bin/mysql', '-uroot', `-p${SECRET}`]],
    [['curl', '-H', `Authorization: Bearer ${SECRET}`, 'https://x']],
    [['psql', `postgres://app:${SECRET}@db/shop`]],
    [['curl', `https://x/y?access_token=${SECRET}&page=2`]],
    [['redis-cli', '-a', 'x', `--pass=${SECRET}`]],
    [['java', `-Dspring.datasource.password=${SECRET}`]],
  ])('%j', (args) => {
    const line = scrubCommandLine(args);
    expect(line).not.toContain(SECRET);
    expect(line).toContain(MASK);
  });

  test('what is no secret stays readable', () => {
    const args = [
      'java',
      '-Xmx256m',
      '-jar',
      '/app/checkout.jar',
      '--server.port=8080',
      '--path',
      '/var/lib/x',
    ];
    expect(scrubCommandLine(args)).toBe(args.join(' '));
  });
  test('a secret flag does not hide the flag after it', () => {
    expect(scrubCommandLine(['app', '--token', '--verbose'])).toBe('app --token --verbose');
  });
  test('-p is a port or a path where the tool takes no password by it', () => {
    expect(scrubCommandLine(['mkdir', '-p', '/data/x'])).toBe('mkdir -p /data/x');
  });
});

describe('texts', () => {
  test.each([
    `login failed for postgres://app:${SECRET}@db:5432/shop`,
    `Authorization: Basic ${SECRET}`,
    `Bearer ${SECRET}`,
    `password="${SECRET}"`,
    `{"client_secret": "${SECRET}"}`,
    `token=${SECRET}, retry`,
    `-----BEGIN RSA PRIVATE KEY-----\n${SECRET}\n-----END RSA PRIVATE KEY-----`,
  ])('%s', (text) => {
    expect(scrubText(text)).not.toContain(SECRET);
  });
  test.each([
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl',
    'AKIAIOSFODNN7EXAMPLE',
    'ghp_0123456789abcdefghijABCDEFGHIJ',
  ])('the token %s has no place in an event', (token) => {
    expect(scrubText(`got ${token} here`)).toBe(`got ${MASK} here`);
  });
  test('container ids, uids, images and sentences stay', () => {
    const text = `container ${'0a'.repeat(32)} of pod 2b7cc1f4-5c1a-4a2e-9f43-1d2a1b0c9e55 (registry.io/shop/report@sha256:${'f'.repeat(64)}) exited: connection refused to 10.0.0.7:5432`;
    expect(scrubText(text)).toBe(text);
  });
  test.each([
    ...['AKIA', 'ASIA'].map((prefix) => prefix + 'X1'.repeat(8)),
    ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_', 'glpat-', 'xoxb-', 'xoxp-', 'xoxa-'].map(
      (prefix) => prefix + 'x1'.repeat(10),
    ),
    ...['sk-', 'npm_', 'AIza'].map((prefix) => prefix + 'x1'.repeat(15)),
    'eyJhbGci.eyJzdWIi',
  ])('%s is taken out where it is a word of its own', (token) => {
    expect(token.length).toBeLessThan(40);
    expect(scrubCommandLine(['app', token])).toBe(`app ${MASK}`);
    expect(scrubText(`"${token}"`)).toBe(`"${MASK}"`);
  });
  test('neither is a word of random characters, however short the text around it', () => {
    expect(scrubText('aB3'.repeat(13))).toBe('aB3'.repeat(13));
    expect(scrubText(`${'aB3'.repeat(13)}c`)).toBe(MASK);
  });
  test('no short text escapes that would not in company', () => {
    const character = fc.constantFrom(
      ...'aZ09:=@?&;"\'\t ._-/'.split(''),
      'token',
      'basic',
      'pwd',
      'cookie',
      '://',
    );
    const text = fc.array(character, { maxLength: 12 }).map((characters) => characters.join(''));
    fc.assert(
      fc.property(text, (short) => {
        // A line of its own before the text makes it long, and ends nothing that a pattern could go on with.
        const line = `${'.'.repeat(40)}\n`;
        expect(scrubText(line + short)).toBe(line + scrubText(short));
      }),
      { numRuns: 2000 },
    );
  });
  test('long hostile text takes no long time', () => {
    const hostile = `${'password'.repeat(5000)}=${'a'.repeat(50_000)}://${'b'.repeat(50_000)}`;
    const started = performance.now();
    scrubText(hostile);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
