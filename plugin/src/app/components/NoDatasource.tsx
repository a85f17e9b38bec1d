import { EmptyState, LinkButton } from '@grafana/ui';
import { DATASOURCE_TYPE } from '../../shared/ids.ts';
import { href } from '../links.ts';

/** Without a datasource there is nothing to ask. */
export function NoDatasource() {
  return (
    <EmptyState
      variant="call-to-action"
      message="There is no Tapio data source yet"
      button={
        <LinkButton icon="plus" href={href(`/connections/datasources/${DATASOURCE_TYPE}`)}>
          Add a Tapio data source
        </LinkButton>
      }
    >
      It tells this page where Neo4j is. Without the right to add one, ask an administrator.
    </EmptyState>
  );
}
