import { clientCount } from './service-users.ts';
import type { Check } from '../check.ts';
import { knowsMost } from '../../relations/known.ts';
import { likeness } from '../../relations/near-names.ts';
import { oncePerSnapshot } from '../../relations/once.ts';
import type { PodTemplate } from '../../relations/pod-templates.ts';
import { livePods, podTemplates } from '../../relations/pod-templates.ts';
import { serviceEndpoints } from '../../relations/endpoints.ts';
import { isExternalName, isHeadless, selectorOf, servicesOf } from '../../relations/services.ts';
import type { KubeObject } from '../../snapshot/kube-object.ts';
import { objectText } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';

type Pairs = Readonly<Record<string, string>>;

/** How a workload's pod labels differ from a selector. */
interface Nearness {
  readonly template: PodTemplate;
  /** 0 to 1. */
  readonly alike: number;
  readonly difference: 'value' | 'key' | 'missing' | 'namespace';
  readonly selectorPair?: string;
  readonly labelPair?: string;
}

/** Whoever makes a Service often makes its pods a little later. */
const SETTLED_AFTER_US = 60_000_000;
/** Below it two have nothing to do with each other. */
const LEAST_ALIKE = 0.5;
/** From here on the workload is meant even if others were not read. */
const SURELY_ALIKE = 0.8;
/** Labels that controllers put on pods one by one, so no template has them (StatefulSet, database operators). */
const PER_POD_LABEL =
  /^(?:statefulset\.kubernetes\.io\/pod-name|apps\.kubernetes\.io\/pod-index|.*(?:role|leader|primary|master).*)$/i;

/** Services whose selector matches neither a pod nor a workload's pod labels, and the workload that is nearest. */
export const serviceSelection: Check = {
  name: 'service-selection',
  run(snapshot, emit) {
    for (const service of servicesOf(snapshot)) {
      const selector = selectorOf(service);
      if (Object.keys(selector).length === 0 || isExternalName(service) || service.deletionUs !== undefined)
        continue;
      if (!knowsMost(snapshot, 'Pod', service.namespace)) continue;
      if (selected(snapshot, service).length > 0) continue;
      if (livePods(snapshot.podsWithLabels(service.namespace, selector)).length > 0) continue;
      const ready = serviceEndpoints(snapshot, service)?.endpoints.filter((e) => e.ready).length ?? 0;
      const nearest = nearestWorkload(snapshot, service, selector);
      const isMeant = (nearest?.alike ?? 0) >= SURELY_ALIKE;
      if (!isMeant && (isUnsettled(snapshot, service) || !snapshot.knowsAll('Pod', service.namespace)))
        continue;
      emit({
        type: 'service_selects_nothing',
        about: service,
        ...(nearest && { refers: nearest.template.workload }),
        data: {
          selector: pairsText(selector),
          selector_pair: nearest?.selectorPair,
          nearest: nearest && objectText(nearest.template.workload),
          nearest_pair: nearest?.labelPair,
          difference: nearest?.difference ?? 'none',
          alike: nearest && Math.round(nearest.alike * 100),
          clients: clientCount(snapshot, service),
          endpoints: ready,
          headless: isHeadless(service),
        },
      });
    }
  },
};

/** Services that select somebody else's pods, while nothing selects the workload that has their name. */
export const serviceSelectsOther: Check = {
  name: 'service-selects-other',
  run(snapshot, emit) {
    for (const service of servicesOf(snapshot)) {
      const [only, ...more] = selected(snapshot, service);
      if (only === undefined || more.length > 0 || bears(service, only)) continue;
      const meant = templatesIn(snapshot, service.namespace).find((template) => bears(service, template));
      if (meant === undefined || servicesFor(snapshot, meant).length > 0) continue;
      if (!servicesFor(snapshot, only).some((other) => other !== service && bears(other, only))) continue;
      emit({
        type: 'service_selects_other',
        about: service,
        refers: meant.workload,
        data: {
          selector: pairsText(selectorOf(service)),
          selected: objectText(only.workload),
          meant_labels: pairsText(meant.labels),
        },
      });
    }
  },
};

/** Templates of the workloads that a Service selects. */
export function selected(snapshot: Snapshot, service: KubeObject): readonly PodTemplate[] {
  const selector = selectorOf(service);
  if (Object.keys(selector).length === 0) return [];
  return templatesIn(snapshot, service.namespace).filter(
    (template) => fits(selector, template.labels) || template.pods.some((pod) => fits(selector, pod.labels)),
  );
}

function pairsText(pairs: Pairs): string {
  return Object.entries(pairs)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}

const byNamespace = oncePerSnapshot((snapshot) =>
  Map.groupBy(podTemplates(snapshot), (template) => template.workload.namespace),
);

function templatesIn(snapshot: Snapshot, namespace: string): readonly PodTemplate[] {
  return byNamespace(snapshot).get(namespace) ?? [];
}

const servicesByTemplate = oncePerSnapshot((snapshot) => {
  const found = new Map<PodTemplate, KubeObject[]>();
  for (const service of servicesOf(snapshot)) {
    const selector = selectorOf(service);
    if (Object.keys(selector).length === 0) continue;
    for (const template of templatesIn(snapshot, service.namespace)) {
      if (fits(selector, template.labels)) found.set(template, [...(found.get(template) ?? []), service]);
    }
  }
  return found;
});

function servicesFor(snapshot: Snapshot, template: PodTemplate): readonly KubeObject[] {
  return servicesByTemplate(snapshot).get(template) ?? [];
}

function bears(service: KubeObject, template: PodTemplate): boolean {
  return likeness(service.name, template.workload.name) >= 0.95;
}

function fits(selector: Pairs, labels: Pairs): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

function isUnsettled(snapshot: Snapshot, { createdUs }: KubeObject): boolean {
  return createdUs !== undefined && snapshot.takenUs - createdUs < SETTLED_AFTER_US;
}

function nearestWorkload(snapshot: Snapshot, service: KubeObject, selector: Pairs): Nearness | undefined {
  const templates = templatesIn(snapshot, service.namespace);
  const isPerPod = (key: string): boolean =>
    PER_POD_LABEL.test(key) && !templates.some((template) => key in template.labels);
  if (service.metadata['ownerReferences'] !== undefined || Object.keys(selector).some(isPerPod))
    return undefined;
  let best: Nearness | undefined;
  for (const template of templates) {
    const found = nearness(service, selector, template);
    // Who has a Service already is hardly the one that this Service misses.
    const taken = servicesFor(snapshot, template).some((other) => other !== service) ? 0.3 : 0;
    const alike = found.alike - (bears(service, template) ? 0 : taken);
    if (alike >= LEAST_ALIKE && (best === undefined || alike > best.alike)) best = { ...found, alike };
  }
  if (best !== undefined) return best;
  const elsewhere = podTemplates(snapshot).find(
    (template) =>
      template.workload.namespace !== service.namespace &&
      fits(selector, template.labels) &&
      bears(service, template) &&
      servicesFor(snapshot, template).length === 0,
  );
  return elsewhere && { template: elsewhere, alike: 0.8, difference: 'namespace' };
}

function nearness(service: KubeObject, selector: Pairs, template: PodTemplate): Nearness {
  const { labels } = template;
  const entries = Object.entries(selector);
  let sum = 0;
  let worst: { readonly likeness: number; readonly found: Omit<Nearness, 'template' | 'alike'> } | undefined;
  for (const [key, value] of entries) {
    const compared = comparePair(key, value, labels);
    sum += compared.likeness;
    if (compared.likeness < 1 && (worst === undefined || compared.likeness < worst.likeness))
      worst = compared;
  }
  const ofLabels = entries.length === 0 ? 0 : sum / entries.length;
  const ofNames = likeness(service.name, template.workload.name) >= 0.95 ? 0.9 : 0;
  return {
    template,
    alike: Math.max(ofLabels, ofNames),
    ...(worst?.found ?? { difference: 'missing' }),
  };
}

function comparePair(
  key: string,
  value: string,
  labels: Pairs,
): { readonly likeness: number; readonly found: Omit<Nearness, 'template' | 'alike'> } {
  const selectorPair = `${key}=${value}`;
  const own = labels[key];
  if (own === value) return { likeness: 1, found: { difference: 'value' } };
  if (own !== undefined) {
    return {
      likeness: likeness(own, value) * 0.95,
      found: { difference: 'value', selectorPair, labelPair: `${key}=${own}` },
    };
  }
  const renamed = Object.entries(labels).find(([, labelValue]) => labelValue === value);
  if (renamed !== undefined) {
    return {
      likeness: 0.85,
      found: { difference: 'key', selectorPair, labelPair: `${renamed[0]}=${value}` },
    };
  }
  return { likeness: 0.2, found: { difference: 'missing', selectorPair, labelPair: '' } };
}
