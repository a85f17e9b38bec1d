import { ClipboardButton, Stack, Text } from '@grafana/ui';
import type { NextStep } from '@tapio/domain';

/** A command that is safe to paste, and why it should help. */
export function NextCommand({ next }: { readonly next: NextStep }) {
  return (
    <Stack direction="column" gap={1}>
      <pre style={{ margin: 0 }} aria-label="Next command">
        {next.command}
      </pre>
      <Stack direction="row" gap={1} alignItems="center" wrap="wrap">
        <ClipboardButton
          size="sm"
          variant="secondary"
          icon="copy"
          getText={() => next.command}
          aria-label="Copy the command"
        >
          Copy
        </ClipboardButton>
        <Text color="secondary">{next.reason}</Text>
      </Stack>
    </Stack>
  );
}
