import { asList, asObject, asText } from '../json.ts';

type Labels = Readonly<Record<string, string>>;

/** Whether a LabelSelector (matchLabels, matchExpressions) matches; an empty one matches everything, none nothing. */
export function matchesSelector(selector: unknown, labels: Labels): boolean {
  const object = asObject(selector);
  if (object === undefined) return false;
  const pairs = Object.entries(asObject(object['matchLabels']) ?? {});
  const expressions = asList(object['matchExpressions']) ?? [];
  return (
    pairs.every(([key, value]) => labels[key] === value) &&
    expressions.every((entry) => matchesExpression(entry, labels))
  );
}

/** Keys that a selector asks for. */
export function selectorKeys(selector: unknown): readonly string[] {
  const object = asObject(selector);
  const expressions = asList(object?.['matchExpressions']) ?? [];
  return [
    ...Object.keys(asObject(object?.['matchLabels']) ?? {}),
    ...expressions.flatMap((entry) => asText(asObject(entry)?.['key']) ?? []),
  ];
}

/** As people write it: `app=web,tier in (a,b)`; `all pods` for an empty one. */
export function selectorText(selector: unknown): string {
  const object = asObject(selector);
  const pairs = Object.entries(asObject(object?.['matchLabels']) ?? {}).map(
    ([key, value]) => `${key}=${String(value)}`,
  );
  const expressions = (asList(object?.['matchExpressions']) ?? []).map((entry) => {
    const { key, operator, values } = asObject(entry) ?? {};
    return `${asText(key) ?? '?'} ${asText(operator) ?? '?'} (${(asList(values) ?? []).join(',')})`;
  });
  return [...pairs, ...expressions].join(',') || 'all pods';
}

function matchesExpression(entry: unknown, labels: Labels): boolean {
  const expression = asObject(entry);
  const key = asText(expression?.['key']);
  if (key === undefined) return false;
  const own = labels[key];
  const values = asList(expression?.['values']) ?? [];
  switch (expression?.['operator']) {
    case 'In':
      return own !== undefined && values.includes(own);
    case 'NotIn':
      return own === undefined || !values.includes(own);
    case 'Exists':
      return own !== undefined;
    case 'DoesNotExist':
      return own === undefined;
    default:
      return false;
  }
}
