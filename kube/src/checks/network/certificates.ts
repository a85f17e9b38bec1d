import { asCount, asList, asObject, asText, asTimeUs } from '../../json.ts';
import { allContainers, podTemplates } from '../../relations/pod-templates.ts';
import type { KubeObject, ObjectName } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import { nameOf } from '../../snapshot/snapshot.ts';
import type { Check } from '../check.ts';
import { ingressTls } from './ingresses.ts';

/** Clocks of whoever signs run a little ahead. */
const SKEW_US = 300_000_000;

interface Certificate {
  readonly notBeforeUs: number;
  readonly notAfterUs: number;
  readonly names: readonly string[];
}

/** Certificates of TLS Secrets: their time, and the hosts that Ingresses use them for. */
export const certificates: Check = {
  name: 'certificates',
  run(snapshot, emit) {
    for (const secret of snapshot.all('Secret')) {
      const certificate = certificateOf(secret) ?? issuedFor(snapshot, secret);
      if (certificate === undefined || secret.deletionUs !== undefined) continue;
      const { notBeforeUs, notAfterUs, names } = certificate;
      const expired = notAfterUs < snapshot.takenUs;
      if (expired || notBeforeUs > snapshot.takenUs + SKEW_US) {
        const user = userOf(snapshot, secret);
        emit({
          type: 'certificate_out_of_date',
          about: secret,
          ...(user && { refers: user }),
          data: {
            problem: expired ? 'expired' : 'early',
            not_before_us: notBeforeUs,
            not_after_us: notAfterUs,
            used: user !== undefined,
          },
        });
      }
      if (names.length === 0) continue;
      for (const { ingress, host } of hostsOf(snapshot, secret)) {
        if (names.some((name) => covers(name.toLowerCase(), host.toLowerCase()))) continue;
        emit({
          type: 'certificate_name_mismatch',
          about: secret,
          refers: nameOf(ingress),
          discriminators: [ingress.name, host],
          data: { host, names: names.slice(0, 16).join(', ') },
        });
      }
    }
  },
};

function certificateOf(secret: KubeObject): Certificate | undefined {
  const certificate = asObject(secret.raw['certificate']);
  const notBeforeUs = asCount(certificate?.['notBeforeUs']);
  const notAfterUs = asCount(certificate?.['notAfterUs']);
  if (notBeforeUs === undefined || notAfterUs === undefined) return undefined;
  const names = (asList(certificate?.['names']) ?? []).flatMap((name) => asText(name) ?? []);
  return { notBeforeUs, notAfterUs, names };
}

/** What cert-manager says of the certificate that it keeps in a Secret, where the certificate itself was not read. */
function issuedFor(snapshot: Snapshot, secret: KubeObject): Certificate | undefined {
  const issued = snapshot
    .all('Certificate', secret.namespace)
    .find(
      (object) =>
        object.apiVersion.startsWith('cert-manager.io/') && object.spec['secretName'] === secret.name,
    );
  const notAfterUs = asTimeUs(issued?.status['notAfter']);
  if (issued === undefined || notAfterUs === undefined) return undefined;
  const names = (asList(issued.spec['dnsNames']) ?? []).flatMap((name) => asText(name) ?? []);
  return { notBeforeUs: asTimeUs(issued.status['notBefore']) ?? 0, notAfterUs, names };
}

/** A wildcard stands for exactly one label (RFC 6125, 6.4.3). */
function covers(name: string, host: string): boolean {
  if (name === host) return true;
  return name.startsWith('*.') && host.includes('.') && host.slice(host.indexOf('.')) === name.slice(1);
}

function hostsOf(snapshot: Snapshot, secret: KubeObject): readonly { ingress: KubeObject; host: string }[] {
  return snapshot.all('Ingress', secret.namespace).flatMap((ingress) =>
    ingressTls(ingress)
      .filter((tls) => tls.secret === secret.name)
      .flatMap((tls) => tls.hosts.map((host) => ({ ingress, host }))),
  );
}

/** An Ingress, or a workload that mounts it or reads it into its environment. */
function userOf(snapshot: Snapshot, { namespace, name }: KubeObject): ObjectName | undefined {
  const ingress = snapshot
    .all('Ingress', namespace)
    .find((candidate) => ingressTls(candidate).some((tls) => tls.secret === name));
  if (ingress !== undefined) return nameOf(ingress);
  return podTemplates(snapshot).find(({ workload, podSpec }) => {
    if (workload.namespace !== namespace) return false;
    const volumes = (asList(podSpec['volumes']) ?? []).map(asObject);
    const mounts = volumes.some(
      (volume) =>
        asObject(volume?.['secret'])?.['secretName'] === name ||
        (asList(asObject(volume?.['projected'])?.['sources']) ?? []).some(
          (source) => asObject(asObject(source)?.['secret'])?.['name'] === name,
        ),
    );
    const reads = (container: ReturnType<typeof allContainers>[number]): boolean =>
      [...(asList(container['env']) ?? []), ...(asList(container['envFrom']) ?? [])].some((entry) => {
        const source = asObject(entry);
        const key = asObject(asObject(source?.['valueFrom'])?.['secretKeyRef']);
        return key?.['name'] === name || asObject(source?.['secretRef'])?.['name'] === name;
      });
    return mounts || allContainers(podSpec).some(reads);
  })?.workload;
}
