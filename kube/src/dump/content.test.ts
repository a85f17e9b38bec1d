import { expect, test } from 'vitest';
import { contentKind } from './content.ts';

test.each([
  [
    'a StorageClass, keys sorted',
    'allowVolumeExpansion: true\napiVersion: storage.k8s.io/v1\nkind: StorageClass\n',
    'yaml',
  ],
  [
    'an EndpointSlice, CRLF',
    'addressType: IPv4\r\napiVersion: discovery.k8s.io/v1\r\nkind: EndpointSlice\r\n',
    'yaml',
  ],
  ['a log that begins with a word and a colon', 'info: listening on 8080\ninfo: ready\n', 'log'],
  ['a log that quotes a manifest in a line', 'level: info msg="apiVersion: v1 kind: Pod"\n', 'log'],
  ['an empty answer', 'No resources found in shop namespace.\n', 'empty'],
])('%s', (_, text, kind) => {
  expect(contentKind(text.replaceAll('\r\n', '\n'))).toBe(kind);
});
