/** Kinds of Kubernetes by the names that `kubectl get` takes and that dumps give to files and folders. */
const NAMESPACED: Readonly<Record<string, string>> = {
  Pod: 'pods pod po',
  Service: 'services service svc',
  Endpoints: 'endpoints ep',
  EndpointSlice: 'endpointslices endpointslice',
  ConfigMap: 'configmaps configmap cm',
  Secret: 'secrets secret',
  ServiceAccount: 'serviceaccounts serviceaccount sa',
  Event: 'events event ev',
  PersistentVolumeClaim: 'persistentvolumeclaims persistentvolumeclaim pvc pvcs',
  ReplicationController: 'replicationcontrollers replicationcontroller replication-controllers rc',
  ResourceQuota: 'resourcequotas resourcequota quota quotas',
  LimitRange: 'limitranges limitrange limits',
  PodTemplate: 'podtemplates podtemplate',
  Deployment: 'deployments deployment deploy',
  ReplicaSet: 'replicasets replicaset rs',
  StatefulSet: 'statefulsets statefulset sts',
  DaemonSet: 'daemonsets daemonset ds',
  ControllerRevision: 'controllerrevisions controllerrevision',
  Job: 'jobs job',
  CronJob: 'cronjobs cronjob cj',
  HorizontalPodAutoscaler: 'horizontalpodautoscalers horizontalpodautoscaler hpa',
  Ingress: 'ingresses ingress ing',
  NetworkPolicy: 'networkpolicies networkpolicy netpol',
  PodDisruptionBudget: 'poddisruptionbudgets poddisruptionbudget pdb',
  Role: 'roles role',
  RoleBinding: 'rolebindings rolebinding',
  Lease: 'leases lease',
};

const OF_THE_CLUSTER: Readonly<Record<string, string>> = {
  Node: 'nodes node no',
  Namespace: 'namespaces namespace ns',
  PersistentVolume: 'persistentvolumes persistentvolume pv pvs',
  StorageClass: 'storageclasses storageclass sc',
  VolumeAttachment: 'volumeattachments volumeattachment',
  CSIDriver: 'csidrivers csidriver',
  CSINode: 'csinodes csinode',
  ClusterRole: 'clusterroles clusterrole',
  ClusterRoleBinding: 'clusterrolebindings clusterrolebinding',
  PriorityClass: 'priorityclasses priorityclass pc',
  RuntimeClass: 'runtimeclasses runtimeclass',
  IngressClass: 'ingressclasses ingressclass',
  CustomResourceDefinition: 'customresourcedefinitions customresourcedefinition crd crds',
  APIService: 'apiservices apiservice',
  MutatingWebhookConfiguration: 'mutatingwebhookconfigurations mutatingwebhookconfiguration',
  ValidatingWebhookConfiguration: 'validatingwebhookconfigurations validatingwebhookconfiguration',
  ValidatingAdmissionPolicy: 'validatingadmissionpolicies validatingadmissionpolicy',
  ValidatingAdmissionPolicyBinding: 'validatingadmissionpolicybindings validatingadmissionpolicybinding',
  CertificateSigningRequest: 'certificatesigningrequests certificatesigningrequest csr',
  ComponentStatus: 'componentstatuses componentstatus cs',
};

const KIND_OF_NAME = new Map<string, string>(
  [...Object.entries(NAMESPACED), ...Object.entries(OF_THE_CLUSTER)].flatMap(([kind, names]) =>
    names.split(' ').map((name) => [name, kind] as const),
  ),
);

/** `pods`, `svc`, `replication-controllers`, `deployments.apps` -> kind. */
export function kindOfResource(name: string): string | undefined {
  const lower = name.toLowerCase();
  return KIND_OF_NAME.get(lower) ?? KIND_OF_NAME.get(lower.split('.')[0] ?? '');
}

/**
 * What a file of one kind is usually called: `pods.json`, `shop-pods.yaml`, `get_svc.txt`, `pods-wide.txt`. Only a
 * help where the content does not say.
 */
export function kindOfFileName(path: string): string | undefined {
  const file = path.split('/').at(-1) ?? '';
  const base = file.replace(/\.(?:json|ya?ml|txt|log|out|list)$/i, '');
  const whole = kindOfResource(base);
  if (whole !== undefined) return whole;
  const kinds = new Set(
    base
      .split(/[^A-Za-z]+/)
      // Short names are too often words of something else.
      .filter((word) => word.length > 3 || ['svc', 'pvc', 'hpa', 'pod', 'job', 'sts', 'pdb'].includes(word))
      .map(kindOfResource)
      .filter((kind) => kind !== undefined),
  );
  return kinds.size === 1 ? [...kinds][0] : undefined;
}

/** Whether objects of the kind are in namespaces; undefined for kinds that are not Kubernetes' own. */
export function isNamespaced(kind: string): boolean | undefined {
  if (Object.hasOwn(NAMESPACED, kind)) return true;
  return Object.hasOwn(OF_THE_CLUSTER, kind) ? false : undefined;
}
