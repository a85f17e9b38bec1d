/** Why the API server refuses an object that a controller wants to make. */
export interface Refusal {
  readonly problem: RefusalProblem;
  /** For a quota: cpu, memory, pods, storage or objects. */
  readonly resource?: string | undefined;
  readonly quotaKey?: string | undefined;
  readonly requested?: string | undefined;
  readonly used?: string | undefined;
  readonly limited?: string | undefined;
  /** Quota, account, webhook, policy, class, field or level that it names. */
  readonly subject?: string | undefined;
}

export type RefusalProblem =
  | 'quota'
  | 'quota_requires'
  | 'limit_range'
  | 'service_account'
  | 'pod_security'
  | 'webhook_denied'
  | 'webhook_unavailable'
  | 'policy_denied'
  | 'priority_class'
  | 'runtime_class'
  | 'terminating'
  | 'selector'
  | 'forbidden'
  | 'invalid'
  | 'other';

/** Longest part of a message that is read. */
const LENGTH = 4_096;

/**
 * Takes an admission error apart. Texts of the API server's admission plugins (resourcequota, limitranger,
 * serviceaccount, podsecurity, webhook, validatingadmissionpolicy, priority, runtimeclass, namespace lifecycle).
 */
export function parseRefusal(message: string): Refusal {
  const text = message.slice(0, LENGTH);
  for (const parse of [quota, unavailable, denied, named]) {
    const found = parse(text);
    if (found !== undefined) return found;
  }
  return { problem: / is forbidden: /.test(text) ? 'forbidden' : 'other' };
}

function quota(text: string): Refusal | undefined {
  const exceeded = /exceeded quota: ([^\s,]+), requested: (.+?), used: (.+?), limited: (.+)$/is.exec(text);
  if (exceeded !== null) {
    const [, subject, requested = '', used = '', limited = ''] = exceeded;
    const keys = pairsOf(requested);
    const key = [...keys.keys()][0] ?? '';
    return {
      problem: 'quota',
      subject,
      quotaKey: key,
      resource: resourceOf(key),
      requested: keys.get(key),
      used: pairsOf(used).get(key),
      limited: pairsOf(limited).get(key),
    };
  }
  const requires = /failed quota: ([^\s:]+): must specify ([^\n]{1,500})/i.exec(text);
  return requires === null
    ? undefined
    : { problem: 'quota_requires', subject: requires[1], quotaKey: requires[2]?.trim() };
}

/** `requests.cpu=500m,pods=1`. */
function pairsOf(text: string): ReadonlyMap<string, string> {
  const pairs = text.split(',').flatMap((pair) => {
    const [key, value] = pair.trim().split('=');
    return key === undefined || value === undefined ? [] : [[key, value.replace(/\.$/, '')] as const];
  });
  return new Map(pairs);
}

export function resourceOf(quotaKey: string): string {
  if (/(?:^|\.)cpu$/.test(quotaKey)) return 'cpu';
  if (/(?:^|\.)memory$/.test(quotaKey)) return 'memory';
  if (quotaKey === 'pods' || quotaKey === 'count/pods') return 'pods';
  return /storage/.test(quotaKey) ||
    quotaKey === 'persistentvolumeclaims' ||
    quotaKey === 'count/persistentvolumeclaims'
    ? 'storage'
    : 'objects';
}

function unavailable(text: string): Refusal | undefined {
  const webhook = /failed calling (?:admission )?webhook "([^"]+)"/.exec(text)?.[1];
  return webhook === undefined ? undefined : { problem: 'webhook_unavailable', subject: webhook };
}

function denied(text: string): Refusal | undefined {
  const webhook = /admission webhook "([^"]+)" denied the request/.exec(text)?.[1];
  if (webhook !== undefined) return { problem: 'webhook_denied', subject: webhook };
  const policy = /ValidatingAdmissionPolicy '([^']+)'/.exec(text)?.[1];
  if (policy !== undefined) return { problem: 'policy_denied', subject: policy };
  const level = /violates PodSecurity "([^"]+)"/.exec(text)?.[1];
  if (level !== undefined) return { problem: 'pod_security', subject: level };
  return /unable to validate against any (?:pod security policy|security context constraint)/i.test(text)
    ? { problem: 'pod_security' }
    : undefined;
}

const NAMED: readonly (readonly [RegExp, RefusalProblem])[] = [
  [/error looking up service account [^\s/]+\/([^\s:]+)/, 'service_account'],
  [/serviceaccounts? "([^"]+)" not found/, 'service_account'],
  [/no PriorityClass with name (\S+) was found/i, 'priority_class'],
  [/priorityclass(?:\.scheduling\.k8s\.io)? "([^"]+)" not found/i, 'priority_class'],
  [/RuntimeClass "([^"]+)" not found/i, 'runtime_class'],
  [/runtimeclass(?:\.node\.k8s\.io)? "([^"]+)" not found/i, 'runtime_class'],
  [/(`?selector`? does not match template `?labels`?)/, 'selector'],
  [/(?:spec\.)?(selector): Invalid value: .*field is immutable/s, 'selector'],
  [/is (selecting all) pods/, 'selector'],
  [/because it is being terminated/, 'terminating'],
  [/namespaces? "([^"]+)" not found/, 'terminating'],
  [/((?:maximum|minimum) [\w./-]+ usage per \w+ is [^,.]+(?:\.\d+)?[^,.]*)/, 'limit_range'],
  [/([\w./-]+ max limit to request ratio per \w+ is [^,]+)/, 'limit_range'],
  [/is invalid: ([\w.[\]"/-]+):/, 'invalid'],
  [/ is invalid: /, 'invalid'],
];

function named(text: string): Refusal | undefined {
  for (const [pattern, problem] of NAMED) {
    const match = pattern.exec(text);
    if (match !== null) return { problem, subject: match[1]?.replace(/[,.]$/, '') };
  }
  return undefined;
}
