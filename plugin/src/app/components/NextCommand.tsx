import { ClipboardButton, Stack, Text } from '@grafana/ui';
import type { NextStep } from '@tapio/domain';

/** A command that is safe to paste, and why it should help. */
export function NextCommand({ next }: { readonly next: NextStep }) {
  return (
    <Stack direction="column" gap={0.5}>
      <Stack direction="row" gap={1} alignItems="center" wrap="wrap">
        <pre style={{ margin: 0 }} aria-label="Next command">
          {next.command}
        </pre>
        <ClipboardButton
          size="sm"
          variant="secondary"
          icon="copy"
          getText={() => next.command}
          aria-label="Copy the command"
        >
          Copy
        </ClipboardButton>
      </Stack>
      <Text color="secondary">{next.reason}</Text>
    </Stack>
  );
}
