import type { Check } from './check.ts';
import { misdirectedAddresses, unknownPorts, unresolvedAddresses } from './network/addresses.ts';
import { certificates } from './network/certificates.ts';
import { dnsConfig } from './network/dns-config.ts';
import { dnsPolicy } from './network/dns-policy.ts';
import { dnsServers } from './network/dns-servers.ts';
import { ingressClasses, ingressSecrets, ingressServices } from './network/ingresses.ts';
import { objectChanges } from './network/object-changes.ts';
import { isolatingNetworkPolicies, networkPaths } from './network/policies.ts';
import { externalNames, loadBalancers, manualEndpoints, nodePorts } from './network/service-kinds.ts';
import { servicePortCheck } from './network/service-ports.ts';
import { serviceReadiness } from './network/service-readiness.ts';
import { serviceSelection, serviceSelectsOther } from './network/service-selection.ts';

/** Checks of the area, in no order. */
export const NETWORK_CHECKS: readonly Check[] = [
  serviceSelection,
  serviceSelectsOther,
  servicePortCheck,
  serviceReadiness,
  unresolvedAddresses,
  unknownPorts,
  misdirectedAddresses,
  networkPaths,
  isolatingNetworkPolicies,
  dnsServers,
  dnsConfig,
  dnsPolicy,
  ingressServices,
  ingressClasses,
  ingressSecrets,
  certificates,
  externalNames,
  manualEndpoints,
  loadBalancers,
  nodePorts,
  objectChanges,
];
