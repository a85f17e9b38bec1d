import type { EventTypeRow } from '../row.ts';
import { flag, integer, objectKeys, promoted, required, said, text } from '../row.ts';

/** Keys of what is wrong with an address that a workload is given. */
const addressKeys = {
  setting: required(text('variable, flag or key that gives the address; `argument 2` where it has no name')),
  by: text('env, argument or file'),
  config_map: text('ConfigMap that holds it, namespace/name'),
  container: promoted(text('container that is given it')),
  host: required(promoted(text('host name or address, as it is given'))),
  port: promoted(integer('port that it is given with')),
  evidence: required(
    text(
      'strong: its form says that it is an address of a peer in the cluster; weak: it only looks like one',
    ),
  ),
} as const;

export const NETWORK_VOCABULARY = {
  object_changed: {
    source: 'kubeapi',
    severity: 'info',
    lane: 'signal',
    meaning:
      'The last change of an object’s spec or data by somebody who is no controller of Kubernetes, as its managedFields tell. Old values are not known.',
    data: {
      ...objectKeys,
      stage: required(text('created or updated')),
      fields: required(
        text('fields that the manager set with it, joined by commas; empty where it set most of them'),
      ),
      whole: required(flag('it set most of the object, so any field may be what changed')),
      words: required(text('what changed, in words')),
      manager: text('field manager: kubectl-edit, helm, ...'),
    },
    summary: (event) => `${said(event, 'object')}: ${said(event, 'words')} (${said(event, 'manager')})`,
  },
  service_selects_nothing: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning:
      'A Service whose selector matches no pod and no workload’s pod labels. `refers` is the workload whose labels are nearest.',
    data: {
      ...objectKeys,
      selector: required(text('the selector, key=value, joined by commas')),
      selector_pair: text('the pair of the selector that the nearest workload lacks'),
      nearest: text('the nearest workload, Kind/namespace/name'),
      nearest_pair: text('what that workload’s pods have instead; empty where they lack the key'),
      difference: required(
        text('value, key or missing (one pair differs so), namespace (it fits a workload elsewhere), none'),
      ),
      alike: integer('how alike selector and labels are, in percent', 'count'),
      clients: required(integer('workloads and Ingresses that are configured to use it', 'count')),
      endpoints: required(integer('its ready endpoints', 'count')),
      headless: flag('it has no address of its own: without pods its name does not resolve'),
    },
    summary: (event) =>
      `${said(event, 'object')} selects no pod (${said(event, 'selector')}); nearest: ${said(event, 'nearest')}`,
  },
  service_selects_other: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning:
      'A Service selects the pods of a workload that has a Service of its own, while no Service selects the workload whose name it bears. `refers` is the workload that is likely meant.',
    data: {
      ...objectKeys,
      selector: required(text('the selector, key=value, joined by commas')),
      selected: required(text('workload that it selects, Kind/namespace/name')),
      meant_labels: required(
        text('pod labels of the workload that is likely meant, key=value, joined by commas'),
      ),
    },
    summary: (event) =>
      `${said(event, 'object')} selects ${said(event, 'selected')}, not ${said(event, 'refers')}`,
  },
  service_port_mismatch: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning:
      'A port of a Service leads to a container port that the selected pods do not offer, as far as their spec tells.',
    data: {
      ...objectKeys,
      port: required(promoted(integer('port of the Service'))),
      target_port: required(text('number or name that it leads to')),
      protocol: text('protocol of the Service’s port'),
      offered: required(text('ports that the pods declare or are probed at, joined by commas')),
      suggested: text('the port that is meant, where only one can be'),
      problem: required(text('number, name or protocol')),
      evidence: required(
        text(
          'strong: a probe that passes shows another port; declared: containers declare others; weak: else',
        ),
      ),
      ready: required(integer('selected pods that are ready', 'count')),
    },
    summary: (event) =>
      `${said(event, 'object')} port ${said(event, 'port')} leads to ${said(event, 'target_port')}, the pods offer ${said(event, 'offered')}`,
  },
  service_without_ready_pods: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning:
      'A Service selects a workload of which no pod is ready, so it has nowhere to lead to. `refers` is that workload: why its pods are not ready is the cause.',
    data: {
      ...objectKeys,
      pods: required(integer('pods that it selects', 'count')),
      replicas: integer('pods that the workload wants', 'count'),
      headless: flag('it has no address of its own: without pods its name does not resolve'),
      clients: required(integer('workloads and Ingresses that are configured to use it', 'count')),
    },
    summary: (event) =>
      `${said(event, 'object')} has no ready pod: 0 of ${said(event, 'pods')} of ${said(event, 'refers')}`,
  },
  service_external_name_wrong: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning: 'A Service of type ExternalName stands for a name of the cluster that is not there.',
    data: {
      ...objectKeys,
      external_name: required(text('the name that it stands for')),
      certain: required(flag('lists show it; else nothing that was read is in its namespace')),
      nearest: text('a Service that may be meant, namespace/name'),
    },
    summary: (event) => `${said(event, 'object')} stands for ${said(event, 'external_name')}: no such name`,
  },
  service_external_name: {
    source: 'kubeapi',
    severity: 'info',
    lane: 'signal',
    meaning:
      'A Service of type ExternalName stands for a name outside of the cluster; whether that is there nobody here knows.',
    data: { ...objectKeys, external_name: required(text('the name that it stands for')) },
    summary: (event) => `${said(event, 'object')} stands for ${said(event, 'external_name')}`,
  },
  service_endpoints_wrong: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning:
      'Endpoints of a Service without selector, kept by hand, name an address or port in the cluster that nobody has.',
    data: {
      ...objectKeys,
      address: required(text('the address')),
      port: promoted(integer('the port')),
      problem: required(
        text('address: no pod has it; port: the pod there offers others; none: no endpoints at all'),
      ),
      offered: text('ports of the pod at that address, joined by commas'),
      clients: required(integer('workloads and Ingresses that are configured to use it', 'count')),
    },
    summary: (event) => `${said(event, 'object')}: its endpoint ${said(event, 'address')} leads nowhere`,
  },
  address_unresolved: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning:
      'A workload is given the name of a Service that is not there. `refers` is the Service that the name stands for.',
    data: {
      ...objectKeys,
      ...addressKeys,
      nearest: text('a Service that may be meant, namespace/name'),
      problem: required(
        text(
          'name: another Service is likely meant; namespace: it is in another one; domain: the part after svc is wrong; unserved: a workload of the name has no Service; absent: nothing is called so',
        ),
      ),
    },
    summary: (event) =>
      `${said(event, 'object')} is given ${said(event, 'host')} in ${said(event, 'setting')}: no such Service`,
  },
  address_port_unknown: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning:
      'A workload is given a Service with a port that the Service does not have. `refers` is the Service.',
    data: {
      ...objectKeys,
      ...addressKeys,
      ports: required(text('ports that the Service has, joined by commas')),
      suggested: text('the port that is meant, where only one can be'),
    },
    summary: (event) =>
      `${said(event, 'object')} is given port ${said(event, 'port')} of ${said(event, 'refers')}, which has ${said(event, 'ports')}`,
  },
  address_elsewhere: {
    source: 'kubeapi',
    severity: 'warning',
    lane: 'signal',
    meaning:
      'A workload is given a host that is there but is hardly the one meant: itself, or another Service than the setting’s name says. `refers` is the Service that is likely meant.',
    data: {
      ...objectKeys,
      ...addressKeys,
      problem: required(text('local: localhost, where nothing listens at that port; other: another Service')),
      expected: required(text('the Service that is likely meant, namespace/name')),
    },
    summary: (event) =>
      `${said(event, 'object')} is given ${said(event, 'host')} in ${said(event, 'setting')}, not ${said(event, 'expected')}`,
  },
  network_path_blocked: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning:
      'NetworkPolicies let no traffic through on a path. `object` is the Service that cannot be reached (ingress) or the workload that cannot reach out (egress, dns); `refers` is the policy that isolates it.',
    data: {
      ...objectKeys,
      path: required(promoted(text('ingress, egress or dns'))),
      words: required(text('the path in words: ingress from whom to whom')),
      client: required(text('workload that is kept from it, Kind/namespace/name; * for all')),
      service: text('Service that it is kept from, Service/namespace/name'),
      port: promoted(integer('port of the target’s pods')),
      configured: required(flag('the client is configured to use the target; else it is only possible')),
      policies: integer('policies that isolate in this direction', 'count'),
    },
    summary: (event) =>
      `${said(event, 'refers')} lets no ${said(event, 'path')} traffic of ${said(event, 'client')} through`,
  },
  network_policy_isolates: {
    source: 'kubeapi',
    severity: 'warning',
    lane: 'signal',
    meaning:
      'A NetworkPolicy that isolates pods and, with the others, lets traffic that is configured not through.',
    data: {
      ...objectKeys,
      selector: required(text('pods that it selects: key=value, joined by commas; `all pods`')),
      ingress: required(flag('it isolates for ingress')),
      egress: required(flag('it isolates for egress')),
      rules: required(integer('rules that allow something', 'count')),
      blocked: required(integer('configured paths that are blocked', 'count')),
      path: required(promoted(text('ingress, egress or dns: what most of the paths are that it blocks'))),
      client: required(text('one who is kept out or in, Kind/namespace/name; * for all')),
      target: text('whom one of them is kept from, Kind/namespace/name'),
    },
    summary: (event) =>
      `${said(event, 'object')} isolates ${said(event, 'selector')} and blocks ${said(event, 'blocked')} configured paths`,
  },
  dns_unavailable: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning: 'The cluster’s DNS has no ready server. `refers` is the Service that pods ask.',
    data: {
      ...objectKeys,
      replicas: integer('pods that are wanted', 'count'),
      pods: required(integer('pods that there are', 'count')),
      problem: required(
        text('scaled: none are wanted; not-ready: none is ready; unselected: the Service leads to none'),
      ),
    },
    summary: (event) => `cluster DNS, ${said(event, 'object')}, has no ready server`,
  },
  dns_config_wrong: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning: 'The Corefile of the cluster’s DNS cannot answer for Services or other names.',
    data: {
      ...objectKeys,
      problem: required(
        text(
          'kubernetes-missing, domain, forward-unanswered, forward-loop, template, rewrite, hosts, syntax, log',
        ),
      ),
      detail: required(text('what of it, scrubbed')),
    },
    summary: (event) => `${said(event, 'object')}: ${said(event, 'problem')}: ${said(event, 'detail')}`,
  },
  dns_policy_wrong: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning: 'Pods of a workload do not ask the cluster’s DNS, though they are given names of Services.',
    data: {
      ...objectKeys,
      policy: required(text('dnsPolicy')),
      host_network: required(flag('the pods use the node’s network')),
      nameservers: text('name servers of dnsConfig, joined by commas'),
      host: required(promoted(text('a name that only the cluster’s DNS knows'))),
      setting: required(text('setting that gives it')),
    },
    summary: (event) =>
      `${said(event, 'object')} uses ${said(event, 'host')} with dnsPolicy ${said(event, 'policy')}`,
  },
  ingress_backend_missing: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning: 'An Ingress leads to a Service that is not there, or to a port that the Service does not have.',
    data: {
      ...objectKeys,
      host: promoted(text('host of the rule; * for all')),
      path: text('path of the rule'),
      problem: required(text('service or port')),
      port: text('number or name of the port'),
      ports: text('ports that the Service has, joined by commas'),
      nearest: text('a Service that may be meant'),
    },
    summary: (event) =>
      `${said(event, 'object')} leads to ${said(event, 'refers')}: no such ${said(event, 'problem')}`,
  },
  ingress_class_missing: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning: 'An Ingress names a class that is not there, or none where no class is the default.',
    data: {
      ...objectKeys,
      class: required(text('class that it names; empty for none')),
      classes: required(text('classes that there are, joined by commas')),
    },
    summary: (event) => `${said(event, 'object')}: no IngressClass ${said(event, 'class')}`,
  },
  ingress_tls_secret_missing: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning: 'An Ingress names a TLS Secret that is not there. `refers` is the Secret.',
    data: { ...objectKeys, hosts: text('hosts that it is for, joined by commas') },
    summary: (event) => `${said(event, 'object')}: no Secret ${said(event, 'refers')}`,
  },
  certificate_out_of_date: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning:
      'The certificate of a TLS Secret is past its end or before its begin. `refers` is what uses it, if known.',
    data: {
      ...objectKeys,
      problem: required(text('expired or early')),
      not_before_us: required(integer('begin, Unix microseconds', 'us')),
      not_after_us: required(integer('end, Unix microseconds', 'us')),
      used: required(flag('an Ingress, pod or webhook of the snapshot uses the Secret')),
    },
    summary: (event) => `certificate of ${said(event, 'object')} is ${said(event, 'problem')}`,
  },
  certificate_name_mismatch: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning:
      'The certificate of a TLS Secret does not cover a host that an Ingress uses it for. `refers` is the Ingress.',
    data: {
      ...objectKeys,
      host: required(promoted(text('host'))),
      names: required(text('names that the certificate covers, joined by commas')),
    },
    summary: (event) => `certificate of ${said(event, 'object')} does not cover ${said(event, 'host')}`,
  },
  load_balancer_pending: {
    source: 'kubeapi',
    severity: 'warning',
    lane: 'signal',
    meaning: 'A Service of type LoadBalancer has no address.',
    data: {
      ...objectKeys,
      message: text('what the cloud controller said, scrubbed'),
      class: text('loadBalancerClass'),
      age_us: integer('how long it has been waiting', 'us'),
      served: required(flag('another Service of the cluster has been given an address')),
    },
    summary: (event) =>
      `${said(event, 'object')} has no load balancer: ${event.data['message'] ?? 'pending'}`,
  },
  node_port_conflict: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning: 'Two want one port of the nodes. `refers` is the other one.',
    data: {
      ...objectKeys,
      port: required(promoted(integer('the node port'))),
      protocol: required(text('protocol')),
      other: required(text('Service or workload that has it, Kind/namespace/name')),
    },
    summary: (event) =>
      `node port ${said(event, 'port')} of ${said(event, 'object')} is ${said(event, 'other')}’s`,
  },
} as const satisfies Record<string, EventTypeRow>;
