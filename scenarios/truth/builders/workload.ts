import type { Place } from './pods.ts';
import { makePod, startEvents } from './pods.ts';
import type { Store } from './store.ts';
import type { Container, Manifest, OwnerReference, Pod, PodTemplate } from './types.ts';
import { mainContainer } from './types.ts';

export interface Host extends Place {
  readonly name: string;
}

export interface WorkloadPlan {
  readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number;
  readonly template: PodTemplate;
  /** Further fields of its spec. */
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly createdMinutesAgo: number;
  readonly podsMinutesAgo: number;
  readonly hosts: readonly Host[];
}

export interface Roll {
  readonly by: string;
  readonly minutesAgo: number;
  /** Changed fields, segments separated by `/`, from the main container on, or from the object on if they begin with `spec/`. */
  readonly fields: readonly string[];
  /**
   * `all`: the new pods have replaced the old ones; `stuck`: one new pod is there beside the old ones, as when it does not
   * get ready; `recreate`: the Deployment's strategy is Recreate, so the old pods are gone whatever the new ones do.
   */
  readonly mode?: 'all' | 'stuck' | 'recreate';
  /** The node on which all new pods are placed. */
  readonly node?: string;
}

function ownerOf(object: Manifest): OwnerReference {
  const { apiVersion, kind, metadata } = object;
  return {
    apiVersion,
    kind,
    name: metadata.name,
    uid: metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** A Deployment, StatefulSet or DaemonSet with its ReplicaSets and pods. */
export class Workload {
  readonly store: Store;
  readonly manifest: Manifest;
  readonly template: PodTemplate;
  readonly namespace: string;
  readonly name: string;
  /** Every pod that the cluster has of it. */
  pods: Pod[] = [];
  /** The pods of the newest revision. */
  fresh: Pod[] = [];
  replicaSet: Manifest | undefined;
  #revision = 0;
  readonly #hosts: readonly Host[];

  constructor(store: Store, plan: WorkloadPlan) {
    const { kind, namespace, name, replicas, template } = plan;
    this.store = store;
    this.template = template;
    this.namespace = namespace;
    this.name = name;
    this.#hosts = plan.hosts;
    this.#revision = 1 + store.dice.below(14);
    const spec: Record<string, unknown> = {
      ...(kind === 'DaemonSet' ? {} : { replicas }),
      revisionHistoryLimit: 10,
      selector: { matchLabels: { app: template.metadata.labels['app'] } },
      template,
      ...(kind === 'Deployment'
        ? {
            progressDeadlineSeconds: 600,
            strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
          }
        : {}),
      ...plan.spec,
    };
    this.manifest = store.add({
      apiVersion: 'apps/v1',
      kind,
      metadata: {
        ...store.meta(name, namespace, plan.createdMinutesAgo),
        generation: this.#revision,
        labels: { ...template.metadata.labels },
      },
      spec,
      status: {},
    });
    store.changed(this.manifest, {
      by: 'kubectl-client-side-apply',
      minutesAgo: plan.createdMinutesAgo,
      fields: [
        'spec/replicas',
        'spec/selector',
        `spec/template/spec/containers/{${this.container.name}}/image`,
      ],
    });
    if (kind === 'Deployment') {
      this.#addReplicaSet(plan.createdMinutesAgo, structuredClone(template), 0);
      this.#revision += 1;
      this.replicaSet = this.#addReplicaSet(plan.podsMinutesAgo, structuredClone(template), replicas);
    }
    this.#addPods({ count: replicas, minutesAgo: plan.podsMinutesAgo, from: 0 });
  }

  get container(): Container {
    return mainContainer(this.template.spec);
  }

  get spec(): Record<string, unknown> {
    this.manifest.spec ??= {};
    return this.manifest.spec;
  }

  get replicas(): number {
    return typeof this.spec['replicas'] === 'number' ? this.spec['replicas'] : this.pods.length;
  }

  /** Changes the template and rolls the change out. */
  roll(roll: Roll, mutate: (container: Container, template: PodTemplate) => void): this {
    const { minutesAgo } = roll;
    const mode = roll.mode === 'stuck' ? 'stuck' : 'all';
    if (roll.mode === 'recreate' && this.manifest.kind === 'Deployment')
      this.spec['strategy'] = { type: 'Recreate' };
    mutate(this.container, this.template);
    const fields = roll.fields.map((field) =>
      field.startsWith('spec/') ? field : `spec/template/spec/containers/{${this.container.name}}/${field}`,
    );
    this.store.changed(this.manifest, { by: roll.by, minutesAgo, fields });
    const old = this.pods;
    const isDeployment = this.manifest.kind === 'Deployment';
    const lost = mode === 'all' ? old : isDeployment ? [] : old.slice(-1);
    for (const pod of lost) this.#drop(pod);
    if (isDeployment) this.#newRevision(minutesAgo, mode);
    const count = mode === 'all' ? this.replicas || old.length : 1;
    this.fresh = [];
    this.#addPods({ count, minutesAgo, from: isDeployment ? 0 : this.pods.length, node: roll.node });
    return this;
  }

  /** Sets the number of replicas; pods come or go. */
  scale(replicas: number, by: string, minutesAgo: number): this {
    const before = this.replicas;
    this.spec['replicas'] = replicas;
    this.store.changed(this.manifest, { by, minutesAgo, fields: ['spec/replicas'] });
    for (const pod of this.pods.slice(replicas)) {
      this.#drop(pod);
      this.store.event(pod, {
        reason: 'Killing',
        message: `Stopping container ${this.container.name}`,
        minutesAgo: minutesAgo - 0.1,
        container: this.container.name,
        host: pod.spec.nodeName ?? '',
      });
    }
    if (this.replicaSet?.spec !== undefined) {
      this.replicaSet.spec['replicas'] = replicas;
      const way = replicas < before ? 'down' : 'up';
      this.store.event(this.manifest, {
        reason: 'ScalingReplicaSet',
        message: `Scaled ${way} replica set ${this.replicaSet.metadata.name} to ${replicas} from ${before}`,
        minutesAgo,
        component: 'deployment-controller',
      });
    }
    if (replicas > before) this.#addPods({ count: replicas - before, minutesAgo, from: before });
    return this;
  }

  /** Takes pods away, as a controller does whose pods were evicted or never made. */
  dropPods(pods: readonly Pod[]): void {
    for (const pod of [...pods]) this.#drop(pod);
  }

  /** One more pod of the newest revision, on that node if one is named. */
  addPod(minutesAgo: number, node?: string): Pod {
    this.#addPods({ count: 1, minutesAgo, from: this.pods.length, node });
    return this.pods[this.pods.length - 1] ?? this.firstPod();
  }

  firstPod(): Pod {
    const [pod] = this.fresh.length > 0 ? this.fresh : this.pods;
    if (pod === undefined) throw new Error(`${this.namespace}/${this.name} has no pod`);
    return pod;
  }

  #drop(pod: Pod): void {
    this.store.remove(pod);
    this.pods = this.pods.filter((other) => other !== pod);
    this.fresh = this.fresh.filter((other) => other !== pod);
    this.store.logs.delete(`${this.namespace}/${pod.metadata.name}/${this.container.name}`);
  }

  #newRevision(minutesAgo: number, mode: 'all' | 'stuck'): void {
    const { store } = this;
    const old = this.replicaSet;
    this.#revision += 1;
    const wanted = mode === 'all' ? this.replicas : 1;
    if (old?.spec !== undefined && mode === 'all') old.spec['replicas'] = 0;
    this.replicaSet = this.#addReplicaSet(minutesAgo, structuredClone(this.template), wanted);
    store.event(this.manifest, {
      reason: 'ScalingReplicaSet',
      message: `Scaled up replica set ${this.replicaSet.metadata.name} to ${wanted}`,
      minutesAgo,
      component: 'deployment-controller',
    });
    if (old === undefined || mode !== 'all') return;
    const isRecreate = (this.spec['strategy'] as { type: string } | undefined)?.type === 'Recreate';
    store.event(this.manifest, {
      reason: 'ScalingReplicaSet',
      message: `Scaled down replica set ${old.metadata.name} to 0 from 1`,
      minutesAgo: minutesAgo + (isRecreate ? 0.2 : -0.3),
      component: 'deployment-controller',
    });
  }

  #addReplicaSet(minutesAgo: number, template: PodTemplate, replicas: number): Manifest {
    const { store } = this;
    const hash = store.dice.letters(10);
    const labels = { ...template.metadata.labels, 'pod-template-hash': hash };
    this.manifest.metadata.annotations = {
      ...this.manifest.metadata.annotations,
      'deployment.kubernetes.io/revision': String(this.#revision),
    };
    return store.add({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        ...store.meta(`${this.name}-${hash}`, this.namespace, minutesAgo),
        generation: 1,
        labels,
        annotations: {
          'deployment.kubernetes.io/desired-replicas': String(this.replicas),
          'deployment.kubernetes.io/revision': String(this.#revision),
        },
        ownerReferences: [ownerOf(this.manifest)],
      },
      spec: {
        replicas,
        selector: { matchLabels: labels },
        template: { ...template, metadata: { ...template.metadata, labels } },
      },
      status: {},
    });
  }

  #addPods(at: { count: number; minutesAgo: number; from: number; node?: string | undefined }): void {
    const { store, namespace } = this;
    const { count, minutesAgo, from } = at;
    const owner = this.replicaSet ?? this.manifest;
    const base = owner.metadata.name;
    for (let index = from; index < from + count; index += 1) {
      const host =
        this.#hosts.find(({ name }) => name === at.node) ??
        this.#hosts[(index + base.length) % this.#hosts.length];
      if (host === undefined) throw new Error('a workload needs nodes');
      const isOrdinal = owner.kind === 'StatefulSet';
      const name = `${base}-${isOrdinal ? index : store.dice.letters(5)}`;
      const age = minutesAgo - index * 0.02;
      const labels = {
        ...(this.replicaSet === undefined
          ? { 'controller-revision-hash': store.dice.letters(10) }
          : this.replicaSet.metadata.labels),
        ...(isOrdinal
          ? { 'statefulset.kubernetes.io/pod-name': name, 'apps.kubernetes.io/pod-index': String(index) }
          : {}),
      };
      const plan = {
        name,
        namespace,
        node: host.name,
        owner: ownerOf(owner),
        minutesAgo: age,
        generateName: `${base}-`,
        labels,
      };
      const pod = store.add(makePod(store, this.#templateOf(name), plan, host));
      this.pods.push(pod);
      this.fresh.push(pod);
      if (minutesAgo > 60) continue;
      store.event(owner, {
        reason: 'SuccessfulCreate',
        message: isOrdinal ? `create Pod ${name} in StatefulSet ${base} successful` : `Created pod: ${name}`,
        minutesAgo: age,
        component: `${owner.kind.toLowerCase()}-controller`,
      });
      startEvents(store, pod, age);
    }
  }

  /** Pods of a StatefulSet mount their own claim of each claim template. */
  #templateOf(pod: string): PodTemplate {
    const claims = (this.spec['volumeClaimTemplates'] ?? []) as { metadata: { name: string } }[];
    if (claims.length === 0) return this.template;
    const volumes = claims.map(({ metadata: { name } }) => ({
      name,
      persistentVolumeClaim: { claimName: `${name}-${pod}` },
    }));
    return {
      ...this.template,
      spec: { ...this.template.spec, volumes: [...volumes, ...(this.template.spec.volumes ?? [])] },
    };
  }
}
