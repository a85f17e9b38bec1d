import type { JsonObject } from '../../json.ts';
import { asList, asObject, asText } from '../../json.ts';
import { editDistance } from '../../relations/near-names.ts';
import { textPairs } from '../../relations/services.ts';
import type { KubeObject } from '../../snapshot/kube-object.ts';
import type { Taint } from './node-facts.ts';

/** Terms and expressions of one affinity that are looked at. */
const TERMS = 64;

/** Whether the pod's nodeSelector lets it onto the node. */
export function selectorFits(podSpec: JsonObject, node: KubeObject): boolean {
  return Object.entries(textPairs(asObject(podSpec['nodeSelector']))).every(
    ([key, value]) => node.labels[key] === value,
  );
}

/** Whether the pod's required node affinity lets it onto the node; it does where there is none. */
export function affinityFits(podSpec: JsonObject, node: KubeObject): boolean {
  const terms = requiredTerms(podSpec);
  return terms === undefined || terms.some((term) => termFits(term, node));
}

/** Labels that selector and required affinity ask for: key=value pairs, or a key alone. */
function wantedLabels(
  podSpec: JsonObject,
): readonly { readonly key: string; readonly values: readonly string[] }[] {
  const pairs = Object.entries(textPairs(asObject(podSpec['nodeSelector']))).map(([key, value]) => ({
    key,
    values: [value],
  }));
  const expressions = (requiredTerms(podSpec) ?? []).flatMap((term) =>
    entriesOf(term['matchExpressions']).flatMap((expression) => {
      const key = asText(expression['key']);
      const operator = expression['operator'];
      if (key === undefined || (operator !== 'In' && operator !== 'Exists')) return [];
      return [
        {
          key,
          values: (asList(expression['values']) ?? []).filter(
            (value): value is string => typeof value === 'string',
          ),
        },
      ];
    }),
  );
  return [...pairs, ...expressions];
}

/** Of the labels that are asked for, one that no node has, and the nearest that some node has instead. */
export function unmetLabel(
  podSpec: JsonObject,
  nodes: readonly KubeObject[],
): { readonly label: string; readonly nearest: string | undefined } | undefined {
  for (const { key, values } of wantedLabels(podSpec)) {
    const isMet = nodes.some((node) => {
      const own = node.labels[key];
      return own !== undefined && (values.length === 0 || values.includes(own));
    });
    if (isMet) continue;
    const label = values.length === 0 ? key : `${key}=${values.join('|')}`;
    return { label, nearest: nearestLabel(key, values[0] ?? '', nodes) };
  }
  return undefined;
}

function nearestLabel(key: string, value: string, nodes: readonly KubeObject[]): string | undefined {
  let best: { readonly text: string; readonly distance: number } | undefined;
  const seen = new Set<string>();
  for (const node of nodes) {
    for (const [ownKey, ownValue] of Object.entries(node.labels)) {
      const text = `${ownKey}=${ownValue}`;
      if (seen.has(text)) continue;
      seen.add(text);
      const keyDistance = ownKey === key ? 0 : editDistance(ownKey.slice(0, 63), key.slice(0, 63)) + 1;
      const isNear = ownKey === key || keyDistance <= 3 || (ownValue === value && value.length >= 3);
      if (!isNear) continue;
      const distance = keyDistance + editDistance(ownValue.slice(0, 63), value.slice(0, 63));
      if (best === undefined || distance < best.distance) best = { text, distance };
    }
  }
  return best?.text;
}

/** The first taint that keeps the pod off; those that only prefer don't. */
export function untolerated(podSpec: JsonObject, taints: readonly Taint[]): Taint | undefined {
  const tolerations = entriesOf(podSpec['tolerations']);
  return taints.find(
    (taint) =>
      (taint.effect === 'NoSchedule' || taint.effect === 'NoExecute') &&
      !tolerations.some((toleration) => tolerates(toleration, taint)),
  );
}

function tolerates(toleration: JsonObject, taint: Taint): boolean {
  const effect = asText(toleration['effect']);
  if (effect !== undefined && effect !== taint.effect) return false;
  const key = asText(toleration['key']);
  if (key !== undefined && key !== taint.key) return false;
  if (toleration['operator'] === 'Exists') return true;
  return key !== undefined && (asText(toleration['value']) ?? '') === taint.value;
}

function requiredTerms(podSpec: JsonObject): readonly JsonObject[] | undefined {
  const required = asObject(
    asObject(asObject(podSpec['affinity'])?.['nodeAffinity'])?.[
      'requiredDuringSchedulingIgnoredDuringExecution'
    ],
  );
  return required === undefined ? undefined : entriesOf(required['nodeSelectorTerms']);
}

/** A NodeSelectorTerm, of a pod or a volume: all of its expressions must hold. */
export function termFits(term: JsonObject, node: KubeObject): boolean {
  const fields = entriesOf(term['matchFields']);
  const expressions = entriesOf(term['matchExpressions']);
  if (fields.length + expressions.length === 0) return false;
  return (
    fields.every((field) => field['key'] === 'metadata.name' && valueFits(field, node.name)) &&
    expressions.every((expression) => valueFits(expression, node.labels[asText(expression['key']) ?? '']))
  );
}

function valueFits(expression: JsonObject, own: string | undefined): boolean {
  const values = asList(expression['values']) ?? [];
  switch (expression['operator']) {
    case 'In':
      return own !== undefined && values.includes(own);
    case 'NotIn':
      return own === undefined || !values.includes(own);
    case 'Exists':
      return own !== undefined;
    case 'DoesNotExist':
      return own === undefined;
    case 'Gt':
      return own !== undefined && Number(own) > Number(values[0]);
    case 'Lt':
      return own !== undefined && Number(own) < Number(values[0]);
    default:
      return false;
  }
}

export function entriesOf(value: unknown): readonly JsonObject[] {
  return (asList(value) ?? [])
    .slice(0, TERMS)
    .map(asObject)
    .filter((entry): entry is JsonObject => entry !== undefined);
}
