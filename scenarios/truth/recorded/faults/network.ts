import type { RecordedFault } from '../fault.ts';
import { NEIGHBOURS, READY, caller, deployment, served, service, truthOf } from '../fault.ts';

const READY_ONE = [/"readyReplicas": 1/] as const;

/** Asks once in a while, and ends when it was not answered five times. */
const ASKS_OR_ENDS =
  'n=0; while sleep 1; do wget -q -O- "$UPSTREAM_URL" >/dev/null && echo "GET $UPSTREAM_URL 200" || n=$((n+1)); [ $n -lt 5 ] || { echo "ERROR giving up on $UPSTREAM_URL"; exit 1; }; done';

/** Opens a connection with a bound on how long that takes. */
const CONNECTS =
  'while sleep 2; do nc -w 3 "$STORE_HOST" "$STORE_PORT" </dev/null && echo "connected to $STORE_HOST:$STORE_PORT" || echo "ERROR cannot reach $STORE_HOST:$STORE_PORT"; done';

const connecting = (host: string, port: string): string =>
  deployment({
    name: 'api',
    command: CONNECTS,
    container: `env: [{name: STORE_HOST, value: "${host}"}, {name: STORE_PORT, value: "${port}"}]`,
  });

export const NETWORK_FAULTS: readonly RecordedFault[] = [
  {
    id: 'recorded-port-name',
    title: 'a roll-out renames the port that the Service asks for by name',
    area: 'network',
    namespace: 'mall',
    manifests:
      NEIGHBOURS +
      caller('web', 'http://api/') +
      deployment({ name: 'api', container: READY.replace('8080}', '8080, name: http}') }) +
      service('api', undefined, '{port: 80, targetPort: http}'),
    then: deployment({ name: 'api', container: READY.replace('8080}', '8080, name: web}') }),
    shows: READY_ONE,
    lingerSeconds: 20,
    truth: truthOf('Service/mall/api', ['service-port-name-mismatch'], {
      chain: ['Service/mall/api', 'Deployment/mall/web'],
      change: { object: 'Deployment/mall/api', field: 'ports.name' },
    }),
    layout: 'get',
  },
  {
    id: 'recorded-protocol',
    title: 'the Service speaks UDP, the pod TCP',
    area: 'network',
    namespace: 'mall-b',
    manifests:
      NEIGHBOURS +
      deployment({ name: 'store', container: READY }) +
      service('store', undefined, '{port: 80, targetPort: 8080, protocol: UDP}') +
      connecting('store', '80'),
    shows: READY_ONE,
    lingerSeconds: 25,
    truth: truthOf('Service/mall-b/store', ['service-protocol-mismatch'], {
      chain: ['Service/mall-b/store', 'Deployment/mall-b/api'],
    }),
    twinOf: 'recorded-wrong-port',
    layout: 'cluster-info',
  },
  {
    id: 'recorded-wrong-host',
    title: 'a roll-out misspells the host of the store, and the api ends',
    area: 'network',
    namespace: 'mall-c',
    manifests: NEIGHBOURS + served('store') + caller('api', 'http://store/', { command: ASKS_OR_ENDS }),
    then: caller('api', 'http://stroe/', { command: ASKS_OR_ENDS }),
    shows: [/CrashLoopBackOff/],
    truth: truthOf('Deployment/mall-c/api', ['wrong-service-address', 'service-missing'], {
      change: { object: 'Deployment/mall-c/api', field: 'env' },
    }),
    layout: 'get',
  },
  {
    id: 'recorded-wrong-namespace',
    title: 'the api looks for its store in a namespace where it is not',
    area: 'network',
    namespace: 'mall-d',
    manifests:
      NEIGHBOURS + served('store') + caller('api', 'http://store.backend/', { command: ASKS_OR_ENDS }),
    shows: [/CrashLoopBackOff/],
    truth: truthOf('Deployment/mall-d/api', ['wrong-service-namespace', 'wrong-service-address']),
    twinOf: 'recorded-wrong-host',
    layout: 'cluster-info',
  },
  {
    id: 'recorded-dns-policy',
    title: 'the right name, but a pod that does not ask the DNS of the cluster',
    area: 'network',
    namespace: 'mall-e',
    manifests:
      NEIGHBOURS +
      served('store') +
      caller('api', 'http://store/', { command: ASKS_OR_ENDS, pod: 'dnsPolicy: Default' }),
    shows: [/CrashLoopBackOff/],
    truth: truthOf('Deployment/mall-e/api', ['dns-policy-wrong']),
    twinOf: 'recorded-wrong-host',
    layout: 'get',
  },
  {
    id: 'recorded-wrong-port',
    title: "the api connects to the container's port at the Service's address",
    area: 'network',
    namespace: 'mall-f',
    manifests: NEIGHBOURS + served('store') + connecting('store', '8080'),
    shows: READY_ONE,
    lingerSeconds: 25,
    truth: truthOf('Deployment/mall-f/api', ['wrong-service-port']),
    layout: 'get',
  },
  {
    id: 'recorded-external-name',
    title: 'a Service stands for a host outside that is not there',
    area: 'network',
    namespace: 'mall-g',
    manifests:
      NEIGHBOURS +
      'apiVersion: v1\nkind: Service\nmetadata: {name: store}\nspec: {type: ExternalName, externalName: store.db.example.invalid}\n---\n' +
      caller('api', 'http://store/', { command: ASKS_OR_ENDS }),
    shows: [/CrashLoopBackOff/],
    truth: truthOf('Service/mall-g/store', ['service-external-name-wrong'], {
      chain: ['Service/mall-g/store', 'Deployment/mall-g/api'],
    }),
    twinOf: 'recorded-wrong-host',
    layout: 'cluster-info',
  },
  {
    id: 'recorded-endpoints',
    title: 'Endpoints written by hand name an address that nobody has',
    area: 'network',
    namespace: 'mall-h',
    manifests:
      NEIGHBOURS +
      'apiVersion: v1\nkind: Service\nmetadata: {name: store}\nspec: {ports: [{port: 80, targetPort: 8080}]}\n---\n' +
      'apiVersion: v1\nkind: Endpoints\nmetadata: {name: store}\nsubsets: [{addresses: [{ip: 10.244.0.251}], ports: [{port: 8080}]}]\n---\n' +
      deployment({ name: 'store', container: READY }) +
      connecting('store', '80'),
    shows: READY_ONE,
    lingerSeconds: 25,
    truth: truthOf('Service/mall-h/store', ['service-endpoints-wrong'], {
      chain: ['Service/mall-h/store', 'Deployment/mall-h/api'],
    }),
    layout: 'get',
  },
  {
    id: 'recorded-service-missing',
    title: 'an init container waits for a Service that nobody made',
    area: 'network',
    namespace: 'mall-i',
    manifests:
      NEIGHBOURS +
      deployment({ name: 'store', container: READY }) +
      deployment({
        name: 'api',
        pod: 'initContainers: [{name: wait-for-store, image: $IMAGE, imagePullPolicy: IfNotPresent, command: [sh, -c, "until nc -w 2 store 80 </dev/null; do echo waiting for store; sleep 2; done"]}]',
      }),
    shows: [/PodInitializing/],
    lingerSeconds: 40,
    truth: truthOf('Deployment/mall-i/api', ['service-missing', 'wrong-service-address']),
    layout: 'cluster-info',
  },
  {
    id: 'recorded-load-balancer',
    title: 'nothing in the cluster gives out addresses of load balancers',
    area: 'network',
    namespace: 'mall-j',
    manifests:
      NEIGHBOURS +
      served('web') +
      'apiVersion: v1\nkind: Service\nmetadata: {name: web-public}\nspec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 443, targetPort: 8080}]}\n---\n',
    shows: READY_ONE,
    lingerSeconds: 30,
    truth: truthOf('Service/mall-j/web-public', ['load-balancer-pending']),
    layout: 'get',
  },
];
