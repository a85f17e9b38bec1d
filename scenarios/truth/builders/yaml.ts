const PLAIN = /^[A-Za-z_./][A-Za-z0-9_./ ()+,=@-]*$/u;
const SPECIAL = /^(?:true|false|yes|no|on|off|null|y|n|\.inf|\.nan)$/iu;

function scalar(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  const plain = PLAIN.test(value) && !SPECIAL.test(value) && !value.endsWith(' ') && !value.includes(' #');
  return plain ? value : JSON.stringify(value);
}

function isBlock(value: string): boolean {
  return value.includes('\n') && value.endsWith('\n') && !value.startsWith(' ') && !/[\t\r]| \n/u.test(value);
}

function lines(value: unknown, indent: string, out: string[]): void {
  if (Array.isArray(value)) {
    for (const item of value as unknown[])
      entry(`${indent}- `, item, { out, below: `${indent}  `, inline: true });
    return;
  }
  const fields = Object.entries(value as Record<string, unknown>).filter(([, inner]) => inner !== undefined);
  for (const [key, inner] of fields.toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const below = Array.isArray(inner) ? indent : `${indent}  `;
    entry(`${indent}${scalar(key)}: `, inner, { out, below, inline: false });
  }
}

function entry(head: string, value: unknown, at: { out: string[]; below: string; inline: boolean }): void {
  const { out, below, inline } = at;
  if (typeof value === 'string' && isBlock(value)) {
    out.push(`${head}|`);
    for (const line of value.slice(0, -1).split('\n')) out.push(line === '' ? '' : `${below}${line}`);
    return;
  }
  if (typeof value !== 'object' || value === null) {
    out.push(head + scalar(value));
    return;
  }
  const isEmpty = Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0;
  if (isEmpty) {
    out.push(head + (Array.isArray(value) ? '[]' : '{}'));
    return;
  }
  const inner: string[] = [];
  lines(value, below, inner);
  if (inline) {
    out.push(head + (inner[0] ?? '').slice(below.length), ...inner.slice(1));
    return;
  }
  out.push(head.trimEnd(), ...inner);
}

/** YAML as `kubectl -o yaml` writes it: sorted keys, lists not indented, texts of several lines as blocks. */
export function toYaml(value: unknown): string {
  const out: string[] = [];
  lines(value, '', out);
  return `${out.join('\n')}\n`;
}
