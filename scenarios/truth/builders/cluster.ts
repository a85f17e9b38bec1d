import type { DumpFiles } from '../case.ts';
import { addNoise } from './noise.ts';
import { addRedHerrings } from './red-herrings.ts';
import type { DumpFormat } from './render/files.ts';
import { renderFiles } from './render/files.ts';
import { settle } from './settle.ts';
import { Store } from './store.ts';
import type { Theme } from './themes.ts';
import { THEMES } from './themes.ts';
import type { Manifest } from './types.ts';
import type { Host, WorkloadPlan } from './workload.ts';
import { Workload } from './workload.ts';

const DAY = 1440;

export interface ServicePlan {
  readonly selector?: Readonly<Record<string, string>>;
  readonly ports?: readonly {
    name?: string;
    port: number;
    targetPort?: number | string;
    protocol: string;
    nodePort?: number;
  }[];
  readonly type?: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
  readonly clusterIP?: string;
  readonly externalName?: string;
  readonly minutesAgo?: number;
}

/** A cluster: its theme, nodes and workloads, and ways to add objects. */
export class Cluster extends Store {
  readonly theme: Theme;
  readonly hosts: Host[] = [];
  readonly workloads: Workload[] = [];
  readonly #control: Host;
  #addresses = 10;

  constructor(seed: string, theme: 'retail' | 'media') {
    super(seed);
    this.theme = THEMES[theme];
    for (const namespace of [
      'default',
      'kube-system',
      'kube-public',
      'kube-node-lease',
      'ingress-nginx',
      ...Object.keys(this.theme.namespaces),
    ]) {
      this.namespace(namespace, 140 * DAY);
    }
    const { controlPlane, nodes } = this.theme;
    this.#control = this.#host(controlPlane, 0);
    for (const [index, node] of nodes.entries()) {
      this.hosts.push(this.#host(node.name, index + 1));
    }
  }

  #host(name: string, index: number): Host {
    let last = 1 + this.dice.below(20);
    return {
      name,
      hostIP: `10.0.0.${10 + index}`,
      podIP: () => {
        last += 1;
        return `10.244.${index}.${last}`;
      },
    };
  }

  host(name: string): Host {
    if (name === this.#control.name) return this.#control;
    const found = this.hosts.find((host) => host.name === name);
    if (found === undefined) throw new Error(`the cluster has no node ${name}`);
    return found;
  }

  node(name: string): Manifest {
    return this.get('Node', '', name);
  }

  workload(namespace: string, name: string): Workload {
    const found = this.workloads.find(
      (workload) => workload.namespace === namespace && workload.name === name,
    );
    if (found === undefined) throw new Error(`the cluster has no workload ${namespace}/${name}`);
    return found;
  }

  addWorkload(plan: WorkloadPlan): Workload {
    const workload = new Workload(this, plan);
    this.workloads.push(workload);
    return workload;
  }

  namespace(name: string, minutesAgo: number): Manifest {
    const meta = {
      ...this.meta(name, undefined, minutesAgo),
      labels: { 'kubernetes.io/metadata.name': name },
    };
    this.serviceAccount(name, 'default', minutesAgo);
    this.configMap(name, 'kube-root-ca.crt', {
      'ca.crt': '-----BEGIN CERTIFICATE-----\nMIIDBTCCAe2gAwIBAgIIR1Y=\n-----END CERTIFICATE-----\n',
    });
    return this.add({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: meta,
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
  }

  serviceAccount(namespace: string, name: string, minutesAgo = 90 * DAY): Manifest {
    return this.add({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: this.meta(name, namespace, minutesAgo),
    });
  }

  configMap(
    namespace: string,
    name: string,
    data: Readonly<Record<string, string>>,
    minutesAgo = 90 * DAY,
  ): Manifest {
    const object: Manifest = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: this.meta(name, namespace, minutesAgo),
      data: { ...data },
    };
    this.changed(object, {
      by: 'kubectl-client-side-apply',
      minutesAgo,
      fields: Object.keys(data).map((key) => `data/${key}`),
    });
    return this.add(object);
  }

  /** A Secret as dumps show it: names of keys, values taken out. */
  secret(
    namespace: string,
    name: string,
    at: { keys: readonly string[]; type?: string; minutesAgo?: number },
  ): Manifest {
    const data = Object.fromEntries(at.keys.map((key) => [key, 'UkVEQUNURUQ=']));
    return this.add({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: this.meta(name, namespace, at.minutesAgo ?? 90 * DAY),
      type: at.type ?? 'Opaque',
      data,
    });
  }

  service(namespace: string, name: string, plan: ServicePlan): Manifest {
    const { type = 'ClusterIP', minutesAgo = 90 * DAY } = plan;
    this.#addresses += 1;
    const clusterIP = plan.clusterIP ?? `10.96.${40 + this.dice.below(150)}.${this.#addresses}`;
    const object: Manifest = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { ...this.meta(name, namespace, minutesAgo), labels: { app: name } },
      spec: {
        ...(type === 'ExternalName'
          ? { externalName: plan.externalName }
          : {
              clusterIP,
              clusterIPs: [clusterIP],
              ipFamilies: ['IPv4'],
              ipFamilyPolicy: 'SingleStack',
              internalTrafficPolicy: 'Cluster',
            }),
        ...(plan.ports === undefined ? {} : { ports: plan.ports.map((port) => ({ ...port })) }),
        ...(plan.selector === undefined ? {} : { selector: { ...plan.selector } }),
        sessionAffinity: 'None',
        type,
      },
      status: { loadBalancer: {} },
    };
    this.changed(object, {
      by: 'kubectl-client-side-apply',
      minutesAgo,
      fields: ['spec/ports', 'spec/selector', 'spec/type'],
    });
    return this.add(object);
  }

  /** The files of a dump of this cluster, its statuses, endpoints, everyday noise and (unless `quiet`) red herrings filled in. */
  files(format: DumpFormat, { quiet = false } = {}): DumpFiles {
    settle(this);
    if (!quiet) addRedHerrings(this);
    addNoise(this);
    return renderFiles(this, format);
  }
}
