import { DumpReader } from '@tapio/kube';
import { expect, test } from 'vitest';
import { readCertificate } from './certificate.ts';

// openssl req -x509 -subj /CN=shop.example -addext subjectAltName=DNS:shop.example,DNS:*.shop.example,IP:10.0.0.1
const WITH_NAMES = `-----BEGIN CERTIFICATE-----
MIIBszCCAVqgAwIBAgIUWvkuxkIvnddhui+RHHOSJNBH8zgwCgYIKoZIzj0EAwIw
FzEVMBMGA1UEAwwMc2hvcC5leGFtcGxlMB4XDTI2MTEyNDEyNTYwMloXDTI2MTIy
NDEyNTYwMlowFzEVMBMGA1UEAwwMc2hvcC5leGFtcGxlMFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAEoMb1Q7fOQnNwWGu3uNeqx0y8j3WpskiEzRXiZmJCV183vPER
Qou485PmK6zc7kUpulM3+k5exmASGlM/eWxaH6OBgzCBgDAdBgNVHQ4EFgQUD/qn
Tg08NDwmjbetV08igVBy7IcwHwYDVR0jBBgwFoAUD/qnTg08NDwmjbetV08igVBy
7IcwDwYDVR0TAQH/BAUwAwEB/zAtBgNVHREEJjAkggxzaG9wLmV4YW1wbGWCDiou
c2hvcC5leGFtcGxlhwQKAAABMAoGCCqGSM49BAMCA0cAMEQCIGxgsi/Xyg6uEuII
S2Inj3kW9P261BmNPz8L2XZjm8UFAiA3at14SuhuSUd1vS3NetxYNVSZ2MXLLCYb
94Uc0skfAA==
-----END CERTIFICATE-----
`;
// The same without other names, valid beyond 2050, where dates take another form.
const WITHOUT_NAMES = `-----BEGIN CERTIFICATE-----
MIIBqzCCAVGgAwIBAgIUWljAgzDhvuQA7OLlWZ/Uep11Q1EwCgYIKoZIzj0EAwIw
KjENMAsGA1UECgwEU2hvcDEZMBcGA1UEAwwQb2xkLnNob3AuZXhhbXBsZTAgFw0y
NjExMjQxMjU2MDJaGA8yMTA5MDExMzEyNTYwMlowKjENMAsGA1UECgwEU2hvcDEZ
MBcGA1UEAwwQb2xkLnNob3AuZXhhbXBsZTBZMBMGByqGSM49AgEGCCqGSM49AwEH
A0IABFJajCmMvrZAG65mhug5hJWaw6kh2E4g+4PqRvbQPg9yE3ZAL4qr7OIswVpT
ApdXeWBu0dWBQ1eBSfsJ4nJ71P2jUzBRMB0GA1UdDgQWBBSpxYGd6JulKs5Xgd4V
SY5+zvP0tzAfBgNVHSMEGDAWgBSpxYGd6JulKs5Xgd4VSY5+zvP0tzAPBgNVHRMB
Af8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIAhjQi1U8vVYbotF46TT79q9S+xq
cDJtQu/JzAqGNvWqAiEAoRCi5qX3wERZq/Zz35FkW2A1nQy7aGq/1ysYwoBkBoU=
-----END CERTIFICATE-----
`;

test.each([
  [WITH_NAMES, '2026-12-24T12:56:02Z', ['shop.example', '*.shop.example', '10.0.0.1']],
  [WITHOUT_NAMES, '2109-01-13T12:56:02Z', ['old.shop.example']],
])('dates and names are those it was made with', (pem, notAfter, names) => {
  expect(readCertificate(pem)).toEqual({
    notBeforeUs: Date.parse('2026-11-24T12:56:02Z') * 1000,
    notAfterUs: Date.parse(notAfter) * 1000,
    names,
  });
});

test('of a Secret only the public certificate is read, and only dates and names are kept', () => {
  const reader = new DumpReader(readCertificate);
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/tls',
    metadata: { name: 'tls', namespace: 'shop' },
    data: { 'tls.crt': btoa(WITH_NAMES), 'tls.key': btoa('-----BEGIN PRIVATE KEY-----') },
  };
  reader.add({ path: 'secret.json', text: JSON.stringify(secret) });
  const [kept] = reader.finish({ cluster: 'c' }).parts.objects;
  expect(kept?.raw).toMatchObject({
    data: { 'tls.crt': '', 'tls.key': '' },
    certificate: { names: ['shop.example', '*.shop.example', '10.0.0.1'] },
  });
  expect(JSON.stringify(kept)).not.toContain(btoa('-----BEGIN PRIVATE KEY-----'));
});

test.each([
  ['nothing', ''],
  ['another PEM', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----'],
  ['a cut one', `${WITH_NAMES.slice(0, 200)}\n-----END CERTIFICATE-----`],
  [
    'a length that leads out of it',
    `-----BEGIN CERTIFICATE-----\n${btoa('\x30\x84\xff\xff\xff\xff')}\n-----END CERTIFICATE-----`,
  ],
])('%s is no certificate', (_, pem) => {
  expect(readCertificate(pem)).toBeUndefined();
});

test('a certificate cut at any place is read whole or not at all', () => {
  const body = WITH_NAMES.replaceAll(/-----[^-]+-----|\s/g, '');
  for (let length = 0; length < body.length; length += 4) {
    const pem = `-----BEGIN CERTIFICATE-----\n${body.slice(0, length)}\n-----END CERTIFICATE-----`;
    expect(readCertificate(pem)).toBeUndefined();
  }
});
