import { forbidden, type Call } from './sdk/index.ts';
import type { DatasourceConfig } from './settings.ts';

/**
 * What a caller may do. Grafana checks who may query the datasource at all; this says which queries and which
 * namespaces, and holds for every way in: panels, Explore, alerting and resources.
 */
export interface Access {
  /** Undefined: all namespaces. */
  readonly namespaces?: readonly string[];
  /** Why free Cypher is refused; undefined: it is allowed. */
  readonly cypherRefusal?: string;
}

const WRITERS: ReadonlySet<string> = new Set(['Editor', 'Admin', 'Grafana Admin']);

const NEEDS_EDITOR =
  'Cypher needs the role Editor: it could read every namespace. Use a root cause, incidents or timeline query, or ask an Editor to add the panel you need.';
const NOT_IN_ALERTS =
  'Cypher in alert rules is switched off for this datasource. Use an incidents query, or ask an administrator to allow it in the datasource’s settings.';

/**
 * - Viewers, and calls without a person that are no alert evaluation (public dashboards): the fixed query types,
 *   in the namespaces that the datasource allows them.
 * - Editors and Admins: everything.
 * - Alert evaluations see all namespaces, since their rules are written by Editors and their results are shown
 *   under the rights of the rule's folder. Cypher is off unless the datasource allows it: rights to write rules can
 *   be given to others than Editors. Grafana evaluates saved rules as a scheduler with the role Admin, or without a
 *   user; a person who tries a rule out keeps their own role (`SchedulerUserFor`, ngalert).
 */
export function accessOf(
  { context, isAlert }: Pick<Call<unknown>, 'context' | 'isAlert'>,
  config: Pick<DatasourceConfig, 'viewerNamespaces' | 'cypherInAlerts'>,
): Access {
  const role = context.user?.role;
  const mayWrite = role === undefined ? isAlert : WRITERS.has(role);
  if (!mayWrite) {
    return {
      ...(config.viewerNamespaces.length === 0 ? {} : { namespaces: config.viewerNamespaces }),
      cypherRefusal: NEEDS_EDITOR,
    };
  }
  return isAlert && !config.cypherInAlerts ? { cypherRefusal: NOT_IN_ALERTS } : {};
}

/** @throws BackendError 403 */
export function requireCypher(access: Access): void {
  if (access.cypherRefusal !== undefined) throw forbidden(access.cypherRefusal);
}

export function mayRead(access: Access, namespace: string | undefined): boolean {
  return (
    access.namespaces === undefined || (namespace !== undefined && access.namespaces.includes(namespace))
  );
}

/** @throws BackendError 403 */
export function requireNamespace(access: Access, namespace: string): void {
  if (!mayRead(access, namespace)) {
    throw forbidden(
      `Namespace "${namespace}" is not among those this datasource shows to Viewers (${access.namespaces?.join(', ') ?? ''}).`,
    );
  }
}
