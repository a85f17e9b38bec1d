import { styleText } from 'node:util';

/** Where a command writes, and what that can show. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Colours are for people: off in a pipe and with NO_COLOR (no-color.org). */
  readonly color: boolean;
  /** Columns; undefined in a pipe. */
  readonly width: number | undefined;
  readonly timeZone: string;
}

export function processTerminal(): Terminal {
  const { stdout, stderr } = process;
  // Who reads has seen enough: `tapio why | head`.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    color: stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '',
    width: stdout.isTTY ? stdout.columns : undefined,
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
}

type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow';

export function paint(terminal: Terminal, style: Style, text: string): string {
  return terminal.color ? styleText(style, text, { validateStream: false }) : text;
}
