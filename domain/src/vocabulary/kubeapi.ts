import { CONTROL_VOCABULARY } from './kubeapi/control.ts';
import { KUBE_EVENT_VOCABULARY } from './kubeapi/kube-event.ts';
import { NETWORK_VOCABULARY } from './kubeapi/network.ts';
import { PLATFORM_VOCABULARY } from './kubeapi/platform.ts';
import { WORKLOAD_VOCABULARY } from './kubeapi/workload.ts';
import type { EventTypeRow } from './row.ts';

/** What the API server's objects and Events show, by area. */
export const KUBEAPI_VOCABULARY = {
  ...KUBE_EVENT_VOCABULARY,
  ...WORKLOAD_VOCABULARY,
  ...PLATFORM_VOCABULARY,
  ...NETWORK_VOCABULARY,
  ...CONTROL_VOCABULARY,
} as const satisfies Record<string, EventTypeRow>;
