/** The configuration can't be used. `message` lists every mistake with its place and what to do. */
export class ConfigError extends Error {
  readonly code = 'config';
  override readonly name = 'ConfigError';
  readonly mistakes: readonly string[];

  constructor(mistakes: readonly string[]) {
    super(mistakes.join('\n'));
    this.mistakes = mistakes;
  }
}
