import { ClipboardButton, LinkButton, Stack } from '@grafana/ui';

interface Props {
  /** What the Cypher answers. */
  readonly title: string;
  readonly cypher: string;
  /** Explore with what the panel shows: open to everyone. */
  readonly exploreHref: string;
  /** Explore with the Cypher itself; absent for those who may not run it. */
  readonly cypherHref: string | undefined;
}

/** How to go on from a panel: the same in Explore, and the Cypher behind it. */
export function CypherBehind({ title, cypher, exploreHref, cypherHref }: Props) {
  return (
    <Stack direction="column" gap={1}>
      <Stack direction="row" gap={1}>
        <LinkButton
          size="sm"
          variant="secondary"
          icon="compass"
          href={exploreHref}
          aria-label={`Open in Explore: ${title}`}
        >
          Open in Explore
        </LinkButton>
      </Stack>
      <details>
        <summary>Cypher</summary>
        <pre aria-label={`Cypher: ${title}`}>{cypher}</pre>
        <Stack direction="row" gap={1}>
          <ClipboardButton
            size="sm"
            variant="secondary"
            icon="copy"
            getText={() => cypher}
            aria-label={`Copy the Cypher: ${title}`}
          >
            Copy
          </ClipboardButton>
          {cypherHref !== undefined && (
            <LinkButton
              size="sm"
              variant="secondary"
              icon="compass"
              href={cypherHref}
              aria-label={`Run the Cypher in Explore: ${title}`}
            >
              Run it in Explore
            </LinkButton>
          )}
        </Stack>
      </details>
    </Stack>
  );
}
