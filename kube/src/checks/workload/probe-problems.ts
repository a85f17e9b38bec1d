/** What a probe ran into, in one word (data key `problem` of `probe_failed`). */
export interface ProbeProblem {
  readonly problem:
    'refused' | 'timeout' | 'status' | 'protocol' | 'reset' | 'unhealthy' | 'command' | 'port_name' | 'other';
  readonly status?: number;
}

/**
 * Outputs of the kubelet's probes (pkg/probe/{http,tcp,grpc,exec}, pkg/kubelet/prober) and, in them, errors of Go's
 * net/http. A TLS server that is asked in clear answers 400 with a text of its own; one asked so by a client that
 * speaks TLS sends what is no handshake.
 */
const TEXTS: readonly (readonly [ProbeProblem['problem'], RegExp])[] = [
  ['port_name', /couldn't find port|no port named|could not find port|invalid port/i],
  [
    'protocol',
    /server gave HTTP response to HTTPS client|malformed HTTP (?:response|version|status)|HTTP request to an HTTPS server|tls: first record does not look like a TLS handshake|remote error: tls|tls: |does not implement the grpc health protocol|http2: |unexpected HTTP status code received from server|error reading server preface/i,
  ],
  ['refused', /connection refused|no route to host|connect: cannot assign/i],
  [
    'timeout',
    /context deadline exceeded|Client\.Timeout|i\/o timeout|timed? ?out|deadline exceeded|within \d+\w*s?: context/i,
  ],
  ['reset', /connection reset by peer|\bEOF\b|broken pipe|stopped after \d+ redirects/i],
  ['unhealthy', /service unhealthy \(responded with/i],
  [
    'command',
    /executable file not found|OCI runtime exec failed|no such file or directory|permission denied|: not found|exit code: 12[67]|exec failed/i,
  ],
];

export function probeProblem(output: string, action: string): ProbeProblem {
  const text = output.slice(0, 4_096);
  const status = /HTTP probe failed with statuscode: (\d{3})/i.exec(text)?.[1];
  if (status !== undefined) return { problem: 'status', status: Number(status) };
  const found = TEXTS.find(
    ([problem, pattern]) => pattern.test(text) && (problem !== 'command' || action === 'exec'),
  );
  if (found !== undefined && !(action === 'exec' && found[0] === 'port_name')) return { problem: found[0] };
  return { problem: action === 'exec' ? 'unhealthy' : 'other' };
}
