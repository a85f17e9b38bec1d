import type { ScopedVars } from '@grafana/data';
import type { TemplateSrv } from '@grafana/runtime';
import { isCypherType } from './query.ts';
import type { TapioQuery } from './types.ts';

type Replacer = Pick<TemplateSrv, 'replace' | 'getVariables'>;

/** `$name`, `${name}`, `${name:format}` and `[[name]]`; names with two underscores are macros of the backend. */
const VARIABLE = /\$(\w+)|\$\{(\w+)(?::\w+)?\}/g;

/** Names in a Cypher text that look like variables. */
function namesIn(cypher: string): string[] {
  const names = [...cypher.matchAll(VARIABLE)].map(([, plain, braced]) => plain ?? braced ?? '');
  return [...new Set(names)].filter((name) => name !== '' && !name.startsWith('__'));
}

/** A variable written inside quotes is a part of the text there, not the variable. */
export function namesInQuotes(cypher: string): string[] {
  const quoted = cypher.match(/'(?:\\[\s\S]|[^'\\])*'|"(?:\\[\s\S]|[^"\\])*"/g) ?? [];
  return namesIn(quoted.join(' '));
}

function valueOf(name: string, templateSrv: Replacer, scopedVars: ScopedVars): string | string[] | undefined {
  const isKnown = name in scopedVars || templateSrv.getVariables().some((variable) => variable.name === name);
  if (!isKnown) return undefined;
  let value: string | string[] | undefined;
  templateSrv.replace(`\${${name}}`, scopedVars, (found: string | string[] | number) => {
    value = Array.isArray(found) ? found.map(String) : String(found);
    return '';
  });
  return value;
}

function replaced(
  text: string | undefined,
  templateSrv: Replacer,
  scopedVars: ScopedVars,
): string | undefined {
  return text === undefined ? undefined : templateSrv.replace(text, scopedVars, 'csv');
}

function defined<Value extends object>(object: Value): Value {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Value;
}

/**
 * The query with the dashboard's variables filled in. In Cypher nothing is replaced: values go beside the text as
 * parameters, so that no value can change what a query does. Unknown names stay and are the backend's to refuse.
 */
export function withVariables(query: TapioQuery, templateSrv: Replacer, scopedVars: ScopedVars): TapioQuery {
  if (isCypherType(query.queryType)) {
    const parameters: Record<string, string | string[]> = {};
    for (const name of namesIn(query.cypher ?? '')) {
      const value = valueOf(name, templateSrv, scopedVars);
      if (value !== undefined) parameters[name] = value;
    }
    return { ...query, parameters };
  }
  const one = (text: string | undefined): string | undefined => replaced(text, templateSrv, scopedVars);
  const each = <Item extends string>(list: Item[] | undefined): Item[] | undefined =>
    list?.map((item) => (one(item) ?? '') as Item);
  return defined({
    ...query,
    incident: one(query.incident),
    namespace: one(query.namespace),
    pod: one(query.pod),
    search: one(query.search),
    clusters: each(query.clusters),
    namespaces: each(query.namespaces),
    kinds: each(query.kinds),
    states: each(query.states),
    verdicts: each(query.verdicts),
  });
}
