import { addressOfService, addJob, addJobPod, cluster, moveTo, notReady } from '../../builders/index.ts';
import type { Cluster } from '../../builders/index.ts';
import { addNoise } from '../../builders/noise.ts';
import { renderFiles } from '../../builders/render/files.ts';
import { settle } from '../../builders/settle.ts';
import { setEnv, specOf } from '../../open/kit.ts';
import { creating, forget, keepStatus, renewed } from '../../open/second-kit.ts';
import type { Builders } from '../rows.ts';
import { unfed } from './platform.ts';

function noAddress(c: Cluster): string {
  return `(combined from similar events): Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "${c.dice.hex(64)}": plugin type="ptp" failed (add): failed to allocate for range 0: no IP addresses available in range set: 10.244.2.1-10.244.2.254`;
}

export const PLATFORM_CONTROLLERS: Builders = {
  'second-platform-16': (id) => {
    const c = cluster(id, 'retail');
    const reason = 'FailedCreatePodSandBox';
    const invoices = c.workload('billing', 'invoices');
    invoices.roll(
      { by: 'kubectl-rollout', minutesAgo: 41, fields: ['image'], mode: 'stuck', node: 'worker-2' },
      (container) => {
        container.image = 'registry.example.com/billing/invoices:4.0.4';
      },
    );
    creating(c, invoices, { minutesAgo: 41, reason, message: noAddress(c), count: 188 });
    const job = addJob(c, {
      namespace: 'billing',
      name: 'close-month',
      image: 'ghcr.io/example/batch:1.4.0',
      minutesAgo: 26,
    });
    const pod = addJobPod(c, job, { minutesAgo: 26, seconds: 1 });
    moveTo(c, pod, 'worker-2');
    job.status = { active: 1, ready: 0, startTime: c.ago(26), terminating: 0, uncountedTerminatedPods: {} };
    creating(
      c,
      { store: c, namespace: 'billing', container: pod.spec.containers[0], fresh: [pod] },
      { minutesAgo: 26, reason, message: noAddress(c), count: 117 },
    );
    return c.files('cluster-info');
  },
  'second-platform-17': (id) => {
    const c = cluster(id, 'media');
    const metadata = c.workload('media', 'metadata');
    c.remove(c.get('Pod', 'kube-system', 'kube-controller-manager-control-0'));
    renewed(c, 'kube-controller-manager', 19);
    renewed(c, 'kube-scheduler', 0.03);
    settle(c);
    // What comes after this, no controller has seen.
    metadata.container.image = 'ghcr.io/example/metadata:2.9.8';
    c.changed(metadata.manifest, {
      by: 'kubectl-set',
      minutesAgo: 16,
      fields: ['spec/template/spec/containers/{metadata}/image'],
    });
    metadata.dropPods(metadata.pods);
    const address = addressOfService(c, 'media', 'metadata');
    unfed(c, 13, `dial tcp ${address}: connect: no route to host`);
    addNoise(c);
    return renderFiles(c, 'yaml');
  },
  'second-platform-17b': (id) => {
    const c = cluster(id, 'media');
    const w = c.workload('media', 'metadata');
    setEnv(w, { name: 'MONGO_ADDR', value: 'mongo.databases:27017', by: 'kubectl-edit', minutesAgo: 84 });
    notReady(w, {
      pods: w.pods,
      minutesAgo: 84,
      probe: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
      count: 505,
      log: [
        `${c.ago(3)}  INFO 1 --- [.databases:27017] org.mongodb.driver.cluster               : Exception in monitor thread while connecting to server mongo.databases:27017`,
        'com.mongodb.MongoSocketException: mongo.databases: Name or service not known',
        'Caused by: java.net.UnknownHostException: mongo.databases: Name or service not known',
      ],
    });
    const { template, manifest } = w;
    const [container] = template.spec.containers;
    const others = (container.env ?? []).filter(({ name }) => name !== 'MONGO_ADDR');
    container.env = [...others, { name: 'MONGO_ADDR', value: 'mongo:27017' }];
    specOf(manifest)['paused'] = true;
    c.changed(manifest, { by: 'kubectl-rollout', minutesAgo: 71, fields: ['spec/paused'] });
    c.changed(manifest, {
      by: 'kubectl-edit',
      minutesAgo: 66,
      fields: ['spec/template/spec/containers/{metadata}/env/{MONGO_ADDR}/value'],
    });
    keepStatus(c, w, {
      observedGeneration: manifest.metadata.generation,
      replicas: 2,
      unavailableReplicas: 2,
      conditions: [
        {
          type: 'Available',
          status: 'False',
          reason: 'MinimumReplicasUnavailable',
          message: 'Deployment does not have minimum availability.',
          lastTransitionTime: c.ago(84),
          lastUpdateTime: c.ago(84),
        },
        {
          type: 'Progressing',
          status: 'Unknown',
          reason: 'DeploymentPaused',
          message: 'Deployment is paused',
          lastTransitionTime: c.ago(71),
          lastUpdateTime: c.ago(71),
        },
      ],
    });
    unfed(c, 83, `dial tcp ${addressOfService(c, 'media', 'metadata')}: connect: connection refused`);
    forget(c);
    return c.files('yaml');
  },
};
