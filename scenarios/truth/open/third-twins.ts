import { addApp, crashing, notReady, pending, python } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { truthOf } from './kit.ts';
import { CONTROL, drained, unhelpful } from './second-kit.ts';

/** Twins of cases of other files of this batch. */
export const THIRD_WORKLOAD_TWINS: readonly OpenCase[] = [
  {
    id: 'open-third-impatient-readiness-b',
    twinOf: 'open-third-impatient-readiness',
    title: 'the readiness probe is as ever; a CPU limit of a twentieth of a core makes every answer late',
    sources: [
      'https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#how-pods-with-resource-limits-are-run',
      'net/http/client.go (Client.Timeout exceeded while awaiting headers)',
    ],
    theme: 'retail',
    truth: truthOf('Deployment/shop/recommendations', ['cpu-throttled'], {
      effects: ['Service/shop/recommendations', 'Deployment/shop/frontend'],
      change: ['Deployment/shop/recommendations', 'resources.limits.cpu'],
    }),
    make: (c) => {
      const w = c.workload('shop', 'recommendations');
      w.roll(
        {
          by: 'kubectl-client-side-apply',
          minutesAgo: 57,
          fields: ['resources/limits/cpu', 'resources/requests/cpu'],
        },
        (container) => {
          container.resources = {
            requests: { cpu: '20m', memory: '128Mi' },
            limits: { cpu: '50m', memory: '512Mi' },
          };
        },
      );
      notReady(w, {
        minutesAgo: 56,
        count: 330,
        probe:
          'Readiness probe failed: Get "http://POD_IP:9090/ready": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
        log: [
          python(c, 55, 'INFO', 'started in 48.1 s'),
          ...[4, 3, 2, 1].map((minutes) =>
            python(c, minutes, 'INFO', 'GET /ready 200 OK in 2.61 s (cpu 0.12 s)'),
          ),
        ],
      });
      return c.files('yaml');
    },
  },
  {
    id: 'open-third-owner-of-volume-b',
    twinOf: 'open-third-owner-of-volume',
    title: "the group is right, and the dashboard's volume is mounted to be read only",
    sources: [
      'https://grafana.com/docs/grafana/latest/setup-grafana/installation/docker/',
      'https://kubernetes.io/docs/concepts/storage/volumes/#read-only-mounts',
    ],
    theme: 'retail',
    truth: truthOf('StatefulSet/observe/grafana', ['read-only-filesystem'], {
      change: ['StatefulSet/observe/grafana', 'volumeMounts.readOnly'],
    }),
    make: (c) => {
      const mount = { name: 'scratch', mountPath: '/var/lib/grafana' };
      const w = addApp(c, {
        namespace: 'observe',
        name: 'grafana',
        kind: 'StatefulSet',
        image: 'grafana/grafana:11.2.2',
        port: 3000,
        container: { volumeMounts: [mount] },
        more: {
          securityContext: { fsGroup: 472 },
          volumes: [{ name: 'scratch', nfs: { server: '10.0.8.20', path: '/exports/grafana' } }],
        },
      });
      w.roll({ by: 'kubectl-edit', minutesAgo: 48, fields: ['volumeMounts'] }, (container) => {
        container.volumeMounts = [{ ...mount, readOnly: true }];
      });
      crashing(w, {
        exitCode: 1,
        minutesAgo: 48,
        restarts: 14,
        log: [
          "GF_PATHS_DATA='/var/lib/grafana' is not writable.",
          'You may have issues with file permissions, more information here: http://docs.grafana.org/installation/docker/#migrate-to-v51-or-later',
          "mkdir: can't create directory '/var/lib/grafana/plugins': Read-only file system",
        ],
      });
      return c.files('must-gather');
    },
  },
  {
    id: 'open-third-service-links-b',
    twinOf: 'open-third-service-links',
    title: 'a ConfigMap gives the program a number that has letters in it',
    sources: ['https://docs.pydantic.dev/latest/errors/validation_errors/#int_parsing'],
    theme: 'media',
    truth: truthOf('ConfigMap/labs/tracker-settings', ['config-value-invalid'], {
      effects: ['Deployment/labs/tracker', 'Service/labs/tracker'],
      change: ['ConfigMap/labs/tracker-settings', 'data.tracker_port'],
    }),
    make: (c) => {
      const w = addApp(c, {
        namespace: 'labs',
        name: 'tracker',
        image: 'ghcr.io/example/tracker:2.3.0',
        port: 5000,
        container: { envFrom: [{ configMapRef: { name: 'tracker-settings' } }] },
        more: { enableServiceLinks: false },
      });
      const settings = c.configMap(
        'labs',
        'tracker-settings',
        { tracker_port: '50OO', tracker_log: 'info' },
        40_000,
      );
      c.changed(settings, { by: 'kubectl-edit', minutesAgo: 29, fields: ['data/tracker_port'] });
      w.roll(
        { by: 'kubectl', minutesAgo: 28, fields: ['spec/template/metadata/annotations'] },
        (_container, template) => {
          template.metadata.annotations = { 'kubectl.kubernetes.io/restartedAt': c.ago(28) };
        },
      );
      crashing(w, {
        exitCode: 1,
        minutesAgo: 28,
        log: [
          'Traceback (most recent call last):',
          '  File "/app/main.py", line 7, in <module>',
          '    settings = Settings()',
          'pydantic_core._pydantic_core.ValidationError: 1 validation error for Settings',
          'tracker_port',
          "  Input should be a valid integer, unable to parse string as an integer [type=int_parsing, input_value='50OO', input_type=str]",
          '    For further information visit https://errors.pydantic.dev/2.9/v/int_parsing',
        ],
      });
      return c.files('yaml');
    },
  },
];

export const THIRD_PLATFORM_TWINS: readonly OpenCase[] = [
  {
    id: 'open-third-node-affinity-b',
    twinOf: 'open-third-node-affinity',
    title: 'one machine of the kind is there, and was drained and not given back',
    sources: ['pkg/scheduler/framework/plugins/nodeunschedulable/node_unschedulable.go'],
    theme: 'media',
    truth: truthOf('Node//pool-a-7kq2x', ['node-cordoned'], {
      effects: ['Deployment/labs/render-farm'],
      change: ['Node//pool-a-7kq2x', 'spec.unschedulable'],
    }),
    make: (c) => {
      const node = drained(c, 'pool-a-7kq2x', 50);
      node.metadata.labels = { ...node.metadata.labels, 'node.kubernetes.io/instance-type': 'c7i.8xlarge' };
      const w = addApp(c, {
        namespace: 'labs',
        name: 'render-farm',
        image: 'ghcr.io/example/render:9.1.0',
        port: 8080,
        minutesAgo: 49,
        createdMinutesAgo: 70_000,
        more: {
          affinity: {
            nodeAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: {
                nodeSelectorTerms: [
                  {
                    matchExpressions: [
                      {
                        key: 'node.kubernetes.io/instance-type',
                        operator: 'In',
                        values: ['c7i.8xlarge', 'c7i.12xlarge'],
                      },
                    ],
                  },
                ],
              },
            },
          },
        },
      });
      pending(w, {
        minutesAgo: 49,
        message: `0/4 nodes are available: ${CONTROL}, 1 node(s) were unschedulable, 2 node(s) didn't match Pod's node affinity/selector. ${unhelpful(4)}`,
      });
      return c.files('text');
    },
  },
];
