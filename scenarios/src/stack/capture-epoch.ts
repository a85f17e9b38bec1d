/**
 * The capture epoch in what the agent keeps in its state directory as `capture.json`. The directory is made for a run,
 * and so is what is in it.
 *
 * @throws Error where the agent has not written it yet
 */
export function captureEpochIn(text: string): string {
  const { captureEpoch } = JSON.parse(text) as { readonly captureEpoch?: string };
  if (captureEpoch === undefined) throw new Error('the agent has not written its capture epoch');
  return captureEpoch;
}
