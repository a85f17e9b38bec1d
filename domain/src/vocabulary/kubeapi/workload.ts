import type { EventTypeRow } from '../row.ts';
import { flag, integer, objectKeys, promoted, required, said, text } from '../row.ts';

/** The container that it is about, and the words of whoever reported it. */
const containerKeys = {
  container: promoted(text('container of the pod')),
  init: flag('it is an init container'),
  message: text('what the kubelet or runtime said, scrubbed'),
} as const;

/** What pods and their events show of a workload: why containers don’t start, aren’t ready or are ended. */
export const WORKLOAD_VOCABULARY = {
  pod_not_ready: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning:
      'A container runs but is not ready, longer than a start takes: its readiness or startup probe does not pass. Containers that wait or died are told by container_waiting and container_died.',
    data: {
      ...objectKeys,
      ...containerKeys,
      sidecar: flag('the container is a sidecar: an init container that restarts always, or a known proxy'),
      not_ready_us: required(integer('how long it has run without being ready', 'us')),
      started: flag('its startup probe has passed, or it has none'),
    },
    summary: (event) =>
      `container ${said(event, 'container')} of ${said(event, 'object')} runs but is not ready`,
  },
  probe_failed: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning:
      'A probe of a container fails, as the kubelet’s Unhealthy and Killing events and the container’s state tell, beside what the pod’s spec says of it. Failures at start that were over are left out.',
    data: {
      ...objectKeys,
      ...containerKeys,
      probe: required(promoted(text('liveness, readiness or startup'))),
      action: required(text('http, tcp, grpc or exec')),
      problem: required(
        promoted(text('refused, timeout, status, protocol, reset, unhealthy, command, port_name or other')),
      ),
      port: promoted(integer('port that it asks')),
      port_name: text('name of the port, where the spec names it so'),
      path: text('path that it asks for'),
      scheme: text('HTTP or HTTPS'),
      status: integer('HTTP status that it got'),
      offered: text('ports that the container is known to listen on, joined by commas'),
      port_offered: flag('the port is one of those; absent where none is known'),
      other_port: promoted(integer('the port that is meant, where only one can be')),
      other_path: text('the path that another probe of the container passes with'),
      other_passes: flag('another probe of the container passes: the program is up'),
      listens: flag('its log says that it listens, or another probe passes: it is up'),
      killed: required(flag('the kubelet ended the container for it')),
      ever_passed: flag('it has passed in this run of the container or an earlier one'),
      timeout_us: integer('timeoutSeconds', 'us'),
      period_us: integer('periodSeconds', 'us'),
      delay_us: integer('initialDelaySeconds', 'us'),
      failures: integer('failureThreshold', 'count'),
      allowed_us: integer('how long after its start a container may take until the probe ends it', 'us'),
      lived_us: integer('how long the last run lived', 'us'),
      up_us: integer('how long after its start the log says that it is up', 'us'),
      cpu_limit_millis: integer('CPU limit of the container, in thousandths of a core', 'count'),
      count: integer('how often it was seen to fail', 'count'),
    },
    summary: (event) =>
      `${said(event, 'probe')} probe of ${said(event, 'object')}, container ${said(event, 'container')}, fails: ${said(event, 'problem')}`,
  },
  config_missing: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning:
      'A container cannot start because a ConfigMap or Secret, or a key of one, is not there. `refers` is the ConfigMap or Secret. Optional references are left out.',
    data: {
      ...objectKeys,
      ...containerKeys,
      kind: required(promoted(text('ConfigMap or Secret'))),
      key: promoted(text('the key that it lacks; absent where all of it is missing')),
      via: required(text('env, volume or unknown: how the pod refers to it')),
      setting: text('variable or volume that it is for'),
      nearest: text('an object or key of nearly that name'),
      proven: required(text('message: the kubelet says so; objects: a full list lacks it; both')),
    },
    summary: (event) =>
      `${said(event, 'object')} needs ${said(event, 'refers')}${event.data['key'] === undefined ? '' : `, key ${said(event, 'key')}`}, which is not there`,
  },
  image_pull_failed: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning: 'An image cannot be pulled or found, with what the runtime says of it in one word.',
    data: {
      ...objectKeys,
      ...containerKeys,
      image: required(promoted(text('image as the pod names it'))),
      registry: promoted(text('host of the registry')),
      problem: required(
        promoted(
          text(
            'not_found, unauthorized, secret_missing, unreachable, rate_limited, certificate, platform, name_invalid, never_pulled or unknown',
          ),
        ),
      ),
      pull_secrets: text('imagePullSecrets of the pod, joined by commas'),
      missing_secret: text('one of them that is not there'),
    },
    summary: (event) =>
      `image ${said(event, 'image')} of ${said(event, 'object')} is not pulled: ${said(event, 'problem')}`,
  },
  container_start_failed: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning:
      'The runtime could not create or start a container’s process, or the kubelet refused to, with the reason in one word.',
    data: {
      ...objectKeys,
      ...containerKeys,
      problem: required(
        promoted(
          text(
            'command_not_found, command_not_executable, platform, directory, oom, file, mount, read_only, capability, seccomp, root_refused, hook or user',
          ),
        ),
      ),
      subject: promoted(text('the program, directory, file or user that it is about')),
      memory_limit: text('memory limit of the container'),
    },
    summary: (event) =>
      `container ${said(event, 'container')} of ${said(event, 'object')} does not start: ${said(event, 'problem')}`,
  },
  container_completes: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning:
      'A container that is meant to go on running (restartPolicy Always) ends with exit code 0 again and again.',
    data: {
      ...objectKeys,
      ...containerKeys,
      restarts: required(integer('restarts of the container', 'count')),
      lived_us: integer('how long its last run lived', 'us'),
    },
    summary: (event) =>
      `container ${said(event, 'container')} of ${said(event, 'object')} ends well again and again, ${said(event, 'restarts')} restarts`,
  },
  pod_superseded: {
    source: 'kubeapi',
    severity: 'info',
    lane: 'signal',
    meaning:
      'A pod failed and nobody misses it: its Job completed with another, or its workload put another in its place.',
    data: { ...objectKeys, reason: text('status.reason') },
    summary: (event) => `pod ${event.podName ?? '?'} of ${said(event, 'object')} failed and was superseded`,
  },
  config_changed: {
    source: 'kubeapi',
    severity: 'info',
    lane: 'signal',
    meaning:
      'A ConfigMap was changed after it was made (managedFields). `refers` is a workload that uses it and is not well.',
    data: {
      ...objectKeys,
      keys: text('keys that the change owns, joined by commas'),
      manager: promoted(text('field manager that made the change (metadata.managedFields)')),
    },
    summary: (event) =>
      `${said(event, 'object')} was changed${event.data['manager'] === undefined ? '' : ` via ${said(event, 'manager')}`}`,
  },
  memory_limit_reached: {
    source: 'kubeapi',
    severity: 'warning',
    lane: 'signal',
    meaning:
      'The memory limit of a container whose last end is reported as OOMKilled: what it was not to use more than.',
    data: {
      ...objectKeys,
      container: promoted(text('container of the pod')),
      memory_limit: required(text('limit, as the pod says it')),
      kills: integer('restarts of the container', 'count'),
    },
    summary: (event) =>
      `container ${said(event, 'container')} of ${said(event, 'object')} may use ${said(event, 'memory_limit')} of memory`,
  },
  init_container_stuck: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning:
      'An init container has run for minutes without end, so that the pod’s other containers never start. `refers` is what its command waits for, where that is known.',
    data: {
      ...objectKeys,
      ...containerKeys,
      running_us: required(integer('how long it has run', 'us')),
      host: promoted(text('host that its command names')),
      port: promoted(integer('port that its command names')),
    },
    summary: (event) => `init container ${said(event, 'container')} of ${said(event, 'object')} does not end`,
  },
} as const satisfies Record<string, EventTypeRow>;
